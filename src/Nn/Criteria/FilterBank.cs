using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Criteria;

/// <summary>The filters of one convolution or linear layer, as criteria see them.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Count">Number of filters.</param>
/// <param name="Weights">Float32, Count × the elements of one filter.</param>
/// <param name="Scale">The weights (γ) of the batch normalisation that reads the layer, one a filter; null if there is none.</param>
/// <param name="Seed">For criteria that draw numbers.</param>
public sealed record FilterBank(string Layer, int Count, TensorData Weights, TensorData? Scale, long Seed)
{
    /// <summary>The layer's bias, one a filter; null if there is none.</summary>
    public TensorData? Bias { get; init; }

    /// <summary>The bias (β) of the batch normalisation that reads the layer, one a filter; null if there is none.</summary>
    public TensorData? Shift { get; init; }

    /// <summary>In place of each parameter the gradient of the mean loss of one batch; null where no criterion asked for it.</summary>
    public FilterBank? Gradients { get; init; }

    /// <summary>
    /// What the filters answer to one batch, behind batch normalisation, residual sum and activation where they follow: float32, N ×
    /// Count × H × W, or N × Count for a linear layer; null where no criterion asked for it.
    /// </summary>
    public TensorData? Maps { get; init; }

    /// <summary>Elements of one filter.</summary>
    public int Length => (int)(Weights.Count / Count);

    /// <summary>The elements of one filter.</summary>
    public ReadOnlySpan<float> this[int filter] => Weights.Floats.Slice(filter * Length, Length);

    /// <summary>The filters of layer number <paramref name="layer"/>.</summary>
    /// <param name="weights">The network's, or tensors of the same names and shapes. Biases and shifts may be missing.</param>
    /// <exception cref="ArgumentException">The layer has no filters, or a weight is missing or of another shape.</exception>
    public static FilterBank Of(NetworkGraph graph, int layer, NamedTensors weights, long seed = 0)
    {
        var name = graph.Layers[layer].Name;
        var count = graph.Layers[layer].Op switch
        {
            Op.Conv2d conv => conv.Out,
            Op.Linear linear => linear.Out,
            _ => throw new ArgumentException($"Layer '{name}' has no filters.", nameof(layer)),
        };
        var norm = NormOf(graph, layer) is { } index ? graph.Layers[index].Name : null;
        return new FilterBank(name, count, Weight(weights, name, count), norm is null ? null : Weight(weights, norm, count), seed)
        {
            Bias = Optional(weights, $"{name}.bias"),
            Shift = norm is null ? null : Optional(weights, $"{norm}.bias"),
        };
    }

    /// <summary>
    /// The batch normalisation that alone reads layer number <paramref name="layer"/>, or null. One of several readers, as in a DenseNet
    /// behind its stem, knows nothing of what the filters mean to the others.
    /// </summary>
    internal static int? NormOf(NetworkGraph graph, int layer) =>
        SoleReader(graph, layer) is { } reader && graph.Layers[reader].Op is Op.BatchNorm2d or Op.BatchNorm1d ? reader : null;

    /// <summary>The only layer that reads layer number <paramref name="layer"/>; null where none or several do.</summary>
    internal static int? SoleReader(NetworkGraph graph, int layer)
    {
        var readers = Enumerable.Range(0, graph.Layers.Length).Where(i => graph.Layers[i].Inputs.Contains(layer)).Take(2).ToArray();
        return readers is [var only] ? only : null;
    }

    private static TensorData Weight(NamedTensors weights, string layer, int count) =>
        weights.TryGetValue($"{layer}.weight", out var tensor)
        && tensor.Type == TensorType.Float32 && tensor.Shape.Length > 0 && tensor.Shape[0] == count
            ? tensor
            : throw new ArgumentException($"The weights lack '{layer}.weight' with {count} rows of {TensorType.Float32}.", nameof(weights));

    private static TensorData? Optional(NamedTensors weights, string name) => weights.TryGetValue(name, out var tensor) ? tensor : null;
}
