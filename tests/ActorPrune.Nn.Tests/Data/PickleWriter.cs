using System.Buffers.Binary;
using System.Text;

namespace ActorPrune.Nn.Tests.Data;

/// <summary>
/// Writes pickles instruction by instruction, as Python 2's cPickle (protocol 2) wrote CIFAR's files, or in the newer names and protocol.
/// </summary>
internal sealed class PickleWriter
{
    private readonly List<byte> bytes = [];
    private readonly bool modern;
    private byte kept;

    public PickleWriter(bool modern = false)
    {
        this.modern = modern;
        Raw(0x80, (byte)(modern ? 4 : 2));
        if (modern)
        {
            // A frame's length says nothing that the instructions do not.
            Raw(0x95, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    public PickleWriter Raw(params byte[] more)
    {
        bytes.AddRange(more);
        return this;
    }

    public PickleWriter Text(string text) => modern
        ? Raw([0x8C, (byte)text.Length, .. Encoding.UTF8.GetBytes(text), 0x94])
        : Raw([(byte)'U', (byte)text.Length, .. Encoding.Latin1.GetBytes(text), (byte)'q', kept++]);

    public PickleWriter Number(int value) => value switch
    {
        >= 0 and < 256 => Raw((byte)'K', (byte)value),
        >= 0 and < 65536 => Raw([(byte)'M', (byte)value, (byte)(value >> 8)]),
        _ => Raw([(byte)'J', .. Little((uint)value)]),
    };

    public PickleWriter Global(string module, string name) => modern
        ? Text(module).Text(name).Raw(0x93, 0x94)
        : Raw([(byte)'c', .. Encoding.Latin1.GetBytes($"{module}\n{name}\n"), (byte)'q', kept++]);

    public PickleWriter Numbers(IEnumerable<int> values)
    {
        Raw((byte)']').Raw((byte)'(');
        foreach (var value in values)
        {
            Number(value);
        }

        return Raw((byte)'e');
    }

    /// <summary>An array of bytes, as ndarray.__reduce__ says.</summary>
    /// <param name="latin1">The content as text that is to be encoded, as Python 3 writes bytes under protocol 2.</param>
    public PickleWriter Array(byte[] content, int rows, int columns, string type = "u1", bool fortran = false, bool latin1 = false)
    {
        Global(modern ? "numpy._core.multiarray" : "numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray");
        Number(0).Raw(0x85).Raw((byte)(modern ? 'C' : 'U'), 1, (byte)'b').Raw(0x87, (byte)'R');
        Raw((byte)'(').Number(1).Number(rows).Number(columns).Raw(0x86);
        Global("numpy", "dtype").Text(type).Number(0).Number(1).Raw(0x87, (byte)'R');
        Raw((byte)'(').Number(3).Text("|").Raw((byte)'N', (byte)'N', (byte)'N').Number(-1).Number(-1).Number(0).Raw((byte)'t', (byte)'b');
        Raw((byte)(fortran ? 0x88 : 0x89));
        return (latin1 ? Encoded(content) : Raw([(byte)(modern ? 'B' : 'T'), .. Little((uint)content.Length), .. content]))
            .Raw((byte)'t', (byte)'b');
    }

    public byte[] End() => [.. bytes, (byte)'.'];

    /// <summary>A file of CIFAR's Python version out of records of the binary one.</summary>
    public static byte[] Cifar(byte[] records, string[] labels, bool modern = false)
    {
        var size = labels.Length + 3072;
        var count = records.Length / size;
        var pickle = new PickleWriter(modern).Raw((byte)'}', (byte)'(').Text("batch_label").Text("training batch 1 of 5");
        for (var k = 0; k < labels.Length; k++)
        {
            pickle.Text(labels[k]).Numbers(Enumerable.Range(0, count).Select(i => (int)records[(i * size) + k]));
        }

        var pixels = Enumerable.Range(0, count).SelectMany(i => records[((i * size) + labels.Length)..((i + 1) * size)]).ToArray();
        return pickle.Text("data").Array(pixels, count, 3072).Text("filenames").Numbers([1, 2]).Raw((byte)'u').End();
    }

    private PickleWriter Encoded(byte[] content)
    {
        var text = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(content));
        Global("_codecs", "encode").Raw([(byte)'X', .. Little((uint)text.Length), .. text]);
        return Raw([(byte)'X', .. Little(6), .. "latin1"u8]).Raw(0x86, (byte)'R');
    }

    private static byte[] Little(uint value)
    {
        var four = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        return four;
    }
}
