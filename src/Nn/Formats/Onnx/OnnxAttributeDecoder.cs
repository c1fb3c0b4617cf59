using Google.Protobuf;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Reads one attribute of a node.</summary>
internal static class OnnxAttributeDecoder
{
    /// <exception cref="OnnxException">Of a kind that is not read.</exception>
    public static OnnxAttribute Read(ProtoReader reader)
    {
        var (name, text, type) = (string.Empty, string.Empty, 0L);
        var (whole, number, wholes, tensor) = (0L, 0f, new List<long>(), ByteString.Empty);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Attribute.Name:
                    name = reader.Text();
                    break;
                case OnnxFields.Attribute.F:
                    number = reader.Number();
                    break;
                case OnnxFields.Attribute.I:
                    whole = reader.Whole();
                    break;
                case OnnxFields.Attribute.S:
                    text = reader.Text();
                    break;
                case OnnxFields.Attribute.T:
                    tensor = reader.Bytes();
                    break;
                case OnnxFields.Attribute.Ints:
                    reader.Wholes(wholes);
                    break;
                case OnnxFields.Attribute.Type:
                    type = reader.Whole();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return type switch
        {
            OnnxFields.Attribute.TypeFloat => new OnnxAttribute.Number(name, number),
            OnnxFields.Attribute.TypeInt => new OnnxAttribute.Whole(name, whole),
            OnnxFields.Attribute.TypeString => new OnnxAttribute.Text(name, text),
            OnnxFields.Attribute.TypeInts => new OnnxAttribute.Wholes(name, [.. wholes]),
            OnnxFields.Attribute.TypeTensor => new OnnxAttribute.Tensor(name, OnnxTensorDecoder.Read(reader.Of(tensor, $"('{name}')")).Value),
            _ => throw reader.Wrong($"('{name}') is of type {type}; float (1), int (2), string (3), tensor (4) and ints (7) are read"),
        };
    }
}
