using System.Globalization;
using System.Runtime.InteropServices;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Reads one initializer.</summary>
internal static class OnnxTensorDecoder
{
    /// <param name="beside">The content of a file beside the model's, by its name; null where there is no such place.</param>
    /// <exception cref="OnnxException">Too large, of a type that is not read, or in a file that cannot be had.</exception>
    /// <exception cref="ArgumentException">Shape and values do not belong together.</exception>
    public static KeyValuePair<string, TensorData> Read(ProtoReader reader, Func<string, ReadOnlyMemory<byte>>? beside = null)
    {
        var (name, type, shape) = (string.Empty, 0L, new List<long>());
        var (raw, floats, longs) = (ReadOnlyMemory<byte>.Empty, new List<float>(), new List<long>());
        var (elsewhere, place) = (false, new Dictionary<string, string>(StringComparer.Ordinal));
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Tensor.Name:
                    name = reader.Text();
                    break;
                case OnnxFields.Tensor.DataType:
                    type = reader.Whole();
                    break;
                case OnnxFields.Tensor.Dims:
                    reader.Wholes(shape);
                    break;
                case OnnxFields.Tensor.RawData:
                    raw = reader.Bytes().Memory;
                    break;
                case OnnxFields.Tensor.FloatData:
                    reader.Numbers(floats);
                    break;
                case OnnxFields.Tensor.Int64Data:
                    reader.Wholes(longs);
                    break;
                case OnnxFields.Tensor.DataLocation:
                    elsewhere = reader.Whole() != 0;
                    break;
                case OnnxFields.Tensor.ExternalData:
                    var (key, value) = OnnxDecoder.Pair(reader.Of(reader.Bytes(), "'s place"));
                    place[key] = value;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var elements = shape.Aggregate(1.0, (product, size) => product * size);
        if (shape.Count > OnnxLimits.Rank || shape.Any(s => s < 0) || elements > GraphLimits.WeightElements)
        {
            throw reader.Wrong(
                $"('{name}') has the shape [{string.Join(", ", shape.Take(OnnxLimits.Rank))}], which is negative or too large");
        }

        if (elsewhere)
        {
            raw = Elsewhere(reader, name, place, beside);
        }

        var sizes = CollectionsMarshal.AsSpan(shape);
        return KeyValuePair.Create(name, type switch
        {
            OnnxFields.Tensor.Bool => TensorData.Of(sizes, [.. raw.ToArray().Select(b => (long)b)]),
            OnnxFields.Tensor.Float when raw.IsEmpty => TensorData.Of(sizes, CollectionsMarshal.AsSpan(floats)),
            OnnxFields.Tensor.Int64 when raw.IsEmpty => TensorData.Of(sizes, CollectionsMarshal.AsSpan(longs)),
            OnnxFields.Tensor.Float => new TensorData([.. shape], TensorType.Float32, raw).Checked(name),
            OnnxFields.Tensor.Int64 => new TensorData([.. shape], TensorType.Int64, raw).Checked(name),
            _ => throw reader.Wrong($"('{name}') has elements of type {type}; float (1), int64 (7) and raw bool (9) are read"),
        });
    }

    /// <summary>The part of another file that a tensor's bytes are. Exporters put it into the model's own folder; no other is looked into.</summary>
    private static ReadOnlyMemory<byte> Elsewhere(
        ProtoReader reader, string name, Dictionary<string, string> place, Func<string, ReadOnlyMemory<byte>>? beside)
    {
        var location = place.GetValueOrDefault("location", string.Empty);
        if (beside is null || location.Length == 0 || Path.GetFileName(location) != location || location is "." or "..")
        {
            throw reader.Wrong($"('{name}') lies in another file, '{location}'; only files beside the model are read");
        }

        var file = beside(location);
        var offset = Number("offset", 0);
        var length = Number("length", file.Length - offset);
        return offset <= file.Length && length <= file.Length - offset
            ? file.Slice((int)offset, (int)length)
            : throw reader.Wrong($"('{name}') lies beyond the end of '{location}': that file is cut, or another model's");

        long Number(string key, long otherwise) => !place.TryGetValue(key, out var text) ? otherwise
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw reader.Wrong($"('{name}') has '{text}' as the {key} of its place");
    }
}
