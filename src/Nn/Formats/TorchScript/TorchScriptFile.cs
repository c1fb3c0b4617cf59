using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.TorchScript;

/// <summary>
/// A network that PyTorch loads without this program: <c>torch.jit.load(FILE)</c> in Python, <c>torch::jit::load</c> in C++. Input:
/// N×C×H×W, float32, normalised; output: N×classes. Its state_dict has PyTorch's names.
/// </summary>
public static class TorchScriptFile
{
    /// <summary>The extra file with the notes, a JSON object of texts.</summary>
    public const string NotesFile = "actorprune.json";

    /// <summary>The extra file with the graph (<see cref="GraphJson"/>).</summary>
    public const string GraphFile = "actorprune.graph.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The file's bytes.</summary>
    /// <param name="notes">For <see cref="NotesFile"/>.</param>
    /// <exception cref="WeightMismatchException">Graph and weights do not belong together.</exception>
    /// <exception cref="GraphException">A layer's name cannot be the name of a module.</exception>
    /// <exception cref="TorchException">libtorch refused it: two layers' names clash, for instance.</exception>
    public static byte[] ToBytes(SlimNetwork network, IReadOnlyDictionary<string, string>? notes = null)
    {
        var graph = network.Graph;
        var weights = PretrainedWeights.Fit(graph.Validate(), BakedMasks.Of(network), "The given weights");
        using var scope = torch.NewDisposeScope();
        var tensors = ImmutableArray.CreateBuilder<ScriptTensor>();
        var shapes = ShapeInference.Infer(graph);
        foreach (var layer in graph.Layers)
        {
            foreach (var parameter in ParameterShapes.Of(layer.Name, layer.Op))
            {
                var kind = parameter.Trained ? ScriptTensorKind.Parameter : ScriptTensorKind.Buffer;
                tensors.Add(new ScriptTensor(parameter.Name, Loaded(weights[parameter.Name]), kind));
            }

            if (layer.Op is Op.ChannelSelect select)
            {
                var from = TorchScriptSource.Selected(select, shapes[layer.Inputs[0]].Channels);
                tensors.Add(new ScriptTensor(
                    $"{layer.Name}.{TorchScriptSource.Indices}", torch.tensor(from, [from.Length]), ScriptTensorKind.Constant));
            }
        }

        return ScriptModule.Save(TorchScriptSource.Of(graph), tensors, Files(graph, notes));
    }

    /// <summary>The logits of the file's network, loaded by libtorch, for images (N×C×H×W, float32). It belongs to the current
    /// scope.</summary>
    /// <exception cref="TorchException">It is not a TorchScript file, or does not take these images.</exception>
    public static Tensor Forward(ReadOnlySpan<byte> file, Tensor images) => ScriptModule.Forward(file, images);

    private static Tensor Loaded(TensorData data) => data.Type == TensorType.Int64
        ? torch.tensor(data.Longs, data.Shape.AsSpan())
        : torch.tensor(data.Floats, data.Shape.AsSpan());

    private static ImmutableSortedDictionary<string, string> Files(NetworkGraph graph, IReadOnlyDictionary<string, string>? notes)
    {
        var files = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(GraphFile, GraphJson.Write(graph));
        return notes is null ? files : files.Add(NotesFile, JsonSerializer.Serialize(notes, Indented));
    }
}
