using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ActorPrune.Nn.Training;

/// <summary>
/// A training between two steps. As bytes: "APCKPT01", the header's length (int32), a JSON header that names every tensor with type, shape
/// and place, the tensors' bytes, and the SHA-256 of all before it.
/// </summary>
/// <param name="Job">Hash of the job that it belongs to.</param>
/// <param name="Step">Steps done.</param>
/// <param name="LossSum">Sum of the losses of the unfinished epoch's steps.</param>
public sealed record Checkpoint(
    string Job,
    int Step,
    double LossSum,
    double? StartError,
    double? RecalibratedError,
    ImmutableArray<EpochFigures> Epochs,
    NamedTensors Weights,
    NamedTensors Momenta)
{
    private const int HashLength = 32;
    private const int MaximumHeader = 64 << 20;
    private static readonly byte[] Magic = "APCKPT01"u8.ToArray();

    private sealed record Entry(string Name, bool Momentum, TensorType Type, long[] Shape, long Offset, long Length);

    private sealed record Header(
        string Job, int Step, double LossSum, double? StartError, double? RecalibratedError, EpochFigures[] Epochs, Entry[] Tensors);

    public byte[] ToBytes()
    {
        var entries = new List<Entry>();
        var offset = 0L;
        foreach (var (name, tensor, momentum) in Weights.Select(w => (w.Key, w.Value, false)).Concat(Momenta.Select(m => (m.Key, m.Value, true))))
        {
            entries.Add(new Entry(name, momentum, tensor.Type, [.. tensor.Shape], offset, tensor.Bytes.Length));
            offset += tensor.Bytes.Length;
        }

        var header = JsonSerializer.SerializeToUtf8Bytes(
            new Header(Job, Step, LossSum, StartError, RecalibratedError, [.. Epochs], [.. entries]), Json);
        var data = Magic.Length + 4 + header.Length;
        var bytes = new byte[checked(data + offset + HashLength)];
        Magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), header.Length);
        header.CopyTo(bytes, Magic.Length + 4);
        foreach (var entry in entries)
        {
            (entry.Momentum ? Momenta : Weights)[entry.Name].Bytes.Span.CopyTo(bytes.AsSpan((int)(data + entry.Offset)));
        }

        SHA256.HashData(bytes.AsSpan(0, bytes.Length - HashLength), bytes.AsSpan(bytes.Length - HashLength));
        return bytes;
    }

    /// <exception cref="FormatException">The bytes are cut, changed, or no checkpoint.</exception>
    public static Checkpoint Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var start = Magic.Length + 4;
        if (span.Length < start + HashLength || !span[..Magic.Length].SequenceEqual(Magic))
        {
            throw new FormatException(
                $"A checkpoint begins with '{Encoding.ASCII.GetString(Magic)}' and has at least {start + HashLength} bytes; "
                + $"this has {span.Length}.");
        }

        if (!SHA256.HashData(span[..^HashLength]).AsSpan().SequenceEqual(span[^HashLength..]))
        {
            throw new FormatException("A checkpoint's bytes do not match the hash at its end: it is cut or damaged.");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(span[Magic.Length..]);
        if (length < 2 || length > MaximumHeader || start + length > span.Length - HashLength)
        {
            throw new FormatException($"A checkpoint's header cannot have {length} bytes.");
        }

        try
        {
            return Read(bytes.Slice(start, length), bytes[(start + length)..^HashLength]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException or OverflowException)
        {
            throw new FormatException($"A checkpoint's header is not understood: {e.Message}", e);
        }
    }

    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static Checkpoint Read(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> data)
    {
        var header = JsonSerializer.Deserialize<Header>(json.Span, Json) ?? throw new JsonException("it is null");
        var tensors = header.Tensors.ToLookup(
            e => e.Momentum,
            e => KeyValuePair.Create(
                e.Name, new TensorData([.. e.Shape], e.Type, data.Slice(checked((int)e.Offset), checked((int)e.Length)))));
        return new Checkpoint(
            header.Job,
            header.Step,
            header.LossSum,
            header.StartError,
            header.RecalibratedError,
            [.. header.Epochs],
            NamedTensors.From(tensors[false]),
            NamedTensors.From(tensors[true]));
    }
}
