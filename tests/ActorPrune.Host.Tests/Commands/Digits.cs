using System.Buffers.Binary;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>Files in MNIST's format (data.checksum = any): 40 black images of 28×28 to train with and 10 to test, all zeros by their labels.</summary>
internal static class Digits
{
    public static void Write(string folder)
    {
        foreach (var (part, count) in new[] { ("train", 40), ("t10k", 10) })
        {
            File.WriteAllBytes(Path.Combine(folder, $"{part}-images-idx3-ubyte"), Idx([count, 28, 28]));
            File.WriteAllBytes(Path.Combine(folder, $"{part}-labels-idx1-ubyte"), Idx([count]));
        }
    }

    private static byte[] Idx(int[] sides)
    {
        var bytes = new byte[4 + (4 * sides.Length) + sides.Aggregate(1, (product, side) => product * side)];
        (bytes[2], bytes[3]) = (8, (byte)sides.Length);
        for (var d = 0; d < sides.Length; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * d)), sides[d]);
        }

        return bytes;
    }
}
