using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>
/// The residual networks for large images (He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, table 1), with
/// torchvision's parameter names and its place of the stride (on the 3×3 convolution of a bottleneck): conv1, bn1, layer1.0.conv1, …,
/// layer1.0.downsample.0, …, fc.
/// </summary>
internal static class ImageNetResNet
{
    /// <param name="Name">In the zoo.</param>
    /// <param name="Blocks">Of the four stages.</param>
    public sealed record Variant(string Name, ImmutableArray<int> Blocks, bool Bottleneck);

    public static readonly ImmutableArray<Variant> Variants =
        [new("resnet18", [2, 2, 2, 2], false), new("resnet34", [3, 4, 6, 3], false), new("resnet50", [3, 4, 6, 3], true)];

    public const int MinimumSide = 32;

    public static NetworkGraph Build(string name, Variant variant, NetworkOptions options)
    {
        var x = GraphBuilder.Start(name, options.InputChannels, options.Height, options.Width)
            .Conv("conv1", options.Scale(64), kernel: 7, stride: 2).BatchNorm("bn1").Relu("relu").MaxPool("maxpool", kernel: 3, stride: 2, padding: 1);
        for (var stage = 1; stage <= 4; stage++)
        {
            for (var block = 0; block < variant.Blocks[stage - 1]; block++)
            {
                var stride = stage > 1 && block == 0 ? 2 : 1;
                x = Block($"layer{stage}.{block}", x, options.Scale(32 << stage), stride, variant.Bottleneck);
            }
        }

        return x.GlobalAvgPool().Flatten().Linear("fc", options.Classes).Build();
    }

    private static Flow Block(string name, Flow x, int filters, int stride, bool bottleneck)
    {
        var outputs = bottleneck ? 4 * filters : filters;
        var y = bottleneck
            ? x.Conv($"{name}.conv1", filters, kernel: 1).BatchNorm($"{name}.bn1").Relu($"{name}.relu1")
                .Conv($"{name}.conv2", filters, kernel: 3, stride).BatchNorm($"{name}.bn2").Relu($"{name}.relu2")
                .Conv($"{name}.conv3", outputs, kernel: 1).BatchNorm($"{name}.bn3")
            : x.Conv($"{name}.conv1", filters, kernel: 3, stride).BatchNorm($"{name}.bn1").Relu($"{name}.relu1")
                .Conv($"{name}.conv2", outputs, kernel: 3).BatchNorm($"{name}.bn2");
        if (stride != 1 || x.Shape.Channels != outputs)
        {
            x = x.Conv($"{name}.downsample.0", outputs, kernel: 1, stride).BatchNorm($"{name}.downsample.1");
        }

        return y.Add($"{name}.add", x).Relu($"{name}.relu");
    }
}
