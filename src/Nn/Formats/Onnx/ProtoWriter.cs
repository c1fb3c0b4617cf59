using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Writes the fields of one message of a protocol buffer.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A stream over memory holds nothing that must be freed.")]
internal sealed class ProtoWriter
{
    private readonly MemoryStream stream = new();
    private readonly CodedOutputStream output;

    public ProtoWriter() => output = new CodedOutputStream(stream);

    public ProtoWriter Whole(int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
        return this;
    }

    public ProtoWriter Number(int field, float value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
        return this;
    }

    public ProtoWriter Text(int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
        return this;
    }

    public ProtoWriter Bytes(int field, ReadOnlyMemory<byte> value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(value));
        return this;
    }

    public ProtoWriter Message(int field, ProtoWriter message) => Bytes(field, message.Written());

    /// <summary>One message for each of <paramref name="items"/>.</summary>
    public ProtoWriter Messages<T>(int field, IEnumerable<T> items, Func<T, ProtoWriter> write)
    {
        foreach (var item in items)
        {
            Message(field, write(item));
        }

        return this;
    }

    /// <summary>What was written so far; valid until more is.</summary>
    public ReadOnlyMemory<byte> Written()
    {
        output.Flush();
        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }
}
