using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Nn.Graph;

/// <summary>
/// The self-describing text of a graph:
/// <c>{"format":"actorprune-graph","version":1,"name":…,"layers":[{"name":…,"op":…,"inputs":[names],…},…]}</c>. Layers refer to
/// each other by name, fields are those of <see cref="Op"/> in camel case. Strict: what it does not know is an error.
/// </summary>
public static class GraphJson
{
    public const string Format = "actorprune-graph";

    public const int Version = 1;

    /// <summary>Longest text that is read, in characters.</summary>
    public const int MaximumLength = 64 * 1024 * 1024;

    /// <summary>Deepest nesting: the document, its layers, a layer, its list.</summary>
    private const int MaximumDepth = 8;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The graph as a document, for embedding in others.</summary>
    public static JsonObject ToNode(NetworkGraph graph)
    {
        var layers = new JsonArray();
        foreach (var layer in graph.Layers)
        {
            var node = new JsonObject
            {
                ["name"] = layer.Name,
                ["op"] = OpJson.NameOf(layer.Op),
                ["inputs"] = new JsonArray([.. layer.Inputs.Select(i => JsonValue.Create(graph.Layers[i].Name))]),
            };
            OpJson.Write(layer.Op, node);
            layers.Add((JsonNode)node);
        }

        return new JsonObject { ["format"] = Format, ["version"] = Version, ["name"] = graph.Name, ["layers"] = layers };
    }

    /// <summary>The graph as one line, or as lines for people.</summary>
    public static string Write(NetworkGraph graph, bool indented = false) => ToNode(graph).ToJsonString(indented ? Indented : Compact);

    /// <summary>Reads what <see cref="Write"/> writes, and validates it.</summary>
    /// <exception cref="GraphException">Not such a document, another version, an unknown operation or field, or layers that do not
    /// fit.</exception>
    public static NetworkGraph Parse(string text)
    {
        if (text.Length > MaximumLength)
        {
            throw new GraphException($"A graph of {text.Length} characters is too long; at most {MaximumLength} are read.");
        }

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
            return Parse(document.RootElement);
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidOperationException or ArgumentException { InnerException: EncoderFallbackException })
        {
            // The last two are how the JSON reader reports half of a surrogate pair, escaped or not.
            throw new GraphException($"The graph is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the document of <see cref="ToNode"/>, and validates it.</summary>
    /// <exception cref="GraphException">As <see cref="Parse(string)"/>.</exception>
    public static NetworkGraph Parse(JsonNode node) => Parse(node.ToJsonString());

    private static NetworkGraph Parse(JsonElement root)
    {
        var fields = new JsonFields("The graph", root);
        var format = fields.Text("format");
        if (format != Format)
        {
            throw fields.Wrong($"has format '{format}'; expected '{Format}'");
        }

        var version = fields.Whole("version");
        if (version != Version)
        {
            throw fields.Wrong($"has version {version}; this program reads version {Version}");
        }

        var name = fields.Text("name");
        var elements = fields.Items("layers", GraphLimits.Layers);
        fields.Finish();

        var indices = new Dictionary<string, int>(elements.Count, StringComparer.Ordinal);
        var layers = new List<Layer>(elements.Count);
        foreach (var element in elements)
        {
            var layer = ParseLayer(element, layers.Count, indices);
            if (!indices.TryAdd(layer.Name, layers.Count))
            {
                throw new GraphException($"Layer '{layer.Name}' stands twice in the graph.");
            }

            layers.Add(layer);
        }

        return new NetworkGraph(name, [.. layers]).Validate();
    }

    private static Layer ParseLayer(JsonElement element, int position, Dictionary<string, int> before)
    {
        var unnamed = new JsonFields($"Layer number {position}", element);
        var name = unnamed.Text("name");
        var fields = new JsonFields($"Layer '{name}'", element);
        _ = fields.Text("name");
        var kind = fields.Text("op");
        var inputs = fields.Items("inputs", GraphLimits.Layers).Select(input =>
        {
            var read = input.ValueKind == JsonValueKind.String ? input.GetString()! : throw fields.Wrong("has an input that is not a layer's name");
            return before.TryGetValue(read, out var index) ? index : throw fields.Wrong($"reads '{read}', which does not stand before it");
        });
        var layer = new Layer(name, OpJson.Read(kind, fields), [.. inputs]);
        fields.Finish();
        return layer;
    }
}
