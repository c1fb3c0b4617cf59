using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Formats.TorchScript;

/// <summary>
/// A graph as the <c>forward</c> method of a TorchScript module, one line a layer. Batch norm and dropout follow <c>self.training</c>,
/// so that the module can be trained on in Python; it is false in a file.
/// </summary>
internal static class TorchScriptSource
{
    /// <summary>What the constant of a <see cref="Op.ChannelSelect"/> is called, in the module of its layer.</summary>
    public const string Indices = "indices";

    // The file's own code is Python, where these cannot be names.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal,
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
        "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
        "return", "try", "while", "with", "yield");

    /// <exception cref="GraphException">A layer's name cannot be the name of a module.</exception>
    public static string Of(NetworkGraph graph)
    {
        var shapes = ShapeInference.Infer(graph);
        var text = new StringBuilder("def forward(self, images):\n");
        for (var i = 1; i < graph.Layers.Length; i++)
        {
            var layer = graph.Layers[i];
            string[] inputs = [.. layer.Inputs.Select(Value)];
            text.Append("    ").Append(Value(i)).Append(" = ").Append(Expression(layer, inputs, shapes[layer.Inputs[0]])).Append('\n');
        }

        return text.Append("    return ").Append(Value(graph.Layers.Length - 1)).Append('\n').ToString();
    }

    /// <summary>Channels that are asked for but not there stand behind the last, as zeros.</summary>
    public static long[] Selected(Op.ChannelSelect select, int channels) => [.. select.Indices.Select(i => (long)(i < 0 ? channels : i))];

    private static string Value(int layer) => layer == 0 ? "images" : $"v{layer}";

    private static string Expression(Layer layer, string[] inputs, ActivationShape read)
    {
        var x = inputs[0];
        return layer.Op switch
        {
            Op.Conv2d c => $"torch.conv2d({x}, {Member(layer, "weight")}, {Bias(layer, c.Bias)}, "
                + $"{Pair(c.Stride)}, {Pair(c.Padding)}, [1, 1], {c.Groups})",
            Op.Linear l => $"torch.linear({x}, {Member(layer, "weight")}, {Bias(layer, l.Bias)})",
            Op.BatchNorm2d n => Normalised(layer, x, n.Momentum, n.Epsilon),
            Op.BatchNorm1d n => Normalised(layer, x, n.Momentum, n.Epsilon),
            Op.Relu => $"torch.relu({x})",
            Op.Relu6 => $"torch.hardtanh({x}, 0.0, 6.0)",
            Op.MaxPool2d p => $"torch.max_pool2d({x}, {Pair(p.Kernel)}, {Pair(p.Stride)}, {Pair(p.Padding)})",
            Op.AvgPool2d p => $"torch.avg_pool2d({x}, {Pair(p.Kernel)}, {Pair(p.Stride)}, {Pair(p.Padding)})",
            Op.GlobalAvgPool => $"torch.mean({x}, [2, 3], True)",
            Op.Add => string.Join(" + ", inputs),
            Op.Mul => string.Join(" * ", inputs),
            Op.Concat => $"torch.cat([{string.Join(", ", inputs)}], 1)",
            Op.Flatten => $"torch.flatten({x}, 1)",
            Op.Dropout d => $"torch.dropout({x}, {Number(d.Probability)}, self.training)",
            Op.PadShortcut p => Padded(p, x),
            Op.ChannelSelect s => Selection(layer, s, x, read),
            _ => throw new GraphException($"Layer '{layer.Name}' is a {layer.Op.GetType().Name}, which TorchScript export does not know."),
        };
    }

    private static string Normalised(Layer layer, string x, double momentum, double epsilon) =>
        $"torch.batch_norm({x}, {Member(layer, "weight")}, {Member(layer, "bias")}, {Member(layer, "running_mean")}, "
        + $"{Member(layer, "running_var")}, self.training, {Number(momentum)}, {Number(epsilon)}, True)";

    private static string Padded(Op.PadShortcut pad, string x)
    {
        var strided = pad.Stride == 1 ? x
            : pad.Pool ? $"torch.avg_pool2d({x}, {Pair(pad.Stride)}, {Pair(pad.Stride)})"
            : $"{x}[:, :, ::{pad.Stride}, ::{pad.Stride}]";
        return pad is { Before: 0, After: 0 } ? strided : $"torch.constant_pad_nd({strided}, [0, 0, 0, 0, {pad.Before}, {pad.After}], 0.0)";
    }

    // A constant is not moved by the module's to(): it goes where the images are.
    private static string Selection(Layer layer, Op.ChannelSelect select, string x, ActivationShape read)
    {
        var zeros = read.Flat ? "[0, 1]" : "[0, 0, 0, 0, 0, 1]";
        var source = select.Indices.Contains(-1) ? $"torch.constant_pad_nd({x}, {zeros}, 0.0)" : x;
        return $"torch.index_select({source}, 1, {Member(layer, Indices)}.to({x}.device))";
    }

    private static string Bias(Layer layer, bool present) => present ? Member(layer, "bias") : "None";

    /// <summary>Parts such as "0" are no names to the parser, but can be asked for.</summary>
    private static string Member(Layer layer, string name)
    {
        var member = "self";
        foreach (var part in layer.Name.Split('.').Append(name))
        {
            member = part.Length > 0 && part.All(c => c is >= ' ' and <= '~' and not ('"' or '\\')) && !Reserved.Contains(part)
                ? $"getattr({member}, \"{part}\")"
                : throw new GraphException(
                    $"Layer '{layer.Name}' cannot be a module of TorchScript: between dots its name needs printable ASCII, and no "
                    + "keyword of Python.");
        }

        return member;
    }

    private static string Pair(int both) => $"[{both}, {both}]";

    private static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }
}
