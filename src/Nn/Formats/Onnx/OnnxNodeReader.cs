using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>Reads the attributes and constant inputs of one node strictly: an attribute that nobody asked for is an error.</summary>
internal sealed class OnnxNodeReader(OnnxNode node, NamedTensors initializers, string file)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly List<(string Parameter, TensorData Tensor)> parameters = [];

    public OnnxNode Node => node;

    /// <summary>The weights that were asked for, under PyTorch's names.</summary>
    public IReadOnlyList<(string Parameter, TensorData Tensor)> Parameters => parameters;

    public bool Has(int input) => input < node.Inputs.Length && node.Inputs[input].Length > 0;

    public string Input(int input) => Has(input) ? node.Inputs[input] : throw Wrong($"lacks input number {input}");

    /// <summary>An input that is an initializer.</summary>
    public TensorData Constant(int input, TensorType type) => initializers.TryGetValue(Input(input), out var tensor) && tensor.Type == type
        ? tensor
        : throw Wrong($"needs an initializer of {type} as input number {input}, '{Input(input)}'");

    /// <summary>An initializer that becomes the layer's parameter <paramref name="name"/>.</summary>
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

    /// <summary>Refuses attributes that were not read.</summary>
    public void Finish()
    {
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
