using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>
/// Writes a file whose bytes depend on nothing but its contents: header keys in ordinal order; data with the wider type first, then by
/// name, so that every tensor is aligned; the header padded with spaces to 8 bytes, as the reference implementation does.
/// </summary>
internal static class SafetensorsWriter
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(SafetensorsFile file)
    {
        if (file.Tensors.ContainsKey(SafetensorsFile.MetadataKey))
        {
            throw new ArgumentException($"A tensor cannot be called '{SafetensorsFile.MetadataKey}'.", nameof(file));
        }

        var ordered = file.Tensors.OrderByDescending(t => TensorData.SizeOf(t.Value.Type)).ThenBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var entries = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        if (file.Metadata.Count > 0)
        {
            entries.Add(
                SafetensorsFile.MetadataKey,
                new JsonObject(file.Metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)JsonValue.Create(m.Value)))));
        }

        var end = 0L;
        foreach (var (name, tensor) in ordered)
        {
            entries.Add(name, new JsonObject
            {
                ["dtype"] = tensor.Type == TensorType.Float32 ? "F32" : "I64",
                ["shape"] = new JsonArray([.. tensor.Shape.Select(s => JsonValue.Create(s))]),
                ["data_offsets"] = new JsonArray(end, end + tensor.Bytes.Length),
            });
            end += tensor.Bytes.Length;
        }

        var header = Encoding.UTF8.GetBytes(new JsonObject(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value))).ToJsonString(Compact));
        var padded = (header.Length + 7) / 8 * 8;
        if (padded > SafetensorsFile.MaximumHeader || 8 + padded + end > SafetensorsFile.MaximumFile)
        {
            throw new ArgumentException(
                $"A header of {padded} and data of {end} bytes are too much for one file; "
                + $"at most {SafetensorsFile.MaximumHeader} and {SafetensorsFile.MaximumFile}.",
                nameof(file));
        }

        var bytes = new byte[8 + padded + end];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, padded);
        header.CopyTo(bytes.AsSpan(8));
        bytes.AsSpan(8 + header.Length, padded - header.Length).Fill((byte)' ');
        var at = 8 + padded;
        foreach (var (_, tensor) in ordered)
        {
            tensor.Bytes.Span.CopyTo(bytes.AsSpan(at));
            at += tensor.Bytes.Length;
        }

        return bytes;
    }
}
