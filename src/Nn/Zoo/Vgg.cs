using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>
/// VGG with batch normalisation (Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015,
/// table 1, columns A, B, D, E; normalisation after Ioffe and Szegedy 2015) in its usual form for CIFAR: the convolutions, with biases,
/// are <c>features.N</c> as in torchvision, and one linear layer <c>classifier</c> follows. VGG-14 counts that linear layer: it is the 13
/// convolutions of column D and the classifier, and differs from this zoo's VGG-16 in its name only. With
/// <see cref="HeadKind.Hidden512"/>, which the names "vgg16-fc512" and so on stand for, the head is classifier.0 to classifier.3, as EvoFC
/// has it (Chen et al. 2024): the hidden features are not pruned, only convolutions are.
/// </summary>
internal static class Vgg
{
    public static readonly ImmutableArray<int> Depths = [11, 13, 14, 16, 19];

    /// <summary>Five poolings halve the image.</summary>
    public const int MinimumSide = 32;

    private static readonly int[] Filters = [64, 128, 256, 512, 512];

    public static NetworkGraph Build(string name, int depth, NetworkOptions options)
    {
        int[] convolutions = depth switch
        {
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            14 or 16 => [2, 2, 3, 3, 3],
            19 => [2, 2, 4, 4, 4],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, $"Expected one of {string.Join(", ", Depths)}."),
        };
        var x = GraphBuilder.Start(name, options.InputChannels, options.Height, options.Width);
        var module = 0;
        for (var stage = 0; stage < 5; stage++)
        {
            for (var i = 0; i < convolutions[stage]; i++)
            {
                x = x.Conv($"features.{module++}", options.Scale(Filters[stage]), kernel: 3, bias: true)
                    .BatchNorm($"features.{module++}").Relu($"features.{module++}");
            }

            x = x.MaxPool($"features.{module++}", kernel: 2, stride: 2);
        }

        x = x.Flatten();
        return options.Head == HeadKind.Linear
            ? x.Linear("classifier", options.Classes).Build()
            : x.Linear("classifier.0", options.Scale(512)).BatchNorm("classifier.1").Relu("classifier.2").Linear("classifier.3", options.Classes).Build();
    }
}
