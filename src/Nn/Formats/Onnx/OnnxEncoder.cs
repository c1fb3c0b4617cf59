using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>A model as the bytes of an ONNX file: equal for equal models.</summary>
internal static class OnnxEncoder
{
    /// <summary>The version of the file format that came with operator set 13 (ONNX 1.8).</summary>
    private const int IrVersion = 7;

    /// <exception cref="OnnxException">Its weights are more than one file can hold.</exception>
    public static byte[] Encode(OnnxModel model)
    {
        var size = model.Initializers.Sum(t => (long)t.Value.Bytes.Length);
        if (size > OnnxLimits.File / 2)
        {
            throw new OnnxException($"Weights of {size} bytes are too many for an ONNX file; at most {OnnxLimits.File / 2} are written.");
        }

        return new ProtoWriter()
            .Whole(OnnxFields.Model.IrVersion, IrVersion)
            .Text(OnnxFields.Model.ProducerName, "ActorPrune")
            .Message(OnnxFields.Model.Graph, Graph(model))
            .Message(OnnxFields.Model.OpsetImport, new ProtoWriter()
                .Text(OnnxFields.OperatorSet.Domain, string.Empty)
                .Whole(OnnxFields.OperatorSet.Version, model.Opset))
            .Messages(OnnxFields.Model.MetadataProps, model.Metadata, entry => new ProtoWriter()
                .Text(OnnxFields.Entry.Key, entry.Key)
                .Text(OnnxFields.Entry.Value, entry.Value))
            .Written().ToArray();
    }

    private static ProtoWriter Graph(OnnxModel model) => new ProtoWriter()
        .Messages(OnnxFields.Graph.Node, model.Nodes, Node)
        .Text(OnnxFields.Graph.Name, model.Name)
        .Messages(OnnxFields.Graph.Initializer, model.Initializers, entry => Tensor(entry.Key, entry.Value))
        .Message(OnnxFields.Graph.Input, Value(model.Input))
        .Message(OnnxFields.Graph.Output, Value(model.Output));

    private static ProtoWriter Node(OnnxNode node)
    {
        var writer = new ProtoWriter();
        foreach (var input in node.Inputs)
        {
            writer.Text(OnnxFields.Node.Input, input);
        }

        return writer
            .Text(OnnxFields.Node.Output, node.Output)
            .Text(OnnxFields.Node.Name, node.Output)
            .Text(OnnxFields.Node.OpType, node.Op)
            .Messages(OnnxFields.Node.Attribute, node.Attributes, Attribute);
    }

    private static ProtoWriter Attribute(OnnxAttribute attribute)
    {
        var writer = new ProtoWriter().Text(OnnxFields.Attribute.Name, attribute.Name);
        switch (attribute)
        {
            case OnnxAttribute.Whole whole:
                return writer.Whole(OnnxFields.Attribute.I, whole.Value).Whole(OnnxFields.Attribute.Type, OnnxFields.Attribute.TypeInt);
            case OnnxAttribute.Number number:
                return writer.Number(OnnxFields.Attribute.F, number.Value).Whole(OnnxFields.Attribute.Type, OnnxFields.Attribute.TypeFloat);
            case OnnxAttribute.Text text:
                return writer.Text(OnnxFields.Attribute.S, text.Value).Whole(OnnxFields.Attribute.Type, OnnxFields.Attribute.TypeString);
            case OnnxAttribute.Wholes wholes:
                foreach (var value in wholes.Values)
                {
                    writer.Whole(OnnxFields.Attribute.Ints, value);
                }

                return writer.Whole(OnnxFields.Attribute.Type, OnnxFields.Attribute.TypeInts);
            case OnnxAttribute.Tensor tensor:
                return writer.Message(OnnxFields.Attribute.T, Tensor(string.Empty, tensor.Value))
                    .Whole(OnnxFields.Attribute.Type, OnnxFields.Attribute.TypeTensor);
            default:
                throw new ArgumentException($"An attribute of kind {attribute.GetType().Name} cannot be written.", nameof(attribute));
        }
    }

    private static ProtoWriter Tensor(string name, TensorData data)
    {
        var writer = new ProtoWriter();
        foreach (var size in data.Shape)
        {
            writer.Whole(OnnxFields.Tensor.Dims, size);
        }

        return writer
            .Whole(OnnxFields.Tensor.DataType, data.Type == TensorType.Int64 ? OnnxFields.Tensor.Int64 : OnnxFields.Tensor.Float)
            .Text(OnnxFields.Tensor.Name, name)
            .Bytes(OnnxFields.Tensor.RawData, data.Bytes);
    }

    private static ProtoWriter Value(OnnxValue value)
    {
        var shape = new ProtoWriter().Messages(OnnxFields.ValueInfo.Dimension, value.Shape, size => size == OnnxValue.Dynamic
            ? new ProtoWriter().Text(OnnxFields.ValueInfo.DimensionParameter, "N")
            : new ProtoWriter().Whole(OnnxFields.ValueInfo.DimensionValue, size));
        var tensor = new ProtoWriter()
            .Whole(OnnxFields.ValueInfo.ElementType, OnnxFields.Tensor.Float)
            .Message(OnnxFields.ValueInfo.Shape, shape);
        return new ProtoWriter()
            .Text(OnnxFields.ValueInfo.Name, value.Name)
            .Message(OnnxFields.ValueInfo.Type, new ProtoWriter().Message(OnnxFields.ValueInfo.TensorType, tensor));
    }
}
