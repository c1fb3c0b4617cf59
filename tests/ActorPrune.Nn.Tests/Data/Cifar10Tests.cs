using System.Security.Cryptography;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class Cifar10Tests
{
    private static readonly Cifar10 Cifar = new();

    private static string Refusal(DataSetOptions options) => Should.Throw<DataException>(() => Cifar.Load(options)).Message;

    /// <summary>The published files where ACTORPRUNE_DATA names them, else generated ones: the same must hold of both.</summary>
    [Fact]
    public void A_loaded_set_holds_every_record_of_every_file_in_order()
    {
        using var made = new CifarFolder();
        var data = Environment.GetEnvironmentVariable("ACTORPRUNE_DATA");
        var folder = string.IsNullOrEmpty(data) ? "" : Path.Combine(data, "cifar-10-batches-bin");
        var real = File.Exists(Path.Combine(folder, CifarFolder.Names[0]));
        var set = Cifar.Load(real ? new DataSetOptions { Root = data! } : made.Any);

        var seen = 0;
        foreach (var name in CifarFolder.Names)
        {
            var part = name == "test_batch.bin" ? set.Test : set.Train;
            seen = name == "test_batch.bin" ? 0 : seen;
            var bytes = File.ReadAllBytes(Path.Combine(real ? folder : made.Folder, name));
            for (var r = 0; r < bytes.Length / CifarFolder.RecordBytes; r++)
            {
                var record = bytes.AsSpan(r * CifarFolder.RecordBytes, CifarFolder.RecordBytes);
                if (part.Labels.Span[seen] != record[0] || !part.Image(seen).Span.SequenceEqual(record[1..]))
                {
                    Assert.Fail($"{name}: record {r} is not image {seen}.");
                }

                seen++;
            }

            (name is "data_batch_5.bin" or "test_batch.bin" ? seen : part.Count).ShouldBe(part.Count);
        }

        set.Shape.ShouldBe(new ImageShape(3, 32, 32, 10));
        set.ClassNames.Length.ShouldBe(10);
        set.Hash.Length.ShouldBe(64);
        var measured = Normalisation.Of(set.Train.Pixels.Span, 3, 1024);
        for (var c = 0; c < 3; c++)
        {
            // The published constants are those of the images, rounded.
            set.Train.Mean[c].ShouldBe(measured.Mean[c], 0.0001);
            set.Train.Std[c].ShouldBe(measured.Std[c], 0.0001);
        }

        set.Test.Mean.ShouldBe(set.Train.Mean);
    }

    [Theory]
    [InlineData("cifar-10-batches-bin")]
    [InlineData("")]
    public void The_files_may_lie_in_the_archives_folder_or_in_the_root(string inside)
    {
        using var folder = new CifarFolder(2, inside);
        Cifar.Load(folder.Any).Train.Count.ShouldBe(10);
    }

    [Fact]
    public void The_python_version_of_the_files_gives_the_same_set()
    {
        using var folder = new CifarFolder(3);
        var binary = Cifar.Load(folder.Any);
        var python = Directory.CreateDirectory(Path.Combine(folder.Root, "cifar-10-batches-py")).FullName;
        foreach (var name in CifarFolder.Names)
        {
            var pickle = PickleWriter.Cifar(File.ReadAllBytes(folder.PathOf(name)), ["labels"]);
            File.WriteAllBytes(Path.Combine(python, Path.GetFileNameWithoutExtension(name)), pickle);
            File.Delete(folder.PathOf(name));
        }

        var pickled = Cifar.Load(folder.Any);
        pickled.Hash.ShouldBe(binary.Hash);
        pickled.Train.Pixels.Span.SequenceEqual(binary.Train.Pixels.Span).ShouldBeTrue();
        pickled.Test.Labels.ToArray().ShouldBe(binary.Test.Labels.ToArray());
        Refusal(folder.Strict).ShouldContain("md5 c99cafc152244af753f735de768cd75f");
    }

    [Fact]
    public void The_files_may_be_links()
    {
        using var folder = new CifarFolder(2);
        var elsewhere = Path.Combine(folder.Root, "elsewhere.bin");
        File.Move(folder.PathOf("test_batch.bin"), elsewhere);
        File.CreateSymbolicLink(folder.PathOf("test_batch.bin"), elsewhere);
        Cifar.Load(folder.Any).Test.Count.ShouldBe(2);

        File.Delete(elsewhere);
        Refusal(folder.Any).ShouldContain("elsewhere.bin, which is missing");
    }

    [Fact]
    public void The_files_may_differ_in_length()
    {
        using var folder = new CifarFolder(2);
        File.WriteAllBytes(folder.PathOf("data_batch_2.bin"), CifarFolder.Records(1, 700));
        var set = Cifar.Load(folder.Any);
        set.Train.Count.ShouldBe(708);
        set.Test.Count.ShouldBe(2);
    }

    [Fact]
    public void The_hash_follows_the_content_and_not_the_place()
    {
        using var a = new CifarFolder(3);
        using var b = new CifarFolder(3, "");
        Cifar.Load(b.Any).Hash.ShouldBe(Cifar.Load(a.Any).Hash);

        b.Change("test_batch.bin", bytes => { bytes[^1] ^= 1; return bytes; });
        Cifar.Load(b.Any).Hash.ShouldNotBe(Cifar.Load(a.Any).Hash);
    }

    [Fact]
    public void A_file_cut_by_one_byte_is_refused_by_name_and_size()
    {
        using var folder = new CifarFolder();
        folder.Change("data_batch_3.bin", bytes => bytes[..^1]);
        var refusal = Refusal(folder.Any);
        refusal.ShouldContain(folder.PathOf("data_batch_3.bin"));
        refusal.ShouldContain("61,459 bytes");
        refusal.ShouldContain("3,073");
        refusal.ShouldContain("3,072");
        refusal.ShouldNotContain("data_batch_2.bin");
    }

    [Fact]
    public void A_label_out_of_range_is_refused_by_file_and_record()
    {
        using var folder = new CifarFolder();
        folder.Change("test_batch.bin", bytes => { bytes[CifarFolder.RecordBytes * 4] = 10; return bytes; });
        var refusal = Refusal(folder.Any);
        refusal.ShouldContain(folder.PathOf("test_batch.bin"));
        refusal.ShouldContain("record 4");
        refusal.ShouldContain("label 10, expected 0 to 9");
    }

    [Fact]
    public void Missing_empty_and_misplaced_files_are_all_named_in_one_refusal()
    {
        using var folder = new CifarFolder();
        File.Delete(folder.PathOf("data_batch_1.bin"));
        File.WriteAllBytes(folder.PathOf("data_batch_2.bin"), []);
        File.Delete(folder.PathOf("data_batch_4.bin"));
        Directory.CreateDirectory(folder.PathOf("data_batch_4.bin"));
        var refusal = Refusal(folder.Any);
        refusal.ShouldContain("data_batch_1.bin: is missing");
        refusal.ShouldContain("data_batch_2.bin: expected records of 3,073 bytes, found an empty file");
        refusal.ShouldContain("data_batch_4.bin: expected a file, found a directory");
        refusal.ShouldContain("cifar-10-binary.tar.gz");
    }

    [Fact]
    public void Own_images_are_refused_under_the_published_names_until_the_setting_allows_them()
    {
        using var folder = new CifarFolder();
        var refusal = Refusal(folder.Strict);
        refusal.ShouldContain("30,730,000 bytes, found 61,460 bytes");
        refusal.ShouldContain("data.checksum = any");
        Cifar.Load(folder.Any).Train.Count.ShouldBe(100);
    }

    [Fact]
    public void A_file_of_the_published_size_with_other_bytes_is_refused_by_its_md5()
    {
        using var folder = new CifarFolder(1);
        foreach (var name in CifarFolder.Names)
        {
            using var file = File.OpenWrite(folder.PathOf(name));
            file.SetLength(30_730_000);
        }

        var md5 = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, File.ReadAllBytes(folder.PathOf("data_batch_5.bin"))));
        var refusal = Refusal(folder.Strict);
        refusal.ShouldContain($"{folder.PathOf("data_batch_5.bin")}: expected the published file with md5 53f37980c15c3d472c316c40844f3f0d, found md5 {md5}");
        refusal.ShouldContain("data.checksum = any");
    }

    [Fact]
    public void An_unnamed_or_bare_folder_is_refused_with_the_places_looked_in()
    {
        Refusal(new DataSetOptions()).ShouldContain("ACTORPRUNE_DATA");
        using var folder = new CifarFolder(1);
        var empty = Path.Combine(folder.Root, "no such folder");
        var refusal = Refusal(new DataSetOptions { Root = empty });
        refusal.ShouldContain(Path.Combine(empty, "cifar-10-batches-bin"));
        refusal.ShouldContain("does not exist");
        refusal.ShouldContain("Nothing is downloaded");
        Refusal(new DataSetOptions { Root = "a\0b" }).ShouldContain("null character");
    }

    [Fact]
    public void Own_images_are_normalised_by_their_own_constants()
    {
        using var folder = new CifarFolder(4);
        foreach (var name in CifarFolder.Names)
        {
            folder.Change(name, bytes => [.. bytes.Select((b, i) => i % CifarFolder.RecordBytes == 0 ? b : (byte)(i % 2 == 0 ? 51 : 51))]);
        }

        var set = Cifar.Load(folder.Any);
        set.Train.Mean[0].ShouldBe(0.2f, 1e-6);
        set.Train.Std[0].ShouldBe(1, "a channel without variation can only be centred");
    }

    [Fact]
    public void Damaged_files_give_a_refusal_or_a_set_and_nothing_else()
    {
        using var folder = new CifarFolder(3);
        var random = CounterRandom.For(11, "cifar", 0, 0, "damage");
        var (loaded, refused) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            var name = CifarFolder.Names[random.NextInt(6)];
            var good = File.ReadAllBytes(folder.PathOf(name));
            File.WriteAllBytes(folder.PathOf(name), Damaged(good, random));
            try
            {
                var set = Cifar.Load(folder.Any with { Checksum = random.NextInt(8) == 0 ? Checksum.Strict : Checksum.Any });
                set.Train.Labels.ToArray().ShouldAllBe(l => l >= 0 && l < 10);
                loaded++;
            }
            catch (DataException e)
            {
                e.Message.ShouldContain(folder.Folder);
                refused++;
            }

            File.WriteAllBytes(folder.PathOf(name), good);
        }

        loaded.ShouldBeGreaterThan(30);
        refused.ShouldBeGreaterThan(30);
    }

    private static byte[] Damaged(byte[] good, CounterRandom random)
    {
        var bytes = good.ToArray();
        switch (random.NextInt(4))
        {
            case 0:
                return bytes[..random.NextInt(bytes.Length + 1)];
            case 1:
                return [.. bytes, .. bytes[..random.NextInt(bytes.Length)]];
            case 2:
                bytes[random.NextInt(3) * CifarFolder.RecordBytes] = (byte)random.NextInt(256);
                return bytes;
            default:
                for (var n = 0; n < 20; n++)
                {
                    bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
                }

                return bytes;
        }
    }
}
