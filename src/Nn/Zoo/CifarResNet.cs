using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>
/// The residual networks for small images of He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, section 4.2:
/// 6n+2 layers, three stages of n blocks with 16, 32, 64 filters. Parameters are called conv1, bn1, layer1.0.conv1, …,
/// layer2.0.shortcut.0, …, linear.
/// </summary>
internal static class CifarResNet
{
    /// <summary>n = 1, 3, 5, 7, 9, 18. The first is not in the paper: it is for quick trials.</summary>
    public static readonly ImmutableArray<int> Depths = [8, 20, 32, 44, 56, 110];

    public const int MinimumSide = 4;

    public static NetworkGraph Build(string name, int depth, NetworkOptions options)
    {
        var blocks = (depth - 2) / 6;
        var x = GraphBuilder.Start(name, options.InputChannels, options.Height, options.Width)
            .Conv("conv1", options.Scale(16), kernel: 3).BatchNorm("bn1").Relu("relu");
        for (var stage = 1; stage <= 3; stage++)
        {
            for (var block = 0; block < blocks; block++)
            {
                var stride = stage > 1 && block == 0 ? 2 : 1;
                x = Block($"layer{stage}.{block}", x, options.Scale(8 << stage), stride, options.Shortcut);
            }
        }

        return x.GlobalAvgPool().Flatten().Linear("linear", options.Classes).Build();
    }

    private static Flow Block(string name, Flow x, int filters, int stride, ShortcutKind shortcut)
    {
        var y = x.Conv($"{name}.conv1", filters, kernel: 3, stride).BatchNorm($"{name}.bn1").Relu($"{name}.relu1")
            .Conv($"{name}.conv2", filters, kernel: 3).BatchNorm($"{name}.bn2");
        var extra = filters - x.Shape.Channels;
        if (stride != 1 || extra != 0)
        {
            x = shortcut == ShortcutKind.Projection
                ? x.Conv($"{name}.shortcut.0", filters, kernel: 1, stride, padding: 0).BatchNorm($"{name}.shortcut.1")
                : x.PadShortcut($"{name}.shortcut", stride, extra / 2, extra - (extra / 2), shortcut == ShortcutKind.PoolAndPad);
        }

        return y.Add($"{name}.add", x).Relu($"{name}.relu2");
    }
}
