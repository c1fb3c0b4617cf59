using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>
/// MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov, Chen: Inverted Residuals and Linear Bottlenecks, CVPR 2018, table 2), with torchvision's
/// parameter names: features.0.0, features.1.conv.0.0, …, features.18.0, classifier.1. A width multiplier scales plainly, without
/// rounding to multiples of 8. The CIFAR form, for images of 32×32 pixels, leaves out the first two of the five halvings, as is
/// usual: same layers, names and parameters, and 4×4 pixels are left at the end where there would be one.
/// </summary>
internal static class MobileNetV2
{
    public const int MinimumSide = 32;

    public const int CifarMinimumSide = 8;

    /// <summary>Expansion t, channels c, repeats n, stride s of each sequence, and its stride in the CIFAR form.</summary>
    private static readonly (int T, int C, int N, int S, int CifarS)[] Table =
        [(1, 16, 1, 1, 1), (6, 24, 2, 2, 1), (6, 32, 3, 2, 2), (6, 64, 4, 2, 2), (6, 96, 3, 1, 1), (6, 160, 3, 2, 2), (6, 320, 1, 1, 1)];

    public const string CifarName = "mobilenetv2-cifar";

    public static NetworkGraph Build(string name, NetworkOptions options)
    {
        var isCifarForm = name == CifarName;
        var x = GraphBuilder.Start(name, options.InputChannels, options.Height, options.Width);
        x = x.Conv("features.0.0", options.Scale(32), kernel: 3, stride: isCifarForm ? 1 : 2).BatchNorm("features.0.1").Relu6("features.0.2");
        var module = 1;
        foreach (var (expansion, channels, repeats, stride, cifarStride) in Table)
        {
            for (var i = 0; i < repeats; i++)
            {
                x = Block($"features.{module++}", x, expansion, options.Scale(channels), i > 0 ? 1 : isCifarForm ? cifarStride : stride);
            }
        }

        return x.Conv("features.18.0", options.Scale(1280), kernel: 1).BatchNorm("features.18.1").Relu6("features.18.2")
            .GlobalAvgPool().Flatten().Dropout("classifier.0", 0.2).Linear("classifier.1", options.Classes).Build();
    }

    private static Flow Block(string name, Flow x, int expansion, int filters, int stride)
    {
        var y = x;
        var module = 0;
        if (expansion != 1)
        {
            y = y.Conv($"{name}.conv.0.0", expansion * x.Shape.Channels, kernel: 1).BatchNorm($"{name}.conv.0.1").Relu6($"{name}.conv.0.2");
            module = 1;
        }

        var hidden = y.Shape.Channels;
        y = y.Conv($"{name}.conv.{module}.0", hidden, kernel: 3, stride, groups: hidden).BatchNorm($"{name}.conv.{module}.1").Relu6($"{name}.conv.{module}.2")
            .Conv($"{name}.conv.{module + 1}", filters, kernel: 1).BatchNorm($"{name}.conv.{module + 2}");
        return stride == 1 && x.Shape.Channels == filters ? x.Add($"{name}.add", y) : y;
    }
}
