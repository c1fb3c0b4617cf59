using System.Collections.Immutable;
using System.Globalization;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>ONNX operators with one input that is not constant, as layers of a graph.</summary>
internal static class OnnxOperators
{
    /// <param name="input">The shape of what the node reads.</param>
    /// <exception cref="OnnxException">Another operator, or a use of it that no layer has.</exception>
    public static Op Read(OnnxNodeReader node, ActivationShape input) => node.Node.Op switch
    {
        "Conv" => Convolution(node),
        "Gemm" => Linear(node),
        "BatchNormalization" => Normalisation(node, input),
        "Relu" => new Op.Relu(),
        "Clip" => Clip(node),
        "MaxPool" => MaxPool(node),
        "AveragePool" => AveragePool(node),
        "GlobalAveragePool" => new Op.GlobalAvgPool(),
        "Flatten" => Flatten(node),
        "Identity" => new Op.Dropout(0),
        "Dropout" => Dropout(node),
        "Squeeze" => Squeeze(node, input),
        "Pad" => Pad(node, input),
        "Gather" => Gather(node, input),
        _ => throw node.Wrong("is an operation that is not read"),
    };

    private static Op.Conv2d Convolution(OnnxNodeReader node)
    {
        var weight = node.Parameter("weight", 1);
        if (weight.Shape is not [var filters, var channels, var height, _])
        {
            throw node.Wrong($"has a weight of {weight.Shape.Length} dimensions; 4 are read");
        }

        var (kernel, stride, padding) = Window(node, Whole(node, height));
        node.Only("dilations", node.Same("dilations", 2, 1), 1);
        var groups = Whole(node, node.Whole("group", 1));
        if (node.Has(2))
        {
            node.Parameter("bias", 2);
        }

        return new Op.Conv2d(Whole(node, channels * groups), Whole(node, filters), kernel, stride, padding, groups, node.Has(2));
    }

    private static Op.Linear Linear(OnnxNodeReader node)
    {
        var weight = node.Parameter("weight", 1);
        node.Only("transA", node.Whole("transA", 0), 0);
        node.Only("transB", node.Whole("transB", 0), 1);
        node.Only("alpha", node.Number("alpha", 1), 1f);
        node.Only("beta", node.Number("beta", 1), 1f);
        if (node.Has(2))
        {
            node.Parameter("bias", 2);
        }

        return weight.Shape is [var outputs, var inputs]
            ? new Op.Linear(Whole(node, inputs), Whole(node, outputs), node.Has(2))
            : throw node.Wrong($"has a weight of {weight.Shape.Length} dimensions; 2 are read");
    }

    private static Op Normalisation(OnnxNodeReader node, ActivationShape input)
    {
        var features = Whole(node, node.Parameter("weight", 1).Count);
        node.Parameter("bias", 2);
        node.Parameter("running_mean", 3);
        node.Parameter("running_var", 4);
        // Whether the exporter meant training or not: the statistics are the same, and which of the two it is, is decided here.
        node.Ignore("training_mode");
        var (epsilon, momentum) = (Decimal(node.Number("epsilon", 1e-5f)), Math.Round(1 - Decimal(node.Number("momentum", 0.9f)), 6));
        return input.Flat ? new Op.BatchNorm1d(features, epsilon, momentum) : new Op.BatchNorm2d(features, epsilon, momentum);
    }

    private static Op.Relu6 Clip(OnnxNodeReader node)
    {
        node.Only("a minimum", node.Number(1), 0f);
        node.Only("a maximum", node.Number(2), 6f);
        return new Op.Relu6();
    }

    private static Op.MaxPool2d MaxPool(OnnxNodeReader node)
    {
        var (kernel, stride, padding) = Window(node, 0);
        node.Only("ceil_mode", node.Whole("ceil_mode", 0), 0);
        node.Only("storage_order", node.Whole("storage_order", 0), 0);
        node.Only("dilations", node.Same("dilations", 2, 1), 1);
        return new Op.MaxPool2d(kernel, stride, padding);
    }

