using System.Buffers.Binary;
using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Nn.Training;

/// <summary>Element types that weights are kept in.</summary>
public enum TensorType
{
    Float32,
    Int64,
}

/// <summary>A tensor in managed memory: row-major, little-endian. The bytes must not be changed once they are here.</summary>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
public readonly record struct TensorData(ImmutableArray<long> Shape, TensorType Type, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Number of elements: 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            var count = 1L;
            foreach (var size in Shape)
            {
                count = checked(count * size);
            }

            return count;
        }
    }

    /// <summary>The elements of a <see cref="TensorType.Float32"/> tensor, not copied.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<float> Floats => Type == TensorType.Float32
        ? MemoryMarshal.Cast<byte, float>(Bytes.Span)
        : throw new InvalidOperationException($"A tensor of {Type} was read as {TensorType.Float32}.");

    /// <summary>The elements of a <see cref="TensorType.Int64"/> tensor, not copied.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<long> Longs => Type == TensorType.Int64
        ? MemoryMarshal.Cast<byte, long>(Bytes.Span)
        : throw new InvalidOperationException($"A tensor of {Type} was read as {TensorType.Int64}.");

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.Float32 => 4,
        TensorType.Int64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type of weights."),
    };

    /// <summary>A copy of <paramref name="values"/> as float32.</summary>
    public static TensorData Of(ReadOnlySpan<long> shape, ReadOnlySpan<float> values) =>
        new TensorData([.. shape], TensorType.Float32, MemoryMarshal.AsBytes(values).ToArray()).Checked("(new)");

    /// <summary>A copy of <paramref name="values"/> as int64.</summary>
    public static TensorData Of(ReadOnlySpan<long> shape, ReadOnlySpan<long> values) =>
        new TensorData([.. shape], TensorType.Int64, MemoryMarshal.AsBytes(values).ToArray()).Checked("(new)");

    /// <summary>Itself, once shape and bytes agree.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    internal TensorData Checked(string name)
    {
        if (Shape.IsDefault || Shape.Any(size => size < 0))
        {
            throw new ArgumentException($"Tensor '{name}' has no valid shape.");
        }

        return Count * SizeOf(Type) == Bytes.Length
            ? this
            : throw new ArgumentException(
                $"Tensor '{name}' of shape [{string.Join(", ", Shape)}] and type {Type} needs {Count * SizeOf(Type)} bytes, but has {Bytes.Length}.");
    }
}

/// <summary>
/// Weights and buffers by PyTorch's names, in ordinal order of the names. Immutable: safe to share between threads and to hash once.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "What it holds says more than that it is a dictionary.")]
public sealed class NamedTensors : IReadOnlyDictionary<string, TensorData>
{
    private readonly ImmutableSortedDictionary<string, TensorData> tensors;
    private string? hash;

    private NamedTensors(ImmutableSortedDictionary<string, TensorData> tensors) => this.tensors = tensors;

    public static NamedTensors Empty { get; } = new(ImmutableSortedDictionary.Create<string, TensorData>(StringComparer.Ordinal));

    public int Count => tensors.Count;

    /// <summary>In ordinal order.</summary>
    public IEnumerable<string> Keys => tensors.Keys;

    /// <summary>In the names' ordinal order.</summary>
    public IEnumerable<TensorData> Values => tensors.Values;

    /// <summary>
    /// SHA-256 of names, types, shapes and bytes, as 64 lower-case hexadecimal digits: equal for equal contents on any machine.
    /// </summary>
    public string Hash => hash ??= ComputeHash();

    /// <exception cref="KeyNotFoundException">There is no such tensor: the message names it.</exception>
    public TensorData this[string key] => tensors.TryGetValue(key, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"There is no tensor '{key}' among the {Count} given.");

    /// <exception cref="ArgumentException">A name comes twice, or a tensor's bytes do not fit its shape.</exception>
    public static NamedTensors From(IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        var builder = Empty.tensors.ToBuilder();
        foreach (var (name, tensor) in tensors)
        {
            if (!builder.TryAdd(name, tensor.Checked(name)))
            {
                throw new ArgumentException($"Tensor '{name}' is given twice.");
            }
        }

        return new NamedTensors(builder.ToImmutable());
    }

    /// <summary>With <paramref name="tensor"/> added or put in place of the one of that name.</summary>
    public NamedTensors With(string name, TensorData tensor) => new(tensors.SetItem(name, tensor.Checked(name)));

    public NamedTensors Without(string name) => new(tensors.Remove(name));

    public bool ContainsKey(string key) => tensors.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TensorData value) => tensors.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string ComputeHash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (var (name, tensor) in tensors)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            Append(sha, number, utf8.Length);
            sha.AppendData(utf8);
            Append(sha, number, (long)tensor.Type);
            Append(sha, number, tensor.Shape.Length);
            foreach (var size in tensor.Shape)
            {
                Append(sha, number, size);
            }

            Append(sha, number, tensor.Bytes.Length);
            sha.AppendData(tensor.Bytes.Span);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());

        static void Append(IncrementalHash sha, Span<byte> number, long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            sha.AppendData(number);
        }
    }
}
