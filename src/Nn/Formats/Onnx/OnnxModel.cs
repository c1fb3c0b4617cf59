using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>What of an ONNX model is written and read: one input, one output, no subgraphs.</summary>
/// <param name="Name">The graph's.</param>
/// <param name="Opset">Version of the default operator set.</param>
/// <param name="Nodes">In topological order.</param>
/// <param name="Initializers">Weights and constants by name.</param>
/// <param name="Metadata">Texts by name.</param>
internal sealed record OnnxModel(
    string Name,
    long Opset,
    OnnxValue Input,
    OnnxValue Output,
    ImmutableArray<OnnxNode> Nodes,
    NamedTensors Initializers,
    ImmutableSortedDictionary<string, string> Metadata);

/// <summary>An input or output of a model: float32.</summary>
/// <param name="Shape">Sizes, outermost first; <see cref="Dynamic"/> for the batch.</param>
internal sealed record OnnxValue(string Name, ImmutableArray<long> Shape)
{
    /// <summary>A size that is only known when the model is run.</summary>
    public const long Dynamic = -1;
}

/// <summary>One operation; its name is that of its output.</summary>
/// <param name="Inputs">Names of values or initializers; empty for an optional one that is left out.</param>
internal sealed record OnnxNode(string Op, ImmutableArray<string> Inputs, string Output, ImmutableArray<OnnxAttribute> Attributes)
{
    public static OnnxNode Of(string op, string output, ImmutableArray<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        new(op, inputs, output, [.. attributes]);
}

/// <summary>A named constant of a node: one of the kinds that are used.</summary>
internal abstract record OnnxAttribute(string Name)
{
    public sealed record Whole(string Name, long Value) : OnnxAttribute(Name);

    public sealed record Number(string Name, float Value) : OnnxAttribute(Name);

    public sealed record Text(string Name, string Value) : OnnxAttribute(Name);

    public sealed record Wholes(string Name, ImmutableArray<long> Values) : OnnxAttribute(Name);

    public sealed record Tensor(string Name, TensorData Value) : OnnxAttribute(Name);
}

/// <summary>What a file may not exceed.</summary>
internal static class OnnxLimits
{
    /// <summary>A protocol buffer ends at 2 GiB.</summary>
    public const long File = 2_000_000_000;

    public const int Nodes = 50_000;

    public const int Initializers = 100_000;

    /// <summary>Inputs and attributes of a node, operator sets, inputs of a graph.</summary>
    public const int Parts = 10_000;

    public const int Metadata = 1_000;

    public const int Rank = 8;

    /// <summary>Elements of a list of numbers.</summary>
    public const int Numbers = 1 << 20;
}
