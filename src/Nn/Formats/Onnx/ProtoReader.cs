using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Reads the fields of one message of a protocol buffer. Every read is checked against the bytes that are there, and nothing is
/// allocated for lengths that a file only claims.
/// </summary>
/// <param name="owner">What errors call the message.</param>
[SuppressMessage("Design", "CA1001", Justification = "A stream over memory holds nothing that must be freed.")]
internal sealed class ProtoReader(ByteString message, string owner)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly CodedInputStream input = message.CreateCodedInput();
    private WireFormat.WireType wire;

    /// <summary>The number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the message's end. Its value must then be read, or skipped.</summary>
    public bool Next()
    {
        var tag = input.ReadTag();
        Field = WireFormat.GetTagFieldNumber(tag);
        wire = WireFormat.GetTagWireType(tag);
        return tag != 0;
    }

    public void Skip() => input.SkipLastField();

    public long Whole()
    {
        Expect(WireFormat.WireType.Varint);
        return input.ReadInt64();
    }

    public float Number()
    {
        Expect(WireFormat.WireType.Fixed32);
        return input.ReadFloat();
    }

    public ByteString Bytes()
    {
        Expect(WireFormat.WireType.LengthDelimited);
        return input.ReadBytes();
    }

    public string Text()
    {
        try
        {
            return Utf8.GetString(Bytes().Span);
        }
        catch (DecoderFallbackException exception)
        {
            throw new OnnxException($"{owner}: field {Field} is not UTF-8: the file is damaged, or no ONNX file.", exception);
        }
    }

    /// <summary>The numbers of a repeated field that stand here: one, or a packed run of them.</summary>
    public void Wholes(ICollection<long> into)
    {
        if (wire == WireFormat.WireType.Varint)
        {
            Add(into, input.ReadInt64());
            return;
        }

        var packed = Bytes().CreateCodedInput();
        while (!packed.IsAtEnd)
        {
            Add(into, packed.ReadInt64());
        }
    }

    /// <summary>The numbers of a repeated field that stand here: one, or a packed run of them.</summary>
    public void Numbers(ICollection<float> into)
    {
        if (wire == WireFormat.WireType.Fixed32)
        {
            into.Add(input.ReadFloat());
            return;
        }

        var packed = Bytes().CreateCodedInput();
        while (!packed.IsAtEnd)
        {
            into.Add(packed.ReadFloat());
        }
    }

    /// <summary>A message within this one.</summary>
    public ProtoReader Of(ByteString part, string what) => new(part, $"{owner} {what}");

    public OnnxException Wrong(string what) => new($"{owner} {what}.");

    private void Add(ICollection<long> into, long value)
    {
        if (into.Count >= OnnxLimits.Numbers)
        {
            throw Wrong($"has more than {OnnxLimits.Numbers} numbers in field {Field}");
        }

        into.Add(value);
    }

    private void Expect(WireFormat.WireType expected)
    {
        if (wire != expected)
        {
            throw Wrong($"has field {Field} written as {wire}, not {expected}: the file is damaged, or no ONNX file");
        }
    }
}
