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
    private readonly List<Layer> layers = [];
    private readonly List<ActivationShape> shapes = [];
    private readonly Dictionary<string, int> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorData> weights = new(StringComparer.Ordinal);

    private OnnxImport(OnnxModel model, string file) => (this.model, this.file) = (model, file);

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
    }

    private NetworkGraph Graph()
    {
        var name = model.Name.Length > 0 ? model.Name : "network";
        return layers[^1].Name == model.Output.Name
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

        Append(model.Input.Name, new Op.Input(Whole(channels), Whole(height), Whole(width)), []);

        int Whole(long size) => size is >= 1 and <= GraphLimits.Channels
            ? (int)size
            : throw new OnnxException(
                $"{file}: the input '{model.Input.Name}' needs fixed sizes after the first, from 1 to {GraphLimits.Channels}.");
    }

    private void Add(OnnxNode node)
    {
        var reader = new OnnxNodeReader(node, model.Initializers, file);
        switch (node.Op)
        {
            case "Sum" or "Add" or "Mul" or "Concat":
                var joined = node.Op switch { "Mul" => new Op.Mul(), "Concat" => (Op)new Op.Concat(), _ => new Op.Add() };
                if (node.Op == "Concat")
                {
                    reader.Only("axis", reader.Whole("axis", 0), 1);
                }

                reader.Finish();
                Append(node.Output, joined, [.. node.Inputs.Select((_, i) => Value(reader, i))]);
                break;
            default:
                var x = Value(reader, 0);
                var op = OnnxOperators.Read(reader, shapes[x]);
                reader.Finish();
                foreach (var (parameter, tensor) in reader.Parameters)
                {
                    weights[$"{node.Output}.{parameter}"] = tensor;
                }

                Append(node.Output, op, [x]);
                break;
        }
    }

    private int Value(OnnxNodeReader node, int input) => values.TryGetValue(node.Input(input), out var layer)
        ? layer
        : throw node.Wrong($"reads '{node.Input(input)}', which no node before it computes");

    private void Append(string name, Op op, ImmutableArray<int> inputs)
    {
        if (layers.Count >= GraphLimits.Layers)
        {
            throw new OnnxException($"{file}: it has more than {GraphLimits.Layers} nodes.");
        }

        shapes.Add(ShapeInference.Of(name, op, [.. inputs.Select(i => shapes[i])]));
        if (!values.TryAdd(name, layers.Count))
        {
            throw new OnnxException($"{file}: '{name}' is computed twice.");
        }

        layers.Add(new Layer(name, op, inputs));
    }
}
