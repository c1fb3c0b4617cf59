using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// CIFAR-10, binary version (Krizhevsky: Learning multiple layers of features from tiny images, 2009): 50,000 training and 10,000 test images,
/// 3×32×32, ten classes. Looked for in <c>cifar-10-batches-bin/</c> under <see cref="DataSetOptions.Root"/>, then in the root itself. With
/// <see cref="Checksum.Any"/> each of the six files may hold any number of records, so that other images of this format can be used.
/// </summary>
public sealed class Cifar10 : IDataSource
{
    private static readonly RecordCollection Collection = new(
        Title: "CIFAR-10 (binary version)",
        Folder: "cifar-10-batches-bin",
        Source: "cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html",
        Format: new RecordFormat(LabelBytes: 1, LabelAt: 0, new ImageShape(3, 32, 32, 10)),
        Train:
        [
            new("data_batch_1.bin", 10_000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
            new("data_batch_2.bin", 10_000, "5ea93a67294ea407fff1d09f752e9692"),
            new("data_batch_3.bin", 10_000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
            new("data_batch_4.bin", 10_000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
            new("data_batch_5.bin", 10_000, "53f37980c15c3d472c316c40844f3f0d"),
        ],
        Test: [new("test_batch.bin", 10_000, "803d5f7f4d78ea53de84dbe85f74fb6d")],
        Normalisation: new([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]));

    /// <summary>Of class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public string Name => "cifar10";

    public string Summary => "CIFAR-10, binary version: 50,000 + 10,000 colour images of 32×32 in ten classes (Krizhevsky 2009)";

    public ImageShape? Shape => Collection.Format.Image;

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default) =>
        RecordReader.Load(Name, ClassNames, Collection, options, cancellation);
}
