using System.Collections.Immutable;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// What of a model does not depend on the image: initializers, and what nodes compute of them and of shapes. Exporters write down as
/// operations what they did to whole numbers on the way: the sides of a padding, the shape that a view is given.
/// </summary>
internal sealed class OnnxConstants
{
    /// <summary>The number of images in what <c>Shape</c> gives: known only when the model is run. No file holds this number as a size.</summary>
    public const long Batch = long.MinValue;

    /// <summary>Elements of a list that is computed with; a shape has eight at most, a padding sixteen.</summary>
    private const long Elements = 4096;

    private static readonly ImmutableHashSet<string> Computed =
    [
        "Gather", "Unsqueeze", "Squeeze", "Concat", "Slice", "Reshape", "Transpose", "Cast", "ConstantOfShape", "Add", "Sub", "Mul", "Div",
    ];

    private readonly Dictionary<string, TensorData> known;

    public OnnxConstants(NamedTensors initializers) => known = new Dictionary<string, TensorData>(initializers, StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TensorData> Known => known;

    /// <summary>Computes the node if it reads constants or shapes alone.</summary>
    /// <param name="shapeOf">The shape of a value that depends on the image; null for what is none.</param>
    /// <returns>False: it depends on the image.</returns>
    /// <exception cref="OnnxException">It is made of constants, in a way that is not read.</exception>
    public bool TryCompute(OnnxNodeReader node, Func<string, ActivationShape?> shapeOf)
    {
        if (Value(node, shapeOf) is not { } value)
        {
            return false;
        }

        node.Finish();
        return known.TryAdd(node.Node.Output, value) ? true : throw node.Wrong("gives a name to a second value");
    }

    private TensorData? Value(OnnxNodeReader node, Func<string, ActivationShape?> shapeOf)
    {
        var inputs = node.Node.Inputs;
        switch (node.Node.Op)
        {
            case "Constant":
                return Given(node);
            case "Shape" when shapeOf(node.Input(0)) is { } shape:
                return Part(node, shape.Flat ? [Batch, shape.Channels] : [Batch, shape.Channels, shape.Height, shape.Width]);
            case "Shape" when known.TryGetValue(node.Input(0), out var constant):
                return Part(node, [.. constant.Shape]);
            case "Identity" when known.TryGetValue(node.Input(0), out var constant):
                return constant;
            case var op when Computed.Contains(op) && inputs.Length > 0 && inputs.All(i => i.Length == 0 || known.ContainsKey(i)):
                var result = Compute(node);
                return result.Count <= Elements ? result : throw node.Wrong($"computes {result.Count} numbers; {Elements} are read");
            default:
                return null;
        }
    }

    private static TensorData Given(OnnxNodeReader node) =>
        node.Tensor("value")
        ?? (node.Wholes("value_ints") is { } wholes ? List([.. wholes])
            : node.Has("value_int") ? TensorData.Of([], [node.Whole("value_int", 0)])
            : node.Has("value_float") ? TensorData.Of([], [node.Number("value_float", 0)])
            : throw node.Wrong("has a value of a kind that is not read"));

    /// <summary>Of a shape, from one place to before another; either may be counted from the end.</summary>
    private static TensorData Part(OnnxNodeReader node, long[] sizes)
    {
        var (start, end) = (Place(node.Whole("start", 0)), Place(node.Whole("end", sizes.Length)));
        return List(start < end ? sizes[start..end] : []);

        int Place(long place) => (int)Math.Clamp(place < 0 ? place + sizes.Length : place, 0, sizes.Length);
    }

    private static TensorData Compute(OnnxNodeReader node)
    {
        var data = node.Constant(0, TensorType.Int64);
        if (data.Count > Elements)
        {
            throw node.Wrong($"computes with {data.Count} numbers; {Elements} are read");
        }

        switch (node.Node.Op)
        {
            case "Gather":
                node.Only("axis", node.Whole("axis", 0), 0);
                var indices = node.Constant(1, TensorType.Int64);
                return TensorData.Of(indices.Shape.AsSpan(), [.. indices.Longs.ToArray().Select(i => At(node, data, i))]);
            case "Unsqueeze":
                return node.Wholes(1) is [0] && data.Shape.Length <= 1
                    ? TensorData.Of([1, .. data.Shape], data.Longs)
                    : throw node.Wrong("puts in other dimensions than the first, which is not read");
            case "Squeeze":
                return data.Count == 1 && (!node.Has(1) || node.Wholes(1) is [0])
                    ? TensorData.Of([], data.Longs)
                    : throw node.Wrong("takes out dimensions of a list, which is not read");
            case "Concat":
                node.Only("axis", node.Whole("axis", 0), 0);
                return List([.. node.Node.Inputs.SelectMany((_, i) => node.Constant(i, TensorType.Int64) is { Shape.Length: 1 } part
                    ? part.Longs.ToArray() : throw node.Wrong("joins what are no lists"))]);
            case "Slice":
                return Rows(node, data);
            case "Reshape":
                node.Only("allowzero", node.Whole("allowzero", 0), 0);
                return TensorData.Of(Sizes(node, data, node.Wholes(1)), data.Longs);
            case "Transpose":
                return Transposed(node, data);
            case "Cast":
                node.Only("a type", node.Whole("to", 0), OnnxFields.Tensor.Int64);
                return data;
            case "ConstantOfShape":
                var count = data.Shape.Length == 1 && data.Longs.ToArray() is [>= 0 and <= Elements] sizes ? sizes[0] : throw node.Wrong("makes no list");
                var fill = node.Tensor("value") is { Type: TensorType.Int64, Count: 1 } value ? value.Longs[0] : throw node.Wrong("makes a list of fractions");
                return List([.. Enumerable.Repeat(fill, (int)count)]);
            default:
                return Elementwise(node, data, node.Constant(1, TensorType.Int64));
        }
    }

    private static TensorData List(long[] values) => TensorData.Of([values.Length], values);

    private static long At(OnnxNodeReader node, TensorData list, long index)
    {
        var place = index < 0 ? index + list.Count : index;
        return list.Shape.Length == 1 && place >= 0 && place < list.Count
            ? list.Longs[(int)place]
            : throw node.Wrong($"takes number {index} of a list of {list.Count}");
    }

    /// <summary>Rows of a list or a table, forwards or backwards.</summary>
    private static TensorData Rows(OnnxNodeReader node, TensorData data)
    {
        var (starts, ends) = (node.Wholes(1), node.Wholes(2));
        var (axes, steps) = (node.Has(3) ? node.Wholes(3) : [0], node.Has(4) ? node.Wholes(4) : [1]);
        if (data.Shape.Length is not (1 or 2) || starts is not [var start] || ends is not [var end] || axes is not [0] || steps is not [not 0])
        {
            throw node.Wrong("cuts a part out of a list in a way that is not read");
        }

        var (rows, step) = (data.Shape[0], steps[0]);
        var width = rows == 0 ? 0 : data.Count / rows;
        var (first, last) = step > 0
            ? (Math.Clamp(FromEnd(start), 0, rows), Math.Clamp(FromEnd(end), 0, rows))
            : (Math.Clamp(FromEnd(start), -1, rows - 1), Math.Clamp(FromEnd(end), -1, rows - 1));
        var values = new List<long>();
        var kept = 0L;
        for (var row = first; step > 0 ? row < last : row > last; row = step > rows || step < -rows ? last : row + step)
        {
            values.AddRange(data.Longs.Slice((int)(row * width), (int)width));
            kept++;
        }

        return TensorData.Of([kept, .. data.Shape.RemoveAt(0)], [.. values]);

        long FromEnd(long place) => place < 0 ? Math.Max(place, -rows - 1) + rows : place;
    }

    private static long[] Sizes(OnnxNodeReader node, TensorData data, long[] wanted)
    {
        var given = wanted.Where(s => s != -1).Aggregate(1.0, (product, size) => product * size);
        var open = wanted.Count(s => s == -1);
        if (wanted.Length > OnnxLimits.Rank || wanted.Any(s => s is < -1 or 0) || open > 1 || given > Elements || (open == 1 && data.Count % (long)given != 0))
        {
            throw node.Wrong($"gives a list of {data.Count} the shape [{string.Join(", ", wanted)}]");
        }

        long[] sizes = [.. wanted.Select(s => s == -1 ? data.Count / (long)given : s)];
        return sizes.Aggregate(1L, (product, size) => product * size) == data.Count
            ? sizes
            : throw node.Wrong($"gives a list of {data.Count} the shape [{string.Join(", ", wanted)}]");
    }

    private static TensorData Transposed(OnnxNodeReader node, TensorData data)
    {
        if (data.Shape is not [var rows, var columns] || node.Wholes("perm") is not (null or [1, 0]))
        {
            throw node.Wrong("turns what is no table");
        }

        var values = data.Longs.ToArray();
        return TensorData.Of([columns, rows], [.. Enumerable.Range(0, values.Length).Select(i => values[(i % rows * columns) + (i / rows)])]);
    }

    /// <summary>Of two numbers, two lists of one shape, or a number and a list.</summary>
    private static TensorData Elementwise(OnnxNodeReader node, TensorData a, TensorData b)
    {
        if (a.Count == 0 || b.Count > Elements || (a.Count != 1 && b.Count != 1 && !a.Shape.SequenceEqual(b.Shape)))
        {
            throw node.Wrong("computes with lists of unequal length");
        }

        var (first, second) = (a.Longs.ToArray(), b.Longs.ToArray());
        var larger = a.Count > b.Count || (a.Count == b.Count && a.Shape.Length >= b.Shape.Length) ? a : b;
        return TensorData.Of(larger.Shape.AsSpan(), [.. Enumerable.Range(0, (int)larger.Count)
            .Select(i => Number(first[a.Count == 1 ? 0 : i], second[b.Count == 1 ? 0 : i]))]);

        long Number(long x, long y) => x == Batch || y == Batch
            ? throw node.Wrong("computes with the number of images, which is not read")
            : node.Node.Op switch
            {
                "Add" => checked(x + y),
                "Sub" => checked(x - y),
                "Mul" => checked(x * y),
                _ => y != 0 ? checked(x / y) : throw node.Wrong("divides by zero"),
            };
    }
}
