using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// MNIST (LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998): 60,000 training and 10,000 test
/// images, 1×28×28, ten digits. Four idx files, packed with gzip or not, in <c>mnist/</c> or <c>MNIST/raw/</c> under <see
/// cref="DataSetOptions.Root"/> or in the root itself. With <see cref="Checksum.Any"/> they may hold other images, of another size too.
/// </summary>
public sealed class Mnist : IDataSource
{
    private static readonly IdxCollection Collection = new(
        "MNIST",
        ["mnist", "MNIST/raw", "MNIST"],
        "the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz "
        + "of http://yann.lecun.com/exdb/mnist/ (or of a copy)",
        [
            new("train-images", 3, "6bbc9ace898e44ae57da46a324031adb"),
            new("train-labels", 1, "a25bea736e30d166cdddb491f175f624"),
            new("t10k-images", 3, "2646ac647ad5339dbf082846283269ea"),
            new("t10k-labels", 1, "27ae3e4e09519cfbb04c329615203637"),
        ]);

    /// <summary>Of class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    public string Name => "mnist";

    public string Summary => "MNIST: 60,000 + 10,000 grey images of 28×28 of the ten digits (LeCun et al. 1998)";

    public ImageShape? Shape { get; } = new(1, 28, 28, 10);

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default) =>
        IdxReader.Load(Name, ClassNames, Collection, options, cancellation);
}
