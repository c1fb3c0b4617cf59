using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>
/// A safetensors file (huggingface/safetensors, "Format"): 8 bytes little-endian header length, a JSON header with each tensor's type,
/// shape and place, then the tensors' bytes without gaps.
/// </summary>
/// <param name="Tensors">F32 and I64; F16 and BF16 are widened to F32 when read.</param>
/// <param name="Metadata">The header's <c>__metadata__</c>: texts by name.</param>
public sealed record SafetensorsFile(NamedTensors Tensors, ImmutableSortedDictionary<string, string> Metadata)
{
    /// <summary>Longest header, as in the reference implementation.</summary>
    public const int MaximumHeader = 100_000_000;

    /// <summary>Largest file that is read: it is held in memory as one array.</summary>
    public const long MaximumFile = 2_000_000_000;

    /// <summary>Most dimensions of one tensor.</summary>
    public const int MaximumRank = 8;

    internal const string MetadataKey = "__metadata__";

    public static SafetensorsFile Of(NamedTensors tensors) => new(tensors, ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    /// <summary>Reads and checks a whole file.</summary>
    /// <exception cref="SafetensorsException">It is not a valid safetensors file, or larger than <see cref="MaximumFile"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafetensorsFile Read(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= MaximumFile
            ? Parse(File.ReadAllBytes(path), path)
            : throw new SafetensorsException($"{path}: {length} bytes are too many; at most {MaximumFile} are read.");
    }

    /// <summary>Reads and checks the bytes of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SafetensorsException">They are not a valid safetensors file.</exception>
    public static SafetensorsFile Parse(ReadOnlyMemory<byte> file, string name) => new SafetensorsReader(file, name).Read();

    /// <summary>The file's bytes: equal for equal contents.</summary>
    public byte[] ToBytes() => SafetensorsWriter.Write(this);

    /// <summary>Writes the file whole or not at all: a reader never sees half of it.</summary>
    public void Write(string path) => AtomicFile.Write(path, ToBytes());
}
