using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Genetics.Random;

/// <summary>
/// A counter-based random stream: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011). A
/// stream is named by what it is for; equal names give equal numbers, whatever was drawn elsewhere, and on any machine but for
/// <see cref="NextGaussian"/>. Not for cryptography.
/// </summary>
public sealed class CounterRandom
{
    private readonly uint key0;
    private readonly uint key1;
    private readonly ulong stream;
    private ulong block;
    private int taken = 4;
    private (uint A, uint B, uint C, uint D) words;

    private CounterRandom(ulong key, ulong stream)
    {
        key0 = (uint)key;
        key1 = (uint)(key >> 32);
        this.stream = stream;
    }

    /// <summary>
    /// The stream for one purpose, for instance <c>For(seed, "u1", generation, individual, "mutate")</c>. The parts are hashed with their
    /// lengths, so different names never meet by concatenation.
    /// </summary>
    public static CounterRandom For(long seed, string place, long generation, long individual, string purpose)
    {
        var name = Encoding.UTF8.GetBytes($"{seed}\0{place.Length}:{place}\0{generation}\0{individual}\0{purpose}");
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(name, hash);
        return new CounterRandom(BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    public uint NextUInt32()
    {
        if (taken == 4)
        {
            words = Philox((uint)block, (uint)(block >> 32), (uint)stream, (uint)(stream >> 32), key0, key1);
            block++;
            taken = 0;
        }

        return taken++ switch { 0 => words.A, 1 => words.B, 2 => words.C, _ => words.D };
    }

    public ulong NextUInt64() => (ulong)NextUInt32() << 32 | NextUInt32();

    /// <summary>Uniform in [0, 1), 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="bound"/>), without bias (Lemire 2019).</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            var threshold = (uint)-bound % (uint)bound;
            while ((uint)product < threshold)
            {
                product = (ulong)NextUInt32() * (uint)bound;
            }
        }

        return (int)(product >> 32);
    }

    public bool NextBool(double probability = 0.5) => NextDouble() < probability;

    /// <summary>Standard normal (Box and Muller 1958, the cosine branch). The last digits are those of the system's mathematical
    /// library.</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>One block of Philox4x32-10; public so that its known answers can be tested.</summary>
    public static (uint A, uint B, uint C, uint D) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round++)
        {
            var p0 = 0xD2511F53UL * c0;
            var p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }
}
