using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Fashion-MNIST (Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv 1708.07747): 60,000 training and 10,000 test images, 1×28×28, ten kinds of
/// clothing. Files as for <see cref="Mnist"/>, in <c>fashion-mnist/</c> or <c>FashionMNIST/raw/</c> under <see cref="DataSetOptions.Root"/>
/// or in the root itself.
/// </summary>
public sealed class FashionMnist : IDataSource
{
    private static readonly IdxCollection Collection = new(
        "Fashion-MNIST",
        ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST"],
        "the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz "
        + "of https://github.com/zalandoresearch/fashion-mnist",
        [
            new("train-images", 3, "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
            new("train-labels", 1, "9018921c3c673c538a1fc5bad174d6f9"),
            new("t10k-images", 3, "8181f5470baa50b63fa0f6fddb340f0a"),
            new("t10k-labels", 1, "15d484375f8d13e6eb1aabb0c3f46965"),
        ]);

    /// <summary>Of class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames { get; } =
        ["t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    public string Name => "fashion-mnist";

    public string Summary => "Fashion-MNIST: 60,000 + 10,000 grey images of 28×28 of ten kinds of clothing (Xiao et al. 2017)";

    public ImageShape? Shape { get; } = new(1, 28, 28, 10);

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default) =>
        IdxReader.Load(Name, ClassNames, Collection, options, cancellation);
}
