using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>
/// A network that describes itself: a safetensors file with weights under PyTorch's names, whose metadata hold the graph, and kernel
/// masks where there are some. Any safetensors reader can read the weights. The graph stands beside it once more, as JSON for people.
/// </summary>
public static class NetworkFile
{
    private const string GraphKey = "actorprune.graph";

    private const string MasksKey = "actorprune.masks";

    /// <summary>Where the graph's JSON stands beside a file: "knee.safetensors" → "knee.graph.json".</summary>
    public static string GraphPath(string path) => Path.ChangeExtension(path, ".graph.json");

    /// <summary>Writes <paramref name="path"/>, and the graph's JSON beside it.</summary>
    /// <param name="notes">Metadata of the caller's; names that begin with "actorprune." are taken.</param>
    /// <exception cref="WeightMismatchException">Graph and weights do not belong together.</exception>
    /// <exception cref="ArgumentException">The network has no weights, or a note's name is taken.</exception>
    public static void Write(string path, SlimNetwork network, IReadOnlyDictionary<string, string>? notes = null)
    {
        AtomicFile.Write(path, ToBytes(network, notes));
        AtomicFile.Write(GraphPath(path), Encoding.UTF8.GetBytes(GraphJson.Write(network.Graph, indented: true)));
    }

    /// <summary>The bytes of the self-describing file; see <see cref="Write"/>.</summary>
    public static byte[] ToBytes(SlimNetwork network, IReadOnlyDictionary<string, string>? notes = null)
    {
        var weights = network.Weights ?? throw new ArgumentException($"The network '{network.Graph.Name}' has no weights to write.", nameof(network));
        weights = PretrainedWeights.Fit(network.Graph.Validate(), weights, "The given weights");
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in notes ?? ImmutableSortedDictionary<string, string>.Empty)
        {
            metadata[name] = name.StartsWith("actorprune.", StringComparison.Ordinal)
                ? throw new ArgumentException($"The metadata '{name}' is the format's own; choose another name.", nameof(notes))
                : text;
        }

        metadata[GraphKey] = GraphJson.Write(network.Graph);
        if (network.Masks.Count > 0)
        {
            metadata[MasksKey] = new JsonObject(
                network.Masks.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)JsonValue.Create(m.Value.Bits.ToString()))))
                .ToJsonString();
        }

        return new SafetensorsFile(weights, metadata.ToImmutable()).ToBytes();
    }

    /// <summary>Reads a network, and checks graph and weights against each other.</summary>
    /// <exception cref="FormatException">Not such a file (safetensors, graph or weights; the message names it and says
    /// which).</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SlimNetwork Read(string path) => Of(SafetensorsFile.Read(path), path);

    /// <summary>As <see cref="Read"/>, from bytes; errors call them <paramref name="name"/>.</summary>
    public static SlimNetwork Parse(ReadOnlyMemory<byte> file, string name) => Of(SafetensorsFile.Parse(file, name), name);

    private static SlimNetwork Of(SafetensorsFile file, string name)
    {
        if (!file.Metadata.TryGetValue(GraphKey, out var text))
        {
            throw new SafetensorsException(
                $"{name}: the metadata hold no '{GraphKey}', so the file has weights but does not say of what network. Name the network to load them into.");
        }

        NetworkGraph graph;
        try
        {
            graph = GraphJson.Parse(text);
        }
        catch (GraphException exception)
        {
            throw new GraphException($"{name}: {exception.Message}", exception);
        }

        var weights = PretrainedWeights.Fit(graph, file.Tensors, name);
        return new SlimNetwork(graph, weights, file.Metadata.TryGetValue(MasksKey, out var masks) ? Masks(graph, masks, name) : NoMasks);
    }

    private static ImmutableSortedDictionary<string, KernelMask> NoMasks { get; } =
        ImmutableSortedDictionary.Create<string, KernelMask>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, KernelMask> Masks(NetworkGraph graph, string text, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            var masks = NoMasks.ToBuilder();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var bits = BitString.Parse(property.Value.GetString() ?? "");
                if (graph.Layers.FirstOrDefault(l => l.Name == property.Name)?.Op is not Op.Conv2d { Groups: 1 } conv
                    || bits.Length != (long)conv.Out * conv.In)
                {
                    throw new FormatException($"the mask '{property.Name}' of {bits.Length} bits fits no convolution");
                }

                masks.Add(property.Name, new KernelMask(conv.Out, conv.In, bits));
            }

            return masks.ToImmutable();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new SafetensorsException($"{name}: the kernel masks cannot be read: {exception.Message}", exception);
        }
    }
}
