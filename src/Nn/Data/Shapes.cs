using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Nn.Data;

/// <summary>
/// A data set that needs no files: ten classes of 3×32×32 images, drawn by rule. Each shows one figure, of any colour, place, size and
/// turn, among smaller figures and strokes, partly covered, under noise; its class is that of the largest figure. An image depends on the
/// seed, its part (train or test) and its index alone, so that a larger set begins with the smaller one, and the number of threads plays no
/// part.
/// </summary>
/// <remarks>
/// <see cref="Version"/> is part of <see cref="DataSet.Hash"/>. It goes up by one with every change that alters any pixel, label or
/// normalisation constant for any seed; the tests pin a digest of the images, so that this cannot be forgotten.
/// Difficulty of version 1, seed 1: after 12 epochs on the 10,000 training images (one-cycle SGD, crop and flip) a residual network of
/// seven 3×3 convolutions with 16, 32 and 64 channels classifies about 90 % of the test images, and one of a quarter of that width far
/// fewer.
/// </remarks>
public sealed class Shapes : IDataSource
{
    public const int Version = 1;

    /// <summary>Images a part may have.</summary>
    public const int MostImages = 500_000;

    /// <summary>Over the 10,000 training images of seed 1, rounded; used for every seed and size of this version.</summary>
    private static readonly Normalisation Constants = new([0.496f, 0.494f, 0.497f], [0.246f, 0.246f, 0.247f]);

    /// <summary>Of class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames => ShapeFigures.Names;

    public string Name => "shapes";

    public string Summary => "built in: colour images of 32×32 with one of ten figures among clutter, drawn by rule from a seed";

    public ImageShape? Shape { get; } = new(3, ShapePainter.Side, ShapePainter.Side, 10);

    /// <exception cref="DataException">A count is out of range.</exception>
    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default)
    {
        Check(options.TrainCount, "data.shapes.train");
        Check(options.TestCount, "data.shapes.test");
        var name = $"shapes v{Version} seed {options.Seed} train {options.TrainCount} test {options.TestCount}";
        return new DataSet(
            Name,
            ClassNames,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            Draw(options.Seed, "train", options.TrainCount, cancellation),
            Draw(options.Seed, "test", options.TestCount, cancellation));
    }

    private static void Check(int count, string key)
    {
        if (count < ClassNames.Length || count > MostImages)
        {
            throw new DataException($"{key} = {count}: expected {ClassNames.Length} (one image a class) to {MostImages:N0}.");
        }
    }

    private static ImageSet Draw(long seed, string part, int count, CancellationToken cancellation)
    {
        var classes = ClassNames.Length;
        var pixels = new byte[(long)count * 3 * ShapePainter.Side * ShapePainter.Side];
        var labels = new int[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, i =>
        {
            labels[i] = i % classes;
            var bytes = pixels.Length / count;
            var random = CounterRandom.For(seed, "shapes", Version, i, part);
            ShapePainter.Paint(random, labels[i], pixels.AsSpan(i * bytes, bytes));
        });
        return new ImageSet(3, ShapePainter.Side, ShapePainter.Side, classes, pixels, labels, Constants.Mean, Constants.Std);
    }
}
