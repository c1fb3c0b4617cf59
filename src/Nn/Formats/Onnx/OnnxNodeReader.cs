using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Reads the attributes and inputs of one node strictly: one that nobody asked for is an error.
/// </summary>
internal sealed class OnnxNodeReader(OnnxNode node, IReadOnlyDictionary<string, TensorData> constants, string file)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly HashSet<int> asked = [];
    private readonly List<(string Parameter, TensorData Tensor)> parameters = [];

    public OnnxNode Node => node;

    /// <summary>The weights that were asked for, under PyTorch's names.</summary>
    public IReadOnlyList<(string Parameter, TensorData Tensor)> Parameters => parameters;

    public bool Has(int input)
    {
        asked.Add(input);
        return input < node.Inputs.Length && node.Inputs[input].Length > 0;
    }

    public bool Has(string attribute) => Attribute(attribute) is not null;

    /// <summary>Inputs that make no difference here.</summary>
    public void Ignore(params ReadOnlySpan<int> inputs)
    {
        foreach (var input in inputs)
        {
            asked.Add(input);
        }
    }

    /// <summary>An attribute that makes no difference here.</summary>
    public void Ignore(string attribute) => known.Add(attribute);

    public string Input(int input) => Has(input) ? node.Inputs[input] : throw Wrong($"lacks input number {input}");

    /// <summary>An input that does not depend on the image.</summary>
    public TensorData Constant(int input, TensorType type) => constants.TryGetValue(Input(input), out var tensor) && tensor.Type == type
        ? tensor
        : throw Wrong($"needs a constant of {type} as input number {input}, '{Input(input)}'");

    /// <summary>A constant that becomes the layer's parameter <paramref name="name"/>.</summary>
    public TensorData Parameter(string name, int input)
    {
        var tensor = Constant(input, TensorType.Float32);
        parameters.Add((name, tensor));
        return tensor;
    }

    /// <summary>An input that is a list of whole numbers.</summary>
    public long[] Wholes(int input) => Constant(input, TensorType.Int64).Longs.ToArray();

    /// <summary>An input that is a number.</summary>
    public float Number(int input) => Constant(input, TensorType.Float32) is { Count: 1 } tensor
        ? tensor.Floats[0]
        : throw Wrong($"needs one number as input number {input}");

    public long Whole(string name, long otherwise) => Attribute(name) switch
    {
        null => otherwise,
        OnnxAttribute.Whole whole => whole.Value,
        _ => throw Wrong($"needs a whole number as '{name}'"),
    };

    public float Number(string name, float otherwise) => Attribute(name) switch
    {
        null => otherwise,
        OnnxAttribute.Number number => number.Value,
        _ => throw Wrong($"needs a number as '{name}'"),
    };

    public string Text(string name, string otherwise) => Attribute(name) switch
    {
        null => otherwise,
        OnnxAttribute.Text text => text.Value,
        _ => throw Wrong($"needs a text as '{name}'"),
    };

    /// <summary>A list of whole numbers; null where there is none.</summary>
    public long[]? Wholes(string name) => Attribute(name) switch
    {
        null => null,
        OnnxAttribute.Wholes wholes => [.. wholes.Values],
        _ => throw Wrong($"needs whole numbers as '{name}'"),
    };

    /// <summary>A tensor; null where there is none.</summary>
    public TensorData? Tensor(string name) => Attribute(name) switch
    {
        null => null,
        OnnxAttribute.Tensor tensor => tensor.Value,
        _ => throw Wrong($"needs a tensor as '{name}'"),
    };

    /// <summary>The one number that a list of <paramref name="count"/> equal ones holds: a side of a square, for instance.</summary>
    public int Same(string name, int count, int otherwise)
    {
        var values = Attribute(name) switch
        {
            null => [otherwise],
            OnnxAttribute.Wholes wholes when wholes.Values.Length == count => wholes.Values,
            _ => throw Wrong($"needs {count} whole numbers as '{name}'"),
        };
        return values.All(v => v == values[0] && v is >= 0 and <= int.MaxValue)
            ? (int)values[0]
            : throw Wrong($"has '{name}' of [{string.Join(", ", values)}]; equal ones from 0 are read");
    }

    /// <exception cref="OnnxException"><paramref name="found"/> is not <paramref name="expected"/>.</exception>
    public void Only<T>(string what, T found, T expected)
    {
        if (!Equals(found, expected))
        {
            throw Wrong($"has {what} of {found}; {expected} is read");
        }
    }

    /// <summary>Refuses attributes and inputs that were not read.</summary>
    public void Finish()
    {
        for (var input = 0; input < node.Inputs.Length; input++)
        {
            if (node.Inputs[input].Length > 0 && !asked.Contains(input))
            {
                throw Wrong($"has an input number {input}, '{node.Inputs[input]}', which is not read");
            }
        }

        if (node.Attributes.FirstOrDefault(a => !known.Contains(a.Name)) is { } unknown)
        {
            throw Wrong($"has an attribute '{unknown.Name}', which is not read");
        }
    }

    public OnnxException Wrong(string what) => new($"{file}: node '{node.Output}' ({node.Op}) {what}.");

    private OnnxAttribute? Attribute(string name)
    {
        known.Add(name);
        return node.Attributes.FirstOrDefault(a => a.Name == name);
    }
}
