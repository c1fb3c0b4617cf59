using System.Runtime.InteropServices;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;
using Google.Protobuf;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Reads one initializer.</summary>
internal static class OnnxTensorDecoder
{
    /// <exception cref="OnnxException">Too large, of a type that is not read, or in another file.</exception>
    /// <exception cref="ArgumentException">Shape and values do not belong together.</exception>
    public static KeyValuePair<string, TensorData> Read(ProtoReader reader)
    {
        var (name, type, shape) = (string.Empty, 0L, new List<long>());
        var (raw, floats, longs) = (ByteString.Empty, new List<float>(), new List<long>());
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
                    raw = reader.Bytes();
                    break;
                case OnnxFields.Tensor.FloatData:
                    reader.Numbers(floats);
                    break;
                case OnnxFields.Tensor.Int64Data:
                    reader.Wholes(longs);
                    break;
                case OnnxFields.Tensor.DataLocation:
                    if (reader.Whole() != 0)
                    {
                        throw reader.Wrong($"('{name}') lies in another file, which is not read");
                    }

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

        var sizes = CollectionsMarshal.AsSpan(shape);
        return KeyValuePair.Create(name, type switch
        {
            OnnxFields.Tensor.Float when raw.IsEmpty => TensorData.Of(sizes, CollectionsMarshal.AsSpan(floats)),
            OnnxFields.Tensor.Int64 when raw.IsEmpty => TensorData.Of(sizes, CollectionsMarshal.AsSpan(longs)),
            OnnxFields.Tensor.Float => new TensorData([.. shape], TensorType.Float32, raw.Memory).Checked(name),
            OnnxFields.Tensor.Int64 => new TensorData([.. shape], TensorType.Int64, raw.Memory).Checked(name),
            _ => throw reader.Wrong($"('{name}') has elements of type {type}; float (1) and int64 (7) are read"),
        });
    }
}
