using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// CIFAR-10 (Krizhevsky: Learning multiple layers of features from tiny images, 2009): 50,000 training and 10,000 test images, 3×32×32,
/// ten classes. The binary version is looked for first, in <c>cifar-10-batches-bin/</c> under <see cref="DataSetOptions.Root"/> and in the
/// root itself, then the Python version in <c>cifar-10-batches-py/</c>; equal images have one hash in both. With <see cref="Checksum.Any"/>
/// each of the six files may hold any number of records, so that other images of these formats can be used.
/// </summary>
public sealed class Cifar10 : IDataSource
{
    private static readonly Normalisation Constants = new([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]);

    private static readonly RecordFormat Format = new(["labels"], LabelAt: 0, new ImageShape(3, 32, 32, 10));

    private static readonly RecordCollection Binary = Collection(
        RecordEncoding.Binary,
        "binary version",
        "cifar-10-batches-bin",
        "cifar-10-binary.tar.gz",
        [
            new("data_batch_1.bin", 10_000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
            new("data_batch_2.bin", 10_000, "5ea93a67294ea407fff1d09f752e9692"),
            new("data_batch_3.bin", 10_000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
            new("data_batch_4.bin", 10_000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
            new("data_batch_5.bin", 10_000, "53f37980c15c3d472c316c40844f3f0d"),
        ],
        new("test_batch.bin", 10_000, "803d5f7f4d78ea53de84dbe85f74fb6d"));

    private static readonly RecordCollection Pickled = Collection(
        RecordEncoding.Pickle,
        "Python version",
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        [
            new("data_batch_1", 10_000, "c99cafc152244af753f735de768cd75f"),
            new("data_batch_2", 10_000, "d4bba439e000b95fd0a9bffe97cbabec"),
            new("data_batch_3", 10_000, "54ebc095f3ab1f0389bbae665268c751"),
            new("data_batch_4", 10_000, "634d18415352ddfa80567beed471001a"),
            new("data_batch_5", 10_000, "482c414d41f54cd18b22e5b47cb7c3cb"),
        ],
        new("test_batch", 10_000, "40351d587109b95175f43aff81a1287e"));

    /// <summary>Of class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public string Name => "cifar10";

    public string Summary => "CIFAR-10, binary or Python version: 50,000 + 10,000 colour images of 32×32 in ten classes (Krizhevsky 2009)";

    public ImageShape? Shape => Format.Image;

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default) =>
        RecordReader.Load(Name, Name, ClassNames, [Binary, Pickled], options, cancellation);

    private static RecordCollection Collection(
        RecordEncoding encoding, string version, string folder, string archive, ImmutableArray<RecordFile> train, RecordFile test) => new(
        new Edition($"CIFAR-10 ({version})", [folder], $"{archive} from "
            + "https://www.cs.toronto.edu/~kriz/cifar.html", [.. train.Select(f => f.Name), test.Name]),
        encoding,
        Format,
        train,
        [test],
        Constants);
}
