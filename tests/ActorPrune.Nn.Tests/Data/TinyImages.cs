using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ActorPrune.Nn.Tests.Data;

/// <summary>Image files written by hand, so that what a decoder must find in them is known.</summary>
internal static class TinyImages
{
    /// <summary>A PNG of the given colour type (0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA).</summary>
    /// <param name="samples">Row by row as PNG stores them, without filter bytes.</param>
    /// <param name="palette">RGB triples, for colour type 3.</param>
    public static byte[] Png(int width, int height, int colourType, int depth, byte[] samples, byte[]? palette = null)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)depth, (byte)colourType);
        Chunk(file, "IHDR", header);
        if (palette is not null)
        {
            Chunk(file, "PLTE", palette);
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var line = samples.Length / Math.Max(1, height);
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(samples, y * line, line);
            }
        }

        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>An RGB PNG whose pixels are a function of row, column and channel.</summary>
    public static byte[] Png(int width, int height, Func<int, int, int, int> pixel) => Png(
        width, height, 2, 8, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)pixel(i / 3 / width, i / 3 % width, i % 3))]);

    /// <summary>
    /// A baseline JPEG of 8×8 blocks of one colour each, which it holds exactly: every block has its first coefficient alone, and
    /// quantisation is 1.
    /// </summary>
    /// <param name="components">One identifier a component: 1, 2, 3 are Y, Cb, Cr; R, G, B are themselves; four are ink.</param>
    /// <param name="block">The value of a component in a block, by row, column and component.</param>
    public static byte[] Jpeg(int columns, int rows, byte[] components, Func<int, int, int, int> block)
    {
        using var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        var (height, width) = (rows * 8, columns * 8);
        Segment(file, 0xC0, [
            8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, (byte)components.Length,
            .. components.SelectMany(id => new byte[] { id, 0x11, 0 })]);
        // Twelve categories of four bits each for the first coefficient; the end of the block alone, in one bit, for the others.
        Segment(file, 0xC4, [0x00, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(i => (byte)i)]);
        Segment(file, 0xC4, [0x10, 1, .. new byte[15], 0x00]);
        Segment(file, 0xDA, [(byte)components.Length, .. components.SelectMany(id => new byte[] { id, 0x00 }), 0, 63, 0]);

        var bits = new StringBuilder();
        var last = new int[components.Length];
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                for (var c = 0; c < components.Length; c++)
                {
                    var value = 8 * (block(y, x, c) - 128);
                    var difference = value - last[c];
                    last[c] = value;
                    var category = difference == 0 ? 0 : 32 - int.LeadingZeroCount(Math.Abs(difference));
                    bits.Append(Convert.ToString(category, 2).PadLeft(4, '0'));
                    if (category > 0)
                    {
                        var code = difference > 0 ? difference : difference + (1 << category) - 1;
                        bits.Append(Convert.ToString(code, 2).PadLeft(category, '0'));
                    }

                    bits.Append('0');
                }
            }
        }

        while (bits.Length % 8 != 0)
        {
            bits.Append('1');
        }

        for (var i = 0; i < bits.Length; i += 8)
        {
            var value = Convert.ToByte(bits.ToString(i, 8), 2);
            file.WriteByte(value);
            if (value == 0xFF)
            {
                file.WriteByte(0);
            }
        }

        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    private static void Segment(MemoryStream file, byte marker, byte[] content) =>
        file.Write([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content]);

    private static void Chunk(MemoryStream file, string name, byte[] content)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. content];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var k = 0; k < 8; k++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
