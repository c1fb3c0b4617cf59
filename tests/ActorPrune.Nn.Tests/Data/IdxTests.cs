using System.Buffers.Binary;
using System.IO.Compression;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("actorprune-idx-").FullName;

    private DataSetOptions Any => new() { Root = root, Checksum = Checksum.Any };

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static byte[] Idx(int[] sides, Func<int, byte> content)
    {
        var bytes = new byte[4 + (4 * sides.Length) + sides.Aggregate(1, (p, s) => p * s)];
        bytes[2] = 8;
        bytes[3] = (byte)sides.Length;
        for (var d = 0; d < sides.Length; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * d)), sides[d]);
        }

        for (var i = 4 + (4 * sides.Length); i < bytes.Length; i++)
        {
            bytes[i] = content(i - 4 - (4 * sides.Length));
        }

        return bytes;
    }

    private static byte[] Images(int count, int side = 28) => Idx([count, side, side], i => (byte)(i * 7));

    private static byte[] Labels(int count) => Idx([count], i => (byte)(i % 10));

    private string Write(string name, byte[] bytes, bool pack = false)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        using Stream stream = pack ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
        return path;
    }

    private void WriteAll(string folder, bool pack, char separator = '-')
    {
        var end = pack ? ".gz" : "";
        Write($"{folder}/train-images{separator}idx3-ubyte{end}", Images(20), pack);
        Write($"{folder}/train-labels{separator}idx1-ubyte{end}", Labels(20), pack);
        Write($"{folder}/t10k-images{separator}idx3-ubyte{end}", Images(11), pack);
        Write($"{folder}/t10k-labels{separator}idx1-ubyte{end}", Labels(11), pack);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_header_that_promises_gigabytes_takes_no_memory(bool pack)
    {
        WriteAll("MNIST/raw", pack: false);
        var header = Images(1)[..16];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 500_000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), 60);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(12), 60);
        Write("MNIST/raw/train-images-idx3-ubyte", header, pack);
        var before = GC.GetTotalAllocatedBytes();

        Refusal().ShouldContain("found 0: the file is cut");

        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(256L << 20);
    }

    private string Refusal(IDataSource? source = null) => Should.Throw<DataException>(() => (source ?? new Mnist()).Load(Any)).Message;

    [Theory]
    [InlineData("mnist", false, '-')]
    [InlineData("MNIST/raw", true, '-')]
    [InlineData("mnist", true, '.')]
    [InlineData(".", false, '.')]
    public void Files_are_read_packed_or_not_under_either_spelling_and_hash_alike(string folder, bool pack, char separator)
    {
        WriteAll(folder, pack, separator);
        var set = new Mnist().Load(Any);
        set.Shape.ShouldBe(new ImageShape(1, 28, 28, 10));
        (set.Train.Count, set.Test.Count).ShouldBe((20, 11));
        set.Train.Pixels.Span.SequenceEqual(Images(20).AsSpan(16)).ShouldBeTrue();
        set.Test.Labels.ToArray().ShouldBe([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
        set.Train.Mean.Length.ShouldBe(1);

        var other = Directory.CreateTempSubdirectory("actorprune-idx-").FullName;
        try
        {
            foreach (var (stem, dimensions, bytes) in ((string, int, byte[])[])[
                ("train-images", 3, Images(20)),
                ("train-labels", 1, Labels(20)),
                ("t10k-images", 3, Images(11)),
                ("t10k-labels", 1, Labels(11)),
            ])
            {
                File.WriteAllBytes(Path.Combine(other, $"{stem}-idx{dimensions}-ubyte"), bytes);
            }

            new Mnist().Load(Any with { Root = other }).Hash.ShouldBe(set.Hash);
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void Fashion_mnist_has_its_own_folders_names_and_hash()
    {
        WriteAll("FashionMNIST/raw", pack: true);
        WriteAll("mnist", pack: false);
        var fashion = new FashionMnist().Load(Any);
        fashion.ClassNames.ShouldContain("ankle boot");
        fashion.Hash.ShouldNotBe(new Mnist().Load(Any).Hash);
    }

    [Fact]
    public void Other_images_under_the_published_names_are_refused_until_the_setting_allows_them()
    {
        WriteAll("mnist", pack: true);
        var refusal = Should.Throw<DataException>(() => new Mnist().Load(Any with { Checksum = Checksum.Strict })).Message;
        refusal.ShouldContain("content has md5 6bbc9ace898e44ae57da46a324031adb");
        refusal.ShouldContain("data.checksum = any");
    }

    [Fact]
    public void Images_of_another_size_are_taken_as_they_are()
    {
        WriteAll("mnist", pack: false);
        Write("mnist/train-images-idx3-ubyte", Images(20, 12));
        Refusal().ShouldContain("expected images of 12×12 pixels");
        Write("mnist/t10k-images-idx3-ubyte", Images(11, 12));
        new Mnist().Load(Any).Shape.ShouldBe(new ImageShape(1, 12, 12, 10));
    }

    [Fact]
    public void Missing_files_are_named_with_all_spellings()
    {
        WriteAll("mnist", pack: false);
        File.Delete(Path.Combine(root, "mnist/t10k-labels-idx1-ubyte"));
        var refusal = Refusal();
        refusal.ShouldContain(Path.Combine(root, "mnist", "t10k-labels-idx1-ubyte") + ": is missing");
        refusal.ShouldContain("t10k-labels.idx1-ubyte.gz");
        Directory.Delete(Path.Combine(root, "mnist"), recursive: true);
        Refusal().ShouldContain($"{Path.Combine(root, "mnist")} and in {Path.Combine(root, "MNIST/raw")}");
    }

    [Fact]
    public void A_magic_number_of_another_type_or_dimension_is_refused_by_file()
    {
        WriteAll("mnist", pack: false);
        var path = Write("mnist/train-images-idx3-ubyte", Labels(20));
        Refusal().ShouldContain($"{path}: expected the magic number 2051");
        Refusal().ShouldContain("found 2049");
        var floats = Images(20);
        floats[2] = 0x0D;
        Write("mnist/train-images-idx3-ubyte", floats);
        Refusal().ShouldContain("found 3331");
        Write("mnist/train-images-idx3-ubyte", []);
        Refusal().ShouldContain("found 0 bytes");
    }

    [Fact]
    public void A_cut_a_longer_and_an_impossible_file_are_refused_by_length()
    {
        WriteAll("mnist", pack: false);
        var path = Write("mnist/train-images-idx3-ubyte", Images(20)[..^1]);
        Refusal().ShouldContain($"{path}: expected 15,680 bytes after the header (20×28×28), found 15,679: the file is cut");
        Write("mnist/train-images-idx3-ubyte", [.. Images(20), 0]);
        Refusal().ShouldContain("found more");
        Write("mnist/train-images-idx3-ubyte", Images(20)[..9]);
        Refusal().ShouldContain("expected a header of 16 bytes, found 9");
        var huge = Images(1);
        huge.AsSpan(4, 12).Fill(0x7F);
        Write("mnist/train-images-idx3-ubyte", huge);
        Refusal().ShouldContain("accepted are 1 to 500,000 images");
    }

    [Fact]
    public void Counts_that_do_not_fit_and_labels_beyond_the_classes_are_refused()
    {
        WriteAll("mnist", pack: false);
        var path = Write("mnist/train-labels-idx1-ubyte", Labels(19));
        Refusal().ShouldContain($"{path}: expected a label for each of the 20 images");
        var labels = Labels(20);
        labels[8 + 13] = 10;
        Write("mnist/train-labels-idx1-ubyte", labels);
        Refusal().ShouldContain("label 13 is 10, expected 0 to 9: the data set has 10 classes");
    }

    [Fact]
    public void Damaged_packed_files_give_a_refusal_or_a_set_and_nothing_else()
    {
        WriteAll("mnist", pack: true);
        var random = CounterRandom.For(5, "idx", 0, 0, "damage");
        var path = Path.Combine(root, "mnist/train-images-idx3-ubyte.gz");
        var good = File.ReadAllBytes(path);
        var refused = 0;
        for (var round = 0; round < 300; round++)
        {
            var bytes = good[..(random.NextInt(3) == 0 ? random.NextInt(good.Length) : good.Length)];
            for (var n = random.NextInt(3); n > 0 && bytes.Length > 0; n--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                new Mnist().Load(Any);
            }
            catch (DataException e)
            {
                e.Message.ShouldContain(path);
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(100);
    }
}
