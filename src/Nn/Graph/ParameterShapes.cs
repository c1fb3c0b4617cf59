using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Graph;

/// <summary>A parameter or buffer of a network under PyTorch's name.</summary>
/// <param name="Name">"layer1.0.conv1.weight".</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Trained">A parameter; false for a buffer (running statistics), which no gradient changes.</param>
public sealed record ParameterShape(string Name, ImmutableArray<long> Shape, TensorType Type, bool Trained)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    public bool Equals(ParameterShape? other) => other is not null && Name == other.Name && Type == other.Type && Trained == other.Trained
        && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Name, Type, Shape.Length);
}

/// <summary>What a network's state_dict holds in PyTorch.</summary>
public static class ParameterShapes
{
    /// <summary>Every parameter and buffer, layer by layer, in the order of PyTorch's state_dict.</summary>
    public static ImmutableArray<ParameterShape> Of(NetworkGraph graph) => [.. graph.Layers.SelectMany(layer => Of(layer.Name, layer.Op))];

    /// <summary>The parameters and buffers of one layer; none for most operations.</summary>
    public static IEnumerable<ParameterShape> Of(string layer, Op op) => op switch
    {
        Op.Conv2d c => Weighted(layer, [c.Out, c.In / c.Groups, c.Kernel, c.Kernel], c.Out, c.Bias),
        Op.Linear l => Weighted(layer, [l.Out, l.In], l.Out, l.Bias),
        Op.BatchNorm2d n => Normalisation(layer, n.Features),
        Op.BatchNorm1d n => Normalisation(layer, n.Features),
        _ => [],
    };

    private static IEnumerable<ParameterShape> Weighted(string layer, ImmutableArray<long> shape, int outputs, bool bias)
    {
        yield return new ParameterShape($"{layer}.weight", shape, TensorType.Float32, true);
        if (bias)
        {
            yield return new ParameterShape($"{layer}.bias", [outputs], TensorType.Float32, true);
        }
    }

    private static IEnumerable<ParameterShape> Normalisation(string layer, int features) =>
    [
        new($"{layer}.weight", [features], TensorType.Float32, true),
        new($"{layer}.bias", [features], TensorType.Float32, true),
        new($"{layer}.running_mean", [features], TensorType.Float32, false),
        new($"{layer}.running_var", [features], TensorType.Float32, false),
        new($"{layer}.num_batches_tracked", [], TensorType.Int64, false),
    ];
}
