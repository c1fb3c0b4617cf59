using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Builds a network from an ONNX model, operation by operation as the operators' documents define them.</summary>
internal sealed class OnnxImport
{
    private readonly OnnxModel model;
    private readonly string file;
    private readonly OnnxConstants constants;
    private readonly OnnxLayerNames names = new();
    private readonly List<Layer> layers = [];
    private readonly List<ActivationShape> shapes = [];
    private readonly Dictionary<string, int> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Cut> cuts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorData> weights = new(StringComparer.Ordinal);

    private OnnxImport(OnnxModel model, string file) => (this.model, this.file, constants) = (model, file, new OnnxConstants(model.Initializers));

    /// <summary>Every <paramref name="Step"/>-th row, or column, of a layer's output: half of a subsampling.</summary>
    private readonly record struct Cut(int Layer, long Axis, long Step);

    /// <exception cref="FormatException">An operation that is not read, or layers or weights that do not fit; it names file and
    /// node.</exception>
    public static SlimNetwork Network(OnnxModel model, string file)
    {
        if (model.Opset is < OnnxFile.Opset or > OnnxFile.NewestOpset)
        {
            throw new OnnxException($"{file}: it uses operator set {model.Opset}; {OnnxFile.Opset} to {OnnxFile.NewestOpset} are read.");
        }

        try
        {
            var import = new OnnxImport(model, file);
            import.Input();
            foreach (var node in model.Nodes)
            {
                import.Add(node);
            }

            var graph = import.Graph();
            return new SlimNetwork(
                graph,
                PretrainedWeights.Fit(graph, NamedTensors.From(import.weights), file),
                ImmutableSortedDictionary.Create<string, KernelMask>(StringComparer.Ordinal));
        }
        catch (GraphException exception)
        {
            throw new GraphException($"{file}: {exception.Message}", exception);
        }
        catch (OverflowException exception)
        {
            throw new OnnxException($"{file}: it computes with sizes that are too large.", exception);
        }
    }

    private NetworkGraph Graph()
    {
        var name = model.Name.Length > 0 ? model.Name : "network";
        return values.TryGetValue(model.Output.Name, out var output) && output == layers.Count - 1
            ? new NetworkGraph(name, [.. layers]).Validate()
            : throw new OnnxException(
                $"{file}: the output '{model.Output.Name}' is not what the last node, '{layers[^1].Name}', computes.");
    }

    private void Input()
    {
        if (model.Input.Shape is not [_, var channels, var height, var width])
        {
            throw new OnnxException($"{file}: the input '{model.Input.Name}' has {model.Input.Shape.Length} dimensions; N×C×H×W is read.");
        }

        Name(model.Input.Name, Layer(names.Of(model.Input.Name), new Op.Input(Whole(channels), Whole(height), Whole(width)), []));

        int Whole(long size) => size is >= 1 and <= GraphLimits.Channels
            ? (int)size
            : throw new OnnxException(
                $"{file}: the input '{model.Input.Name}' needs fixed sizes after the first, from 1 to {GraphLimits.Channels}.");
    }

    private void Add(OnnxNode node)
    {
        var reader = new OnnxNodeReader(node, constants.Known, file);
        if (constants.TryCompute(reader, name => values.TryGetValue(name, out var layer) ? shapes[layer] : null))
        {
            return;
        }

        switch (node.Op)
        {
            case "Sum" or "Add" or "Mul" or "Concat":
                var joined = node.Op switch { "Mul" => new Op.Mul(), "Concat" => (Op)new Op.Concat(), _ => new Op.Add() };
                if (node.Op == "Concat")
                {
                    reader.Only("axis", Axis(reader.Whole("axis", 0)), 1);
                }

                Append(reader, joined, [.. node.Inputs.Select((_, i) => Value(reader, i))]);
                break;
            case "Slice":
                Subsample(reader);
                break;
            case "ReduceMean":
                Mean(reader);
                break;
            case "Reshape":
                View(reader, Value(reader, 0));
                break;
            case "Pad" when reader.Wholes(1).All(side => side == 0):
                reader.Only("mode", reader.Text("mode", "constant"), "constant");
                reader.Ignore(2, 3);
                Pass(reader, Value(reader, 0));
                break;
            default:
                var x = Value(reader, 0);
                Append(reader, OnnxOperators.Read(reader, shapes[x]), [x]);
                break;
        }
    }

