using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Genomes;

/// <summary>
/// An immutable string of bits with value equality; its text form is "length:hex", bit 0 in the lowest bit of the first byte.
/// </summary>
[JsonConverter(typeof(BitStringJsonConverter))]
public sealed class BitString : IEquatable<BitString>
{
    private readonly ImmutableArray<byte> bytes;

    private BitString(int length, ImmutableArray<byte> bytes)
    {
        Length = length;
        this.bytes = bytes;
    }

    public int Length { get; }

    /// <summary>Number of bits that are one.</summary>
    public int Count => bytes.Sum(b => BitOperations.PopCount(b));

    public bool this[int index] =>
        (uint)index < (uint)Length ? (bytes[index >> 3] >> (index & 7) & 1) != 0 : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>A string of <paramref name="length"/> equal bits.</summary>
    public static BitString Filled(int length, bool value) => Create(length, _ => value);

    /// <summary>The string whose bit i is <paramref name="bit"/>(i), asked for in ascending order.</summary>
    public static BitString Create(int length, Func<int, bool> bit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var packed = new byte[(length + 7) / 8];
        for (var i = 0; i < length; i++)
        {
            if (bit(i))
            {
                packed[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new BitString(length, ImmutableArray.Create(packed));
    }

    public static BitString Of(ReadOnlySpan<bool> bits)
    {
        var copy = bits.ToArray();
        return Create(copy.Length, i => copy[i]);
    }

    public bool[] ToArray()
    {
        var bits = new bool[Length];
        for (var i = 0; i < Length; i++)
        {
            bits[i] = this[i];
        }

        return bits;
    }

    /// <summary>Number of positions at which the two strings differ.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public int HammingDistance(BitString other)
    {
        if (other.Length != Length)
        {
            throw new ArgumentException($"Bit strings of {Length} and {other.Length} bits cannot be compared.", nameof(other));
        }

        var distance = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            distance += BitOperations.PopCount((uint)(bytes[i] ^ other.bytes[i]));
        }

        return distance;
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">Not "length:hex", or stray bits beyond the length.</exception>
    public static BitString Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !int.TryParse(text.AsSpan(0, colon), out var length) || length < 0 || length > 1 << 28)
        {
            throw new FormatException($"Expected 'length:hex' for a bit string, found '{text[..Math.Min(text.Length, 40)]}'.");
        }

        var packed = Convert.FromHexString(text.AsSpan(colon + 1));
        if (packed.Length != (length + 7) / 8 || (length % 8 != 0 && packed[^1] >> (length % 8) != 0))
        {
            throw new FormatException($"A bit string of {length} bits needs {(length + 7) / 8} bytes without stray bits.");
        }

        return new BitString(length, ImmutableArray.Create(packed));
    }

    public override string ToString() => $"{Length}:{Convert.ToHexStringLower(bytes.AsSpan())}";

    public bool Equals(BitString? other) => other is not null && other.Length == Length && bytes.AsSpan().SequenceEqual(other.bytes.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as BitString);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Length);
        hash.AddBytes(bytes.AsSpan());
        return hash.ToHashCode();
    }
}
