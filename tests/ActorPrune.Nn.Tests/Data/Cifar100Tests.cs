using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class Cifar100Tests : IDisposable
{
    private static readonly Cifar100 Cifar = new();

    private readonly string root = Directory.CreateTempSubdirectory("actorprune-cifar100-").FullName;

    private DataSetOptions Any => new() { Root = root, Checksum = Checksum.Any };

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static byte[] Records(int seed, int count)
    {
        var bytes = new byte[count * 3074];
        var random = CounterRandom.For(seed, "cifar100", 0, count, "test");
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.NextInt((i % 3074) switch { 0 => 20, 1 => 100, _ => 256 });
        }

        return bytes;
    }

    private string Write(string path, byte[] bytes)
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    private (byte[] Train, byte[] Test) WriteBinary(int train = 12, int test = 5)
    {
        var (a, b) = (Records(1, train), Records(2, test));
        Write("cifar-100-binary/train.bin", a);
        Write("cifar-100-binary/test.bin", b);
        return (a, b);
    }

    private void WritePickles(byte[] train, byte[] test, bool modern = false)
    {
        Write("cifar-100-python/train", PickleWriter.Cifar(train, ["coarse_labels", "fine_labels"], modern));
        Write("cifar-100-python/test", PickleWriter.Cifar(test, ["coarse_labels", "fine_labels"], modern));
    }

    private static byte[] Dictionary(Func<PickleWriter, PickleWriter> entries) =>
        entries(new PickleWriter().Raw((byte)'}', (byte)'(')).Raw((byte)'u').End();

    [Fact]
    public void Fine_labels_are_the_second_byte_of_a_record_and_coarse_ones_the_first()
    {
        var (train, test) = WriteBinary();
        var fine = Cifar.Load(Any);
        var coarse = Cifar.Load(Any with { Labels = LabelChoice.Coarse });
        fine.Shape.ShouldBe(new ImageShape(3, 32, 32, 100));
        coarse.Shape.ShouldBe(new ImageShape(3, 32, 32, 20));
        fine.ClassNames.Length.ShouldBe(100);
        coarse.ClassNames.Length.ShouldBe(20);
        for (var i = 0; i < 12; i++)
        {
            coarse.Train.Labels.Span[i].ShouldBe(train[i * 3074]);
            fine.Train.Labels.Span[i].ShouldBe(train[(i * 3074) + 1]);
            fine.Train.Image(i).Span.SequenceEqual(train.AsSpan((i * 3074) + 2, 3072)).ShouldBeTrue();
        }

        fine.Test.Count.ShouldBe(5);
        fine.Test.Image(4).Span.SequenceEqual(test.AsSpan((4 * 3074) + 2)).ShouldBeTrue();
        fine.Hash.ShouldNotBe(coarse.Hash);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_python_version_gives_the_same_images_labels_and_hash(bool modern)
    {
        var (train, test) = WriteBinary();
        var binary = Cifar.Load(Any);
        WritePickles(train, test, modern);
        Directory.Delete(Path.Combine(root, "cifar-100-binary"), recursive: true);
        var pickled = Cifar.Load(Any);
        pickled.Hash.ShouldBe(binary.Hash);
        pickled.Train.Pixels.Span.SequenceEqual(binary.Train.Pixels.Span).ShouldBeTrue();
        pickled.Train.Labels.ToArray().ShouldBe(binary.Train.Labels.ToArray());
        pickled.Test.Labels.ToArray().ShouldBe(binary.Test.Labels.ToArray());
        pickled.Train.Mean.ShouldBe(binary.Train.Mean);
    }

    [Fact]
    public void The_binary_version_is_preferred_where_both_are_there()
    {
        WriteBinary();
        WritePickles(Records(8, 3), Records(9, 3));
        Cifar.Load(Any).Train.Count.ShouldBe(12);
    }

    [Fact]
    public void A_folder_without_either_version_is_refused_with_all_places_looked_in()
    {
        var refusal = Should.Throw<DataException>(() => Cifar.Load(Any)).Message;
        refusal.ShouldContain($"train.bin and the others in {Path.Combine(root, "cifar-100-binary")}");
        refusal.ShouldContain($"train and the others in {Path.Combine(root, "cifar-100-python")}");
        refusal.ShouldContain("cifar-100-binary.tar.gz");
        refusal.ShouldContain("cifar-100-python.tar.gz");
        refusal.ShouldContain("data.path");
    }

    [Fact]
    public void A_published_name_with_other_images_is_refused_until_the_setting_allows_it()
    {
        WriteBinary();
        var strict = Any with { Checksum = Checksum.Strict };
        Should.Throw<DataException>(() => Cifar.Load(strict)).Message.ShouldContain("expected the published file of 153,700,000 bytes, "
            + "found 36,888 bytes");
        Directory.Delete(Path.Combine(root, "cifar-100-binary"), recursive: true);
        WritePickles(Records(1, 3), Records(2, 3));
        var refusal = Should.Throw<DataException>(() => Cifar.Load(strict)).Message;
        refusal.ShouldContain("md5 16019d7e3df5f24257cddd939b257f8d");
        refusal.ShouldContain("data.checksum = any");
    }

    [Fact]
    public void A_label_beyond_the_classes_is_refused_by_file_record_and_byte()
    {
        var (train, _) = WriteBinary();
        train[(3 * 3074) + 1] = 100;
        var path = Write("cifar-100-binary/train.bin", train);
        Should.Throw<DataException>(() => Cifar.Load(Any)).Message.ShouldContain($"{path}: record 3 (byte 9,223) has label 100, "
            + "expected 0 to 99");
        Cifar.Load(Any with { Labels = LabelChoice.Coarse }).Train.Count.ShouldBe(12);
    }

    [Fact]
    public void An_unreadable_pickle_is_refused_by_file_and_offset_and_no_code_in_it_is_run()
    {
        WritePickles(Records(1, 3), Records(2, 3));
        var witness = Path.Combine(root, "witness");
        var path = Write("cifar-100-python/train", new PickleWriter().Global("os", "system").Text("touch "
            + $"{witness}").Raw(0x85, (byte)'R').End());
        var refusal = Should.Throw<DataException>(() => Cifar.Load(Any)).Message;
        refusal.ShouldContain($"{path}: is refused: at byte 2 it names os.system");
        refusal.ShouldContain("No code in it was run");
        File.Exists(witness).ShouldBeFalse();

        foreach (var (what, bytes) in ((string, byte[])[])[
            ("holds no dictionary", new PickleWriter().Numbers([1]).End()),
            ("has no array of bytes under 'data'; there are 'x'", Dictionary(p => p.Text("x").Number(1))),
            ("has the shape (2, 5), expected (N, 3072)", Dictionary(p => p.Text("data").Array(new byte[10], 2, 5))),
            ("has no list under 'coarse_labels'", PickleWriter.Cifar(CifarFolder.Records(1, 2), ["labels"])),
            ("cut", PickleWriter.Cifar(Records(1, 2), ["coarse_labels", "fine_labels"])[..3000]),
        ])
        {
            Write("cifar-100-python/train", bytes);
            Should.Throw<DataException>(() => Cifar.Load(Any)).Message.ShouldContain(what);
        }
    }

    [Fact]
    public void Pickles_with_labels_missing_or_beyond_a_byte_are_refused()
    {
        WritePickles(Records(1, 3), Records(2, 3));
        Write("cifar-100-python/train", new PickleWriter().Raw((byte)'}', (byte)'(').Text("data").Array(new byte[6144], 2, 3072)
            .Text("coarse_labels").Numbers([1, 2]).Text("fine_labels").Numbers([1, 300]).Raw((byte)'u').End());
        Should.Throw<DataException>(() => Cifar.Load(Any)).Message.ShouldContain("label 1 of 'fine_labels' is 300, expected a whole "
            + "number from 0 to 255");
        Write("cifar-100-python/train", new PickleWriter().Raw((byte)'}', (byte)'(').Text("data").Array(new byte[6144], 2, 3072)
            .Text("coarse_labels").Numbers([1]).Text("fine_labels").Numbers([1, 3]).Raw((byte)'u').End());
        Should.Throw<DataException>(() => Cifar.Load(Any)).Message.ShouldContain("1 'coarse_labels' for 2 images");
    }
}
