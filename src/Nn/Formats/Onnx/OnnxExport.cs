using System.Collections.Immutable;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;
using Attribute = ActorPrune.Nn.Formats.Onnx.OnnxAttribute;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Writes a graph and its weights down as an ONNX model.</summary>
internal sealed class OnnxExport
{
    private readonly NetworkGraph graph;
    private readonly ImmutableArray<ActivationShape> shapes;
    private readonly ImmutableArray<OnnxNode>.Builder nodes = ImmutableArray.CreateBuilder<OnnxNode>();
    private readonly List<KeyValuePair<string, TensorData>> initializers = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    private OnnxExport(NetworkGraph graph)
    {
        this.graph = graph;
        shapes = ShapeInference.Infer(graph);
    }

    /// <exception cref="GraphException">Two names clash: ONNX has one space of names for values and weights.</exception>
    public static OnnxModel Of(NetworkGraph graph, NamedTensors weights, IReadOnlyDictionary<string, string>? notes)
    {
        var export = new OnnxExport(graph);
        export.Name(graph.Layers[0].Name);
        for (var i = 1; i < graph.Layers.Length; i++)
        {
            export.Layer(i, weights);
        }

        var (input, output) = (graph.Input, export.shapes[^1]);
        return new OnnxModel(
            graph.Name,
            OnnxFile.Opset,
            new OnnxValue(graph.Layers[0].Name, [OnnxValue.Dynamic, input.Channels, input.Height, input.Width]),
            new OnnxValue(graph.Output.Name, output.Flat
                ? [OnnxValue.Dynamic, output.Channels]
                : [OnnxValue.Dynamic, output.Channels, output.Height, output.Width]),
            export.nodes.ToImmutable(),
            NamedTensors.From(export.initializers),
            (notes ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    private void Layer(int index, NamedTensors weights)
    {
        var layer = graph.Layers[index];
        var name = layer.Name;
        ImmutableArray<string> inputs = [.. layer.Inputs.Select(i => graph.Layers[i].Name)];
        switch (layer.Op)
        {
            case Op.Conv2d c:
                Node("Conv", name, [inputs[0], .. Weights(layer, weights, c.Bias ? ["weight", "bias"] : ["weight"])], [
                    .. Window(c.Kernel, c.Stride, c.Padding), new Attribute.Whole("group", c.Groups)]);
                break;
            case Op.Linear l:
                Node("Gemm", name, [inputs[0], .. Weights(layer, weights, l.Bias ? ["weight", "bias"] : ["weight"])], [
                    new Attribute.Whole("transB", 1)]);
                break;
            case Op.BatchNorm2d n:
                Normalised(layer, inputs[0], weights, n.Epsilon, n.Momentum);
                break;
            case Op.BatchNorm1d n:
                Normalised(layer, inputs[0], weights, n.Epsilon, n.Momentum);
                break;
            case Op.Relu:
                Node("Relu", name, inputs);
                break;
            case Op.Relu6:
                Node("Clip", name, [inputs[0], Scalar($"{name}.min", 0), Scalar($"{name}.max", 6)]);
                break;
            case Op.MaxPool2d p:
                Node("MaxPool", name, inputs, [.. Window(p.Kernel, p.Stride, p.Padding)]);
                break;
            case Op.AvgPool2d p:
                Node("AveragePool", name, inputs, [.. Window(p.Kernel, p.Stride, p.Padding), new Attribute.Whole("count_include_pad", 1)]);
                break;
            case Op.GlobalAvgPool:
                Node("GlobalAveragePool", name, inputs);
                break;
            case Op.Add:
                Node(inputs.Length == 2 ? "Add" : "Sum", name, inputs);
                break;
            case Op.Mul:
                Node("Mul", name, inputs);
                break;
            case Op.Concat:
                Node("Concat", name, inputs, [new Attribute.Whole("axis", 1)]);
                break;
            case Op.Flatten:
                Node("Flatten", name, inputs, [new Attribute.Whole("axis", 1)]);
                break;
            case Op.Dropout:
                Node("Identity", name, inputs);
                break;
            case Op.PadShortcut p:
                Shortcut(name, inputs[0], p);
                break;
            case Op.ChannelSelect s:
                Selection(name, inputs[0], s, shapes[layer.Inputs[0]]);
                break;
            default:
                throw new GraphException($"Layer '{name}' is a {layer.Op.GetType().Name}, which ONNX export does not know.");
        }
    }

    private void Normalised(Layer layer, string input, NamedTensors weights, double epsilon, double momentum) => Node(
        "BatchNormalization",
        layer.Name,
        [input, .. Weights(layer, weights, ["weight", "bias", "running_mean", "running_var"])],
        // ONNX's momentum is the share of the old statistics, PyTorch's that of the new ones.
        [new Attribute.Number("epsilon", (float)epsilon), new Attribute.Number("momentum", (float)(1 - momentum))]);

    private void Shortcut(string name, string input, Op.PadShortcut pad)
    {
        var padded = pad.Before > 0 || pad.After > 0;
        var strided = padded ? $"{name}.strided" : name;
        if (pad.Stride == 1)
        {
            strided = input;
            if (!padded)
            {
                Node("Identity", name, [input]);
            }
        }
        else if (pad.Pool)
        {
            Node("AveragePool", strided, [input], [.. Window(pad.Stride, pad.Stride, 0)]);
        }
        else
        {
            Node("Slice", strided, [
                input,
                Constant($"{name}.starts", [0L, 0]),
                Constant($"{name}.ends", [long.MaxValue, long.MaxValue]),
                Constant($"{name}.axes", [2L, 3]),
                Constant($"{name}.steps", [(long)pad.Stride, pad.Stride])]);
        }

        if (padded)
        {
            Node("Pad", name, [strided, Constant($"{name}.pads", [0L, pad.Before, 0, 0, 0, pad.After, 0, 0])]);
        }
    }

    /// <summary>ONNX counts a negative index from the end, so channels of zeros must be there to be taken.</summary>
    private void Selection(string name, string input, Op.ChannelSelect select, ActivationShape read)
    {
        var source = input;
        if (select.Indices.Contains(-1))
        {
            source = $"{name}.padded";
            long[] pads = read.Flat ? [0, 0, 0, 1] : [0, 0, 0, 0, 0, 1, 0, 0];
            Node("Pad", source, [input, Constant($"{name}.pads", pads)]);
        }

        var from = select.Indices.Select(i => (long)(i < 0 ? read.Channels : i)).ToArray();
        Node("Gather", name, [source, Constant($"{name}.indices", from)], [new Attribute.Whole("axis", 1)]);
    }

    private static IEnumerable<Attribute> Window(int kernel, int stride, int padding) =>
    [
        new Attribute.Wholes("kernel_shape", [kernel, kernel]),
        new Attribute.Wholes("strides", [stride, stride]),
        new Attribute.Wholes("pads", [padding, padding, padding, padding]),
    ];

    private IEnumerable<string> Weights(Layer layer, NamedTensors weights, ImmutableArray<string> parameters) =>
        parameters.Select(p => Initializer($"{layer.Name}.{p}", weights[$"{layer.Name}.{p}"])).ToArray();

    private string Constant(string name, params ReadOnlySpan<long> values) => Initializer(name, TensorData.Of([values.Length], values));

    private string Scalar(string name, float value) => Initializer(name, TensorData.Of([], [value]));

    private string Initializer(string name, TensorData data)
    {
        initializers.Add(KeyValuePair.Create(Name(name), data));
        return name;
    }

    private void Node(string op, string output, ImmutableArray<string> inputs, params ReadOnlySpan<Attribute> attributes) =>
        nodes.Add(OnnxNode.Of(op, Name(output), inputs, attributes));

    private string Name(string name) => names.Add(name)
        ? name
        : throw new GraphException($"The name '{name}' stands for two things, which ONNX does not allow: rename the layer.");
}
