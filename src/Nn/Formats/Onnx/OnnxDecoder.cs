using System.Collections.Immutable;
using ActorPrune.Nn.Training;
using Google.Protobuf;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Reads the bytes of an ONNX file into a model. It goes down to no message within itself (subgraphs, functions), so nesting has a fixed
/// depth.
/// </summary>
/// <param name="file">What errors call the model.</param>
/// <param name="beside">See <see cref="OnnxTensorDecoder.Read"/>.</param>
internal sealed class OnnxDecoder(string file, Func<string, ReadOnlyMemory<byte>>? beside = null)
{
    private readonly List<OnnxNode> nodes = [];
    private readonly List<KeyValuePair<string, TensorData>> initializers = [];
    private readonly List<OnnxValue> inputs = [];
    private readonly List<OnnxValue> outputs = [];
    private readonly ImmutableSortedDictionary<string, string>.Builder metadata =
        ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
    private string? graphName;
    private long? opset;

    /// <exception cref="OnnxException">Damaged, or holding what is not read.</exception>
    public OnnxModel Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > OnnxLimits.File)
        {
            throw Wrong($"{bytes.Length} bytes are too many; at most {OnnxLimits.File} are read");
        }

        try
        {
            Model(Reader(UnsafeByteOperations.UnsafeWrap(bytes), "the model"));
            var named = initializers.Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
            var given = inputs.Where(i => !named.Contains(i.Name)).ToArray();
            return new OnnxModel(
                graphName ?? throw Wrong("there is no graph in it. Is it an ONNX file?"),
                opset ?? throw Wrong("it does not say which operator set it uses"),
                given is [var input] ? input : throw Wrong($"the graph has {given.Length} inputs; networks with one are read"),
                outputs is [var output] ? output : throw Wrong($"the graph has {outputs.Count} outputs; networks with one are read"),
                [.. nodes],
                NamedTensors.From(initializers),
                metadata.ToImmutable());
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or ArgumentException or OverflowException)
        {
            throw new OnnxException($"{file}: it is cut, damaged, or no ONNX file: {exception.Message}", exception);
        }
    }

    private void Model(ProtoReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Model.Graph when graphName is null:
                    Graph(Reader(reader.Bytes(), "the graph"));
                    break;
                case OnnxFields.Model.OpsetImport:
                    OperatorSet(Reader(reader.Bytes(), "an operator set"));
                    break;
                case OnnxFields.Model.MetadataProps:
                    Entry(Reader(reader.Bytes(), "the metadata"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void OperatorSet(ProtoReader reader)
    {
        var (domain, version) = (string.Empty, 0L);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.OperatorSet.Domain:
                    domain = reader.Text();
                    break;
                case OnnxFields.OperatorSet.Version:
                    version = reader.Whole();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (domain is "" or "ai.onnx")
        {
            opset = version;
        }
    }

    /// <summary>A text and its name.</summary>
    internal static (string Key, string Value) Pair(ProtoReader reader)
    {
        var (key, value) = (string.Empty, string.Empty);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Entry.Key:
                    key = reader.Text();
                    break;
                case OnnxFields.Entry.Value:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (key, value);
    }

    private void Entry(ProtoReader reader)
    {
        var (key, value) = Pair(reader);
        metadata[key] = value;
        Limit(metadata.Count, OnnxLimits.Metadata, "entries of metadata");
    }

    private void Graph(ProtoReader reader)
    {
        graphName = string.Empty;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Graph.Name:
                    graphName = reader.Text();
                    break;
                case OnnxFields.Graph.Node:
                    nodes.Add(Node(Reader(reader.Bytes(), $"node number {nodes.Count}")));
                    Limit(nodes.Count, OnnxLimits.Nodes, "nodes");
                    break;
                case OnnxFields.Graph.Initializer:
                    initializers.Add(OnnxTensorDecoder.Read(Reader(reader.Bytes(), $"initializer number {initializers.Count}"), beside));
                    Limit(initializers.Count, OnnxLimits.Initializers, "initializers");
                    break;
                case OnnxFields.Graph.Input:
                    inputs.Add(Value(Reader(reader.Bytes(), $"input number {inputs.Count}")));
                    Limit(inputs.Count, OnnxLimits.Initializers, "inputs");
                    break;
                case OnnxFields.Graph.Output:
                    outputs.Add(Value(Reader(reader.Bytes(), $"output number {outputs.Count}")));
                    Limit(outputs.Count, OnnxLimits.Parts, "outputs");
                    break;
                case OnnxFields.Graph.SparseInitializer:
                    throw Wrong("it has sparse initializers, which are not read");
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private OnnxNode Node(ProtoReader reader)
    {
        var (reads, writes, attributes) = (new List<string>(), new List<string>(), new List<OnnxAttribute>());
        var (op, domain) = (string.Empty, string.Empty);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.Node.Input:
                    reads.Add(reader.Text());
                    break;
                case OnnxFields.Node.Output:
                    writes.Add(reader.Text());
                    break;
                case OnnxFields.Node.OpType:
                    op = reader.Text();
                    break;
                case OnnxFields.Node.Domain:
                    domain = reader.Text();
                    break;
                case OnnxFields.Node.Attribute:
                    attributes.Add(OnnxAttributeDecoder.Read(Reader(reader.Bytes(), $"an attribute of node number {nodes.Count}")));
                    break;
                default:
                    reader.Skip();
                    break;
            }

            Limit(reads.Count + writes.Count + attributes.Count, OnnxLimits.Parts, "parts of a node");
        }

        // What a network in training notes beside its output: statistics, masks.
        var single = writes.Count == 1 || (writes.Count > 1 && op is "BatchNormalization" or "Dropout");
        return single && domain is "" or "ai.onnx"
            ? new OnnxNode(op, [.. reads], writes[0], [.. attributes])
            : throw Wrong($"node number {nodes.Count} ({domain}.{op}) has {writes.Count} outputs; operations of ONNX with one are read");
    }

    private OnnxValue Value(ProtoReader reader)
    {
        var (name, shape) = (string.Empty, ImmutableArray<long>.Empty);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFields.ValueInfo.Name:
                    name = reader.Text();
                    break;
                case OnnxFields.ValueInfo.Type:
                    var tensor = Within(Reader(reader.Bytes(), "a type"), OnnxFields.ValueInfo.TensorType);
                    var sizes = tensor is null ? null : Within(tensor, OnnxFields.ValueInfo.Shape);
                    shape = sizes is null ? throw Wrong($"'{name}' is no tensor with a shape") : Sizes(sizes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new OnnxValue(name, shape);
    }

    private ImmutableArray<long> Sizes(ProtoReader reader)
    {
        var sizes = ImmutableArray.CreateBuilder<long>();
        while (reader.Next())
        {
            if (reader.Field != OnnxFields.ValueInfo.Dimension)
            {
                reader.Skip();
                continue;
            }

            sizes.Add(OnnxValue.Dynamic);
            Limit(sizes.Count, OnnxLimits.Rank, "dimensions");
            var size = Reader(reader.Bytes(), "a dimension");
            while (size.Next())
            {
                if (size.Field == OnnxFields.ValueInfo.DimensionValue)
                {
                    sizes[^1] = size.Whole();
                }
                else
                {
                    size.Skip();
                }
            }
        }

        return sizes.ToImmutable();
    }

    /// <summary>The message in the first field <paramref name="field"/> of a message; null if there is none.</summary>
    private ProtoReader? Within(ProtoReader message, int field)
    {
        while (message.Next())
        {
            if (message.Field == field)
            {
                return Reader(message.Bytes(), "a type");
            }

            message.Skip();
        }

        return null;
    }

    private ProtoReader Reader(ByteString message, string what) => new(message, $"{file}: {what}");

    private void Limit(int count, int most, string what)
    {
        if (count > most)
        {
            throw Wrong($"it has more than {most} {what}");
        }
    }

    private OnnxException Wrong(string what) => new($"{file}: {what}.");
}
