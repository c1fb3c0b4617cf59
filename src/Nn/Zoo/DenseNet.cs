using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>
/// Densely connected networks for CIFAR (Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, CVPR 2017,
/// section 4.1 and table 2): three dense blocks, growth rate 12. "-bc" has bottlenecks of 4k filters, halves the channels in transitions
/// and starts with 2k filters instead of 16. Parameters: conv1, denseB.L.bn1, .conv1 (, .bn2, .conv2), transB.bn1, transB.conv1, bn, fc.
/// </summary>
internal static class DenseNet
{
    /// <param name="Name">In the zoo.</param>
    /// <param name="Depth">3n+4 layers, or 6n+4 with bottlenecks.</param>
    public sealed record Variant(string Name, int Depth, bool Bottleneck);

    public static readonly ImmutableArray<Variant> Variants =
    [
        new("densenet40", 40, false), new("densenet40-bc", 40, true), new("densenet100", 100, false), new("densenet100-bc", 100, true),
    ];

    public const int MinimumSide = 8;

    private const int GrowthRate = 12;

    public static NetworkGraph Build(string name, Variant variant, NetworkOptions options)
    {
        var growth = options.Scale(GrowthRate);
        var units = (variant.Depth - 4) / (variant.Bottleneck ? 6 : 3);
        var x = GraphBuilder.Start(name, options.InputChannels, options.Height, options.Width)
            .Conv("conv1", variant.Bottleneck ? 2 * growth : options.Scale(16), kernel: 3);
        for (var block = 1; block <= 3; block++)
        {
            for (var unit = 0; unit < units; unit++)
            {
                x = Unit($"dense{block}.{unit}", x, growth, variant.Bottleneck);
            }

            if (block < 3)
            {
                var filters = variant.Bottleneck ? x.Shape.Channels / 2 : x.Shape.Channels;
                x = x.BatchNorm($"trans{block}.bn1").Relu($"trans{block}.relu").Conv($"trans{block}.conv1", Math.Max(1, filters), kernel: 1)
                    .AvgPool($"trans{block}.pool", kernel: 2, stride: 2);
            }
        }

        return x.BatchNorm("bn").Relu("relu").GlobalAvgPool().Flatten().Linear("fc", options.Classes).Build();
    }

    private static Flow Unit(string name, Flow x, int growth, bool bottleneck)
    {
        var y = x.BatchNorm($"{name}.bn1").Relu($"{name}.relu1");
        y = bottleneck
            ? y.Conv($"{name}.conv1", 4 * growth, kernel: 1).BatchNorm($"{name}.bn2").Relu($"{name}.relu2").Conv($"{name}.conv2", growth, kernel: 3)
            : y.Conv($"{name}.conv1", growth, kernel: 3);
        return x.Concat($"{name}.concat", y);
    }
}
