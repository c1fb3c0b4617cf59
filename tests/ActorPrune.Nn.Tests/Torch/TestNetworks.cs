using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Tests.Torch;

/// <summary>Graphs written by hand, so that these tests need nothing of the zoo.</summary>
internal static class TestNetworks
{
    /// <summary>Conv, batch norm, ReLU, a residual sum, a pool and a linear layer on 2×6×6 images.</summary>
    public static NetworkGraph Tiny(int classes = 3) => new("tiny",
    [
        new("input", new Op.Input(2, 6, 6), []),
        new("conv1", new Op.Conv2d(2, 4, 3, 1, 1, 1, false), [0]),
        new("bn1", new Op.BatchNorm2d(4), [1]),
        new("relu1", new Op.Relu(), [2]),
        new("conv2", new Op.Conv2d(4, 4, 3, 1, 1, 1, true), [3]),
        new("bn2", new Op.BatchNorm2d(4), [4]),
        new("add", new Op.Add(), [5, 3]),
        new("relu2", new Op.Relu(), [6]),
        new("pool", new Op.GlobalAvgPool(), [7]),
        new("flatten", new Op.Flatten(), [8]),
        new("fc", new Op.Linear(4, classes, true), [9]),
    ]);

    /// <summary>
    /// CIFAR's ResNet-20 with zero-padded shortcuts, its first convolutions of each block as wide as <paramref name="inner"/> says.
    /// </summary>
    public static NetworkGraph ResNet20(Func<int, int>? inner = null, int width = 16)
    {
        var layers = ImmutableArray.CreateBuilder<Layer>();
        int Add(string name, Op op, params int[] inputs)
        {
            layers.Add(new Layer(name, op, [.. inputs]));
            return layers.Count - 1;
        }

        Add("input", new Op.Input(3, 32, 32));
        Add("conv1", new Op.Conv2d(3, width, 3, 1, 1, 1, false), 0);
        Add("bn1", new Op.BatchNorm2d(width), 1);
        var x = Add("relu", new Op.Relu(), 2);
        var planes = width;
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < 3; block++)
            {
                var name = $"layer{stage + 1}.{block}";
                var stride = stage > 0 && block == 0 ? 2 : 1;
                var outer = width << stage;
                var middle = inner?.Invoke(outer) ?? outer;
                var c1 = Add(name + ".conv1", new Op.Conv2d(planes, middle, 3, stride, 1, 1, false), x);
                var b1 = Add(name + ".bn1", new Op.BatchNorm2d(middle), c1);
                var r1 = Add(name + ".relu1", new Op.Relu(), b1);
                var c2 = Add(name + ".conv2", new Op.Conv2d(middle, outer, 3, 1, 1, 1, false), r1);
                var b2 = Add(name + ".bn2", new Op.BatchNorm2d(outer), c2);
                var shortcut = stride == 1 ? x : Add(name + ".shortcut", new Op.PadShortcut(2, planes / 2, planes / 2, false), x);
                var sum = Add(name + ".add", new Op.Add(), b2, shortcut);
                x = Add(name + ".relu2", new Op.Relu(), sum);
                planes = outer;
            }
        }

        x = Add("avgpool", new Op.GlobalAvgPool(), x);
        x = Add("flatten", new Op.Flatten(), x);
        Add("fc", new Op.Linear(planes, 10, true), x);
        return new NetworkGraph("resnet20", layers.ToImmutable());
    }
}
