using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>JSON lines over two pipes. Reading belongs to one thread, sending is safe from several.</summary>
internal sealed class MessageChannel(Stream from, Stream to) : IDisposable
{
    /// <summary>Bytes in a line: room for a body of <see cref="JournalLimits.BodyLength"/> characters, however they are written.</summary>
    internal const int LongestLine = 4 * JournalLimits.BodyLength;

    /// <summary>Bytes of a blob that go into one line.</summary>
    private const int ChunkLength = 1 << 20;

    private static readonly JsonSerializerOptions Format = new()
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly byte[] buffer = new byte[1 << 16];
    private readonly Lock sending = new();
    private int start;
    private int end;

    /// <exception cref="IOException">The other side is gone.</exception>
    /// <exception cref="InvalidDataException">The message is longer than a line may be.</exception>
    internal void Send(EvaluatorMessage message)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, Format);
        CheckLength(line.Length);
        lock (sending)
        {
            to.Write(line);
            to.Write("\n"u8);
            to.Flush();
        }
    }

    /// <summary>Null once the other side has ended, also where it ended in the middle of a line.</summary>
    /// <exception cref="InvalidDataException">What came is no message.</exception>
    internal EvaluatorMessage? Read()
    {
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (start == end)
            {
                (start, end) = (0, from.Read(buffer));
                if (end == 0)
                {
                    return null;
                }
            }

            var rest = buffer.AsSpan(start, end - start);
            var newline = rest.IndexOf((byte)'\n');
            var part = newline < 0 ? rest : rest[..newline];
            CheckLength(line.WrittenCount + part.Length);
            line.Write(part);
            start += part.Length + (newline < 0 ? 0 : 1);
            if (newline >= 0)
            {
                return Parse(line.WrittenSpan);
            }
        }
    }

    /// <summary>Sends the bytes that a message has announced.</summary>
    internal void SendChunks(ReadOnlySpan<byte> content)
    {
        for (; content.Length > 0; content = content[Math.Min(ChunkLength, content.Length)..])
        {
            Send(new EvaluatorMessage.Chunk(content[..Math.Min(ChunkLength, content.Length)].ToArray()));
        }
    }

    /// <summary>The bytes that a message has announced, from where <paramref name="next"/> finds messages.</summary>
    /// <exception cref="InvalidDataException">There are other messages between them, or more bytes than announced.</exception>
    /// <exception cref="EndOfStreamException">The other side ended before all had come.</exception>
    internal static byte[] Assemble(long length, Func<EvaluatorMessage?> next)
    {
        if (length < 0 || length > Array.MaxLength)
        {
            throw new InvalidDataException($"A blob has 0 to {Array.MaxLength} bytes, found {length}.");
        }

        var content = new byte[length];
        for (var filled = 0; filled < content.Length;)
        {
            var bytes = next() switch
            {
                EvaluatorMessage.Chunk { Bytes: { Length: > 0 } chunk } when chunk.Length <= content.Length - filled => chunk,
                null => throw new EndOfStreamException("The other side ended in the middle of a blob."),
                var other => throw new InvalidDataException(
                    $"Expected at most {content.Length - filled} more bytes of a blob, found a message '{other.GetType().Name}'."),
            };
            bytes.CopyTo(content, filled);
            filled += bytes.Length;
        }

        return content;
    }

    public void Dispose()
    {
        from.Dispose();
        try
        {
            to.Dispose();
        }
        catch (IOException)
        {
            // The other side is gone, and with it whoever would have read the rest.
        }
    }

    private static EvaluatorMessage Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<EvaluatorMessage>(line, Format)
                ?? throw new InvalidDataException("Expected a message, found null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"Expected a message between pool and evaluator: {e.Message}", e);
        }
    }

    private static void CheckLength(long length)
    {
        if (length > LongestLine)
        {
            throw new InvalidDataException(
                $"A message between pool and evaluator has at most {LongestLine} bytes, found {length} or more.");
        }
    }
}