    /// <summary>Every n-th row and column: by one node, or by one for the rows and the next for the columns.</summary>
    private void Subsample(OnnxNodeReader node)
    {
        var (starts, ends) = (node.Wholes(1), node.Wholes(2));
        var axes = node.Has(3) ? [.. node.Wholes(3).Select(Axis)] : Enumerable.Range(0, starts.Length).Select(i => (long)i).ToArray();
        var steps = node.Has(4) ? node.Wholes(4) : [.. starts.Select(_ => 1L)];
        var sides = axes is [2] or [3] or [2, 3] && steps.Length == axes.Length && steps.All(s => s == steps[0] && s >= 1);
        if (!sides || starts.Length != axes.Length || starts.Any(s => s != 0) || ends.Length != axes.Length || ends.Any(e => e < GraphLimits.Side))
        {
            throw node.Wrong("cuts out a part; every n-th row and column of the whole is read");
        }

        var step = steps[0] <= GraphLimits.Side ? (int)steps[0] : throw node.Wrong($"has a step of {steps[0]}; 1 to {GraphLimits.Side} are read");
        if (axes.Length == 2)
        {
            Append(node, new Op.PadShortcut(step, 0, 0, false), [Value(node, 0)]);
        }
        else if (cuts.TryGetValue(node.Input(0), out var half) && half.Axis != axes[0] && half.Step == step)
        {
            Append(node, new Op.PadShortcut(step, 0, 0, false), [half.Layer]);
        }
        else
        {
            cuts[node.Node.Output] = new Cut(Value(node, 0), axes[0], step);
            node.Finish();
        }
    }

    /// <summary>The mean over rows and columns, which are kept as one each, or not.</summary>
    private void Mean(OnnxNodeReader node)
    {
        var axes = node.Has(1) ? node.Wholes(1) : node.Wholes("axes") ?? [];
        if (axes.Select(Axis).Order().ToArray() is not [2, 3])
        {
            throw node.Wrong($"takes the mean over the axes [{string.Join(", ", axes)}]; that over rows and columns is read");
        }

        node.Ignore("noop_with_empty_axes");
        var kept = node.Whole("keepdims", 1) != 0;
        var from = Value(node, 0);
        node.Finish();
        var pooled = Layer(names.Of(node), new Op.GlobalAvgPool(), [from]);
        Name(node.Node.Output, kept ? pooled : Layer(names.Of($"{layers[pooled].Name}.flatten"), new Op.Flatten(), [pooled]));
    }

    /// <summary>A view of each image as one row of features.</summary>
    private void View(OnnxNodeReader node, int from)
    {
        var (wanted, shape) = (node.Wholes(1), shapes[from]);
        var copied = node.Whole("allowzero", 0) == 0;
        var rows = wanted is [var batch, var features]
            && (batch == OnnxConstants.Batch || batch == model.Input.Shape[0] || (batch == 0 && copied) || (batch == -1 && features != -1))
            && (features == -1 || features == shape.Elements);
        if (!rows)
        {
            var found = string.Join(", ", wanted.Select(w => w == OnnxConstants.Batch ? "N" : $"{w}"));
            throw node.Wrong($"gives {shape} the shape [{found}]; that of one row an image is read");
        }

        if (shape.Flat)
        {
            Pass(node, from);
        }
        else
        {
            Append(node, new Op.Flatten(), [from]);
        }
    }

    private int Value(OnnxNodeReader node, int input)
    {
        var name = node.Input(input);
        return values.TryGetValue(name, out var layer) ? layer
            : cuts.ContainsKey(name) ? throw node.Wrong($"reads '{name}', every n-th row or column alone; both together are read")
            : throw node.Wrong($"reads '{name}', which no node before it computes");
    }

    /// <summary>The node changes nothing.</summary>
    private void Pass(OnnxNodeReader node, int layer)
    {
        node.Finish();
        Name(node.Node.Output, layer);
    }

    /// <summary>A layer of the node's own, with the weights that were asked for.</summary>
    private void Append(OnnxNodeReader node, Op op, ImmutableArray<int> inputs)
    {
        node.Finish();
        var name = names.Of(node);
        foreach (var (parameter, tensor) in node.Parameters)
        {
            weights[$"{name}.{parameter}"] = tensor;
        }

        Name(node.Node.Output, Layer(name, op, inputs));
    }

    private int Layer(string name, Op op, ImmutableArray<int> inputs)
    {
        if (layers.Count >= GraphLimits.Layers)
        {
            throw new OnnxException($"{file}: it has more than {GraphLimits.Layers} nodes.");
        }

        shapes.Add(ShapeInference.Of(name, op, [.. inputs.Select(i => shapes[i])]));
        layers.Add(new Layer(name, op, inputs));
        return layers.Count - 1;
    }

    /// <summary>What the file calls the layer's output; a layer may have several names.</summary>
    private void Name(string value, int layer)
    {
        if (!values.TryAdd(value, layer))
        {
            throw new OnnxException($"{file}: '{value}' is computed twice.");
        }
    }

    /// <summary>Axes of images may be counted from the end.</summary>
    private static long Axis(long axis) => axis < 0 ? axis + 4 : axis;
}
