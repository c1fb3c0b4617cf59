using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Tests.Pruning;

/// <summary>Hand-made networks of a few layers, each with one difficulty.</summary>
internal static class SmallGraphs
{
    public static IReadOnlyDictionary<string, Func<NetworkGraph>> All { get; } = new Dictionary<string, Func<NetworkGraph>>
    {
        ["plain"] = Plain,
        ["flatten over an area"] = FlattenOverArea,
        ["concat read twice"] = ConcatReadTwice,
        ["sum of concatenations"] = SumOfConcatenations,
        ["depthwise with two filters a channel and a bias"] = Depthwise,
        ["grouped"] = Grouped,
        ["grouped in a residual"] = GroupedInResidual,
        ["gate"] = Gate,
        ["padded twice"] = PaddedTwice,
        ["normalised constant"] = NormalisedConstant,
        ["sum of paddings"] = SumOfPaddings,
        ["pooling shortcut"] = PoolingShortcut,
        ["selection"] = Selection,
        ["selection of nothing"] = SelectionOfNothing,
        ["hidden linear layers"] = HiddenLinear,
    };

    public static NetworkGraph Plain() => Image("plain").Conv("a", 6, 3).BatchNorm("a.bn").Relu().Conv("b", 5, 3, stride: 2, bias: true).Relu6()
        .MaxPool("pool", 2, 2).Conv("c", 4, 1).Dropout("drop", 0.3).End();

    public static NetworkGraph FlattenOverArea() => Image("flatten").Conv("a", 6, 3).BatchNorm("bn").Relu().AvgPool("pool", 4, 4)
        .Flatten().Linear("fc", 3).Build();

    public static NetworkGraph ConcatReadTwice()
    {
        var a = Image("concat").Conv("a", 5, 3).BatchNorm("a.bn").Relu();
        var b = a.Conv("b", 4, 3);
        var ab = a.Concat("ab", b, a);
        var c = ab.BatchNorm("ab.bn").Relu().Conv("c", 3, 3);
        return ab.Concat("abc", c).BatchNorm("abc.bn").Relu().End();
    }

    public static NetworkGraph SumOfConcatenations()
    {
        var x = Image("sum").Conv("x", 6, 3).BatchNorm("x.bn").Relu();
        var left = x.Conv("a", 2, 3).Concat("ab", x.Conv("b", 4, 1));
        var right = x.Conv("c", 4, 3).Concat("cd", x.Conv("d", 2, 1));
        return left.Add("sum", right).BatchNorm("sum.bn").Relu().Conv("e", 5, 3).End();
    }

    public static NetworkGraph Depthwise() => Image("depthwise").Conv("a", 5, 1).BatchNorm("a.bn").Relu6()
        .Conv("dw", 10, 3, groups: 5, bias: true).BatchNorm("dw.bn").Relu6().Conv("b", 6, 1).BatchNorm("b.bn").End();

    public static NetworkGraph Grouped() => Image("grouped").Conv("a", 8, 3).BatchNorm("a.bn").Relu()
        .Conv("g", 12, 3, groups: 4, bias: true).BatchNorm("g.bn").Relu().Conv("b", 5, 1).End();

    public static NetworkGraph GroupedInResidual()
    {
        var x = Image("grouped residual").Conv("x", 8, 3).BatchNorm("x.bn").Relu();
        var y = x.Conv("a", 6, 1).BatchNorm("a.bn").Relu().Conv("g", 6, 3, groups: 3).BatchNorm("g.bn").Relu().Conv("b", 8, 1).BatchNorm("b.bn");
        var z = x.Add("sum", y).Relu().Conv("h", 8, 3, groups: 2).BatchNorm("h.bn");
        return z.Add("sum2", y).Relu().Conv("c", 4, 1).End();
    }

    /// <summary>A squeeze-and-excitation block without its sigmoid.</summary>
    public static NetworkGraph Gate()
    {
        var x = Image("gate").Conv("x", 6, 3).BatchNorm("x.bn").Relu();
        var gate = x.GlobalAvgPool("squeeze").Conv("reduce", 3, 1, bias: true).Relu().Conv("expand", 6, 1, bias: true);
        return gate.Mul("gated", x).Conv("y", 4, 3).End();
    }

    public static NetworkGraph PaddedTwice()
    {
        var x = Image("padded").Conv("x", 4, 3).BatchNorm("x.bn").Relu();
        for (var i = 0; i < 2; i++)
        {
            var y = x.Conv($"{i}.a", 3, 3, stride: 2).BatchNorm($"{i}.a.bn").Relu().Conv($"{i}.b", x.Shape.Channels + 3, 3).BatchNorm($"{i}.b.bn");
            x = y.Add($"{i}.sum", x.PadShortcut($"{i}.pad", 2, 1, 2)).Relu();
        }

        return x.End();
    }

    public static NetworkGraph NormalisedConstant()
    {
        var x = Image("constant").Conv("x", 4, 3).PadShortcut("pad", 1, 2, 1);
        var y = x.BatchNorm("bn").Relu().Conv("y", 7, 3);
        return y.Add("sum", x).Conv("z", 3, 1).End();
    }

    public static NetworkGraph SumOfPaddings()
    {
        var x = Image("paddings").Conv("x", 3, 3).BatchNorm("x.bn").Relu();
        var left = x.PadShortcut("left", 1, 0, 4);
        var right = x.Conv("y", 2, 3).PadShortcut("right", 1, 5, 0);
        var sum = left.Add("sum", right);
        return sum.Conv("z", 7, 3).Add("sum2", sum).Relu().Conv("w", 3, 1).End();
    }

    public static NetworkGraph PoolingShortcut()
    {
        var x = Image("pooling").Conv("x", 4, 3).BatchNorm("x.bn").Relu();
        return x.Conv("y", 8, 3, stride: 2).Add("sum", x.PadShortcut("pad", 2, 2, 2, pool: true)).Relu().End();
    }

    public static NetworkGraph Selection()
    {
        var x = Image("selection").Conv("x", 6, 3).BatchNorm("x.bn").Relu();
        var part = x.Select("part", 4, -1, 1, 4);
        return part.Conv("y", 4, 3).Add("sum", part).Concat("all", x).Conv("z", 3, 1).End();
    }

    public static NetworkGraph SelectionOfNothing()
    {
        var x = Image("nothing").Conv("x", 4, 3);
        return x.Concat("both", x.Select("zeros", -1, -1).Conv("y", 3, 3, bias: true)).End();
    }

    public static NetworkGraph HiddenLinear() => Image("hidden").Conv("a", 4, 3).MaxPool("pool", 4, 4).Flatten()
        .Linear("fc1", 9).BatchNorm("fc1.bn").Relu().Linear("fc2", 5).Relu().Linear("fc3", 3).Build();

    private static Flow Image(string name) => GraphBuilder.Start(name, 2, 8, 8);

    private static NetworkGraph End(this Flow x) => x.GlobalAvgPool().Flatten().Linear("fc", 3).Build();
}
