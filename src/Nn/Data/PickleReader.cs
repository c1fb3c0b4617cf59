using System.Buffers.Binary;
using System.Text;

namespace ActorPrune.Nn.Data;

/// <summary>An array of bytes that was pickled by NumPy, row-major.</summary>
internal sealed record PickledArray(int[] Shape, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Reads the part of Python's pickle format (protocols 2 to 4) that CIFAR's Python version is written in. A pickle is a program that may
/// name any function to be called; here nothing is ever called. The only names that are accepted are the four by which an array of bytes is
/// written, and they are understood as that array; any other name and any other instruction is refused with its offset.
/// </summary>
/// <remarks>
/// Values: <c>null</c>, <see cref="bool"/>, <see cref="long"/>, <see cref="string"/> (text), byte strings as <see
/// cref="ReadOnlyMemory{T}"/>, lists, dictionaries by text (byte strings as keys are taken as Latin-1), tuples as <c>object?[]</c>, <see
/// cref="PickledArray"/>.
/// </remarks>
internal sealed class PickleReader
{
    /// <summary>A value takes one byte of the file and dozens in memory. Three are needed for each image.</summary>
    private const int MostValues = 4_000_000;

    private static readonly object Mark = new();

    private readonly ReadOnlyMemory<byte> pickle;
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int at;
    private int made;
    private int instruction;

    private PickleReader(ReadOnlyMemory<byte> pickle) => this.pickle = pickle;

    /// <summary>The names that are understood, each as something that was only named so far.</summary>
    private enum Name
    {
        Reconstruct,
        Array,
        Type,

        /// <summary>How Python 3 writes bytes under protocol 2: as the text of the same code points.</summary>
        Encode,
    }

    /// <exception cref="FormatException">Cut, damaged, or with an instruction or a name that is not accepted; the message says which and
    /// where.</exception>
    public static object? Read(ReadOnlyMemory<byte> pickle) => Finished(new PickleReader(pickle).Run());

    private object? Run()
    {
        while (true)
        {
            instruction = at;
            var code = Byte();
            if (code == '.')
            {
                return Pop();
            }

            if (!(Constant(code) || Collection(code) || Memory(code) || Naming(code)))
            {
                throw Bad($"has the instruction 0x{code:x2}{(code is > 32 and < 127 ? $" ('{(char)code}')" : "")}, which no such file "
                    + "needs");
            }
        }
    }

    private bool Constant(byte code)
    {
        switch (code)
        {
            case 0x80:
                var protocol = Byte();
                return protocol is >= 2 and <= 4 ? true : throw Bad($"is of pickle protocol {protocol}, expected 2 to 4");
            case 0x95:
                Take(8);
                return true;
            case (byte)'N':
                return Push(null);
            case 0x88:
                return Push(true);
            case 0x89:
                return Push(false);
            case (byte)'K':
                return Push((long)Byte());
            case (byte)'M':
                return Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2).Span));
            case (byte)'J':
                return Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span));
            case (byte)'U' or (byte)'C':
                return Push(Take(Byte()));
            case (byte)'T' or (byte)'B':
                return Push(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span)));
            case 0x8E:
                return Push(Take(BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span)));
            case 0x8C:
                return Push(Text(Take(Byte())));
            case (byte)'X':
                return Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span))));
            default:
                return false;
        }
    }

    private bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)'(':
                return Push(Mark);
            case (byte)'}':
                return Push(new Dictionary<string, object?>(StringComparer.Ordinal));
            case (byte)']':
                return Push(new List<object?>());
            case (byte)')':
                return Push(Array.Empty<object?>());
            case (byte)'t':
                return Push(ToMark());
            case 0x85 or 0x86 or 0x87:
                return Push(Pop(code - 0x84));
            case (byte)'a':
                return Append([Pop()]);
            case (byte)'e':
                return Append(ToMark());
            case (byte)'s':
                return Set(Pop(2));
            case (byte)'u':
                return Set(ToMark());
            default:
                return false;
        }
    }

    private bool Memory(byte code)
    {
        switch (code)
        {
            case (byte)'q':
                return Keep(Byte());
            case (byte)'r':
                return Keep(BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span));
            case 0x94:
                return Keep((uint)memo.Count);
            case (byte)'h':
                return Push(Kept(Byte()));
            case (byte)'j':
                return Push(Kept(BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span)));
            default:
                return false;
        }
    }

    private bool Naming(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                var module = Line();
                return Push(Understood(module, Line()));
            case 0x93:
                return Pop(2) is [string from, string name] ? Push(Understood(from, name)) : throw Bad("names something by what is no "
                    + "text");
            case (byte)'R':
                return Pop(2) is [Name call, object?[] arguments] ? Push(Made(call, arguments)) : throw Bad("calls something that is no "
                    + "function's name");
            case (byte)'b':
                var state = Pop();
                Complete(Top(), state);
                return true;
            default:
                return false;
        }
    }

    private Name Understood(string module, string name) => (module, name) switch
    {
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => Name.Reconstruct,
        ("numpy", "ndarray") => Name.Array,
        ("numpy", "dtype") => Name.Type,
        ("_codecs", "encode") => Name.Encode,
        _ => throw Bad($"names {Printable(module)}.{Printable(name)}, which is not part of any array of bytes"),
    };

    /// <summary>What the named function would give for these arguments; an array is still without content.</summary>
    private object Made(Name call, object?[] arguments) => (call, arguments) switch
    {
        (Name.Reconstruct, [Name.Array, ..]) => new ArrayDraft(),
        (Name.Type, [var code, ..]) when TextOf(code) is "u1" or "uint8" => Name.Type,
        (Name.Type, [var code, ..]) => throw Bad($"has an array of type '{Printable(TextOf(code) ?? "?")}', expected bytes ('u1')"),
        (Name.Encode, [string text, string or ReadOnlyMemory<byte>]) when TextOf(arguments[1]) == "latin1" && text.All(c => c <= 0xFF) =>
            (ReadOnlyMemory<byte>)Encoding.Latin1.GetBytes(text),
        _ => throw Bad("calls a function in a way in which NumPy does not write arrays"),
    };

    private void Complete(object? target, object? state)
    {
        switch (target)
        {
            case Name.Type when state is Array:
                // Byte order and alignment: bytes have neither.
                return;
            case ArrayDraft draft when state is object?[] and [_, object?[] shape, Name.Type, var fortran, var content]
                && BytesOf(content) is { } bytes:
                if (fortran is not (false or 0L) && shape.Length > 1)
                {
                    throw Bad("has an array that is stored column by column, expected row by row");
                }

                draft.Array = Filled(shape, bytes);
                return;
            default:
                throw Bad("sets the state of something that is no array of bytes");
        }
    }

    private PickledArray Filled(object?[] shape, ReadOnlyMemory<byte> bytes)
    {
        var sides = new int[shape.Length];
        var count = 1L;
        for (var i = 0; i < sides.Length; i++)
        {
            if (shape[i] is not long side || side < 0 || side > int.MaxValue || count * side > int.MaxValue)
            {
                throw Bad("has an array whose shape is not that of an array");
            }

            sides[i] = (int)side;
            count *= side;
        }

        return bytes.Length == count
            ? new PickledArray(sides, bytes)
            : throw Bad($"has an array of shape ({string.Join(", ", sides)}) with {bytes.Length:N0} bytes");
    }

    private bool Append(ReadOnlySpan<object?> values)
    {
        var list = Top() as List<object?> ?? throw Bad("appends to something that is no list");
        list.AddRange(values);
        return true;
    }

    private bool Set(object?[] pairs)
    {
        if (Top() is not Dictionary<string, object?> dictionary || pairs.Length % 2 != 0)
        {
            throw Bad("sets an entry of something that is no dictionary");
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            dictionary[TextOf(pairs[i]) ?? throw Bad("has a dictionary with a key that is no text")] = pairs[i + 1];
        }

        return true;
    }

    private bool Keep(uint key)
    {
        memo[key] = Top();
        return true;
    }

    private object? Kept(uint key) => memo.TryGetValue(key, out var value) ? value : throw Bad($"asks for value {key}, which was not kept");

    private bool Push(object? value)
    {
        if (++made > MostValues)
        {
            throw Bad($"makes more than {MostValues:N0} values, which no such file needs");
        }

        stack.Add(value);
        return true;
    }

    private object? Top() => stack.Count > 0 && stack[^1] != Mark ? stack[^1] : throw Bad("asks for a value where there is none");

    private object? Pop()
    {
        var value = Top();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] Pop(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] ToMark()
    {
        var mark = stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw Bad("ends a collection that was not begun");
        }

        var values = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private byte Byte() => Take(1).Span[0];

    private ReadOnlyMemory<byte> Take(ulong count)
    {
        if (count > (ulong)(pickle.Length - at))
        {
            throw Bad($"needs {count:N0} more bytes, but only {pickle.Length - at:N0} are left: the file is cut, or no pickle");
        }

        var taken = pickle.Slice(at, (int)count);
        at += (int)count;
        return taken;
    }

    private string Line()
    {
        var end = pickle.Span[at..].IndexOf((byte)'\n');
        if (end < 0)
        {
            throw Bad("has a name without an end");
        }

        var text = Encoding.Latin1.GetString(Take((ulong)end).Span);
        at++;
        return text;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string? TextOf(object? value) => value switch
    {
        string text => text,
        ReadOnlyMemory<byte> bytes => Encoding.Latin1.GetString(bytes.Span),
        _ => null,
    };

    private static ReadOnlyMemory<byte>? BytesOf(object? value) => value is ReadOnlyMemory<byte> bytes ? bytes : null;

    /// <summary>A name from the file, for a message: short, and without control characters.</summary>
    private static string Printable(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    /// <param name="what">Goes on after "it".</param>
    private FormatException Bad(string what) => new($"is refused: at byte {instruction:N0} it {what}.");

    /// <summary>The arrays of the top dictionary in place of their drafts.</summary>
    private static object? Finished(object? value)
    {
        if (value is Dictionary<string, object?> dictionary)
        {
            foreach (var key in dictionary.Keys.ToArray())
            {
                dictionary[key] = dictionary[key] is ArrayDraft { Array: var array } ? array : dictionary[key];
            }
        }

        return value is ArrayDraft draft ? draft.Array : value;
    }

    /// <summary>An array between its making and its content.</summary>
    private sealed class ArrayDraft
    {
        public PickledArray? Array { get; set; }
    }
}