    private static Op.AvgPool2d AveragePool(OnnxNodeReader node)
    {
        var (kernel, stride, padding) = Window(node, 0);
        node.Only("ceil_mode", node.Whole("ceil_mode", 0), 0);
        node.Only("dilations", node.Same("dilations", 2, 1), 1);
        var counted = node.Whole("count_include_pad", 0);
        if (padding > 0)
        {
            node.Only("count_include_pad", counted, 1);
        }

        return new Op.AvgPool2d(kernel, stride, padding);
    }

    private static Op.Flatten Flatten(OnnxNodeReader node)
    {
        node.Only("axis", node.Whole("axis", 1), 1);
        return new Op.Flatten();
    }

    /// <summary>A network taken in is trained as it was: with its share of zeros.</summary>
    private static Op.Dropout Dropout(OnnxNodeReader node)
    {
        node.Ignore(2);
        node.Ignore("seed");
        var share = node.Has(1) ? node.Number(1) : 0.5f;
        return share is >= 0 and < 1 ? new Op.Dropout(Decimal(share)) : throw node.Wrong($"has a ratio of {share}; 0 to less than 1 is read");
    }

    /// <summary>Rows and columns, of which one each is left.</summary>
    private static Op.Flatten Squeeze(OnnxNodeReader node, ActivationShape input)
    {
        var axes = node.Wholes(1).Select(a => a < 0 ? a + 4 : a).Order().ToArray();
        return axes is [2, 3] && input is { Flat: false, Height: 1, Width: 1 }
            ? new Op.Flatten()
            : throw node.Wrong("takes out other dimensions than single rows and columns, which is not read");
    }

    /// <summary>Zeros around channels, or around features.</summary>
    private static Op Pad(OnnxNodeReader node, ActivationShape input)
    {
        node.Only("mode", node.Text("mode", "constant"), "constant");
        if (node.Has(2))
        {
            node.Only("a constant", node.Number(2), 0f);
        }

        var sides = node.Wholes(1);
        if (node.Has(3))
        {
            // Which axes the sides belong to; the first of each, then the last of each.
            var (axes, rank) = (node.Wholes(3), input.Flat ? 2 : 4);
            var all = new long[2 * rank];
            foreach (var (axis, i) in axes.Select((a, i) => (a < 0 ? a + rank : a, i)))
            {
                if (axis < 0 || axis >= rank || sides.Length != 2 * axes.Length)
                {
                    throw node.Wrong("pads axes that are not there");
                }

                (all[axis], all[axis + rank]) = (sides[i], sides[i + axes.Length]);
            }

            sides = all;
        }

        switch (sides)
        {
            case [0, var before, 0, 0, 0, var after, 0, 0] when !input.Flat:
                return new Op.PadShortcut(1, Whole(node, before), Whole(node, after), false);
            case [0, var first, 0, var last] when input.Flat:
                return new Op.ChannelSelect([.. Zeros(first), .. Enumerable.Range(0, input.Channels), .. Zeros(last)]);
            default:
                throw node.Wrong("pads other sides than channels, which is not read");
        }

        IEnumerable<int> Zeros(long count) => Enumerable.Repeat(-1, Whole(node, count));
    }

    private static Op.ChannelSelect Gather(OnnxNodeReader node, ActivationShape input)
    {
        node.Only("axis", node.Whole("axis", 0), 1);
        var indices = ImmutableArray.CreateBuilder<int>();
        foreach (var index in node.Wholes(1))
        {
            // Negative ones count from the end.
            var channel = index < 0 ? index + input.Channels : index;
            indices.Add(channel >= 0 && channel < input.Channels
                ? (int)channel
                : throw node.Wrong($"takes channel {index} of {input.Channels}"));
        }

        return new Op.ChannelSelect(indices.ToImmutable());
    }

    /// <summary>The number that was meant: 0.1, where the file has the nearest float32.</summary>
    private static double Decimal(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static (int Kernel, int Stride, int Padding) Window(OnnxNodeReader node, int kernel)
    {
        node.Only("auto_pad", node.Text("auto_pad", "NOTSET"), "NOTSET");
        return (node.Same("kernel_shape", 2, kernel), node.Same("strides", 2, 1), node.Same("pads", 4, 0));
    }

    private static int Whole(OnnxNodeReader node, long value) => value is >= 0 and <= GraphLimits.Features
        ? (int)value
        : throw node.Wrong($"has a size of {value}; 0 to {GraphLimits.Features} are read");
}
