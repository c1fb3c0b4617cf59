using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Genetics.Ports;

/// <summary>
/// The one way a document becomes bytes that are hashed: object keys in ordinal order, no white space, numbers in their shortest
/// round-trip form. Two documents that mean the same give the same bytes, so that a content-addressed job is never computed twice.
/// </summary>
public static class CanonicalJson
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        WriteIndented = false,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <paramref name="node"/> with sorted keys and no white space.</summary>
    public static string Write(JsonNode node) => Sorted(node).ToJsonString(Compact);

    /// <summary>UTF-8 bytes of <see cref="Write"/>.</summary>
    public static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(Write(node));

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : (JsonNode?)Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(e => e is null ? null : Sorted(e))]),
        _ => node.DeepClone(),
    };
}
