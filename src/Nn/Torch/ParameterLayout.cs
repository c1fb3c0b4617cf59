using System.Collections.Immutable;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Torch;

/// <summary>What a named tensor of a network is.</summary>
public enum ParameterRole
{
    ConvWeight,
    LinearWeight,
    Bias,
    NormWeight,
    NormBias,
    RunningMean,
    RunningVariance,

    /// <summary>Batch norm's count of batches seen: int64, a scalar.</summary>
    BatchesTracked,
}

/// <summary>One parameter or buffer of a network.</summary>
/// <param name="Name">Layer name + "." + PyTorch's name.</param>
/// <param name="Layer">Index of its layer in the graph.</param>
/// <param name="FanIn">Inputs that one output sums over; 0 for batch norm.</param>
/// <param name="FanOut">Out × kernel area, whatever the groups, as torchvision's initialisation counts it; 0 for batch norm.</param>
public sealed record ParameterSpec(string Name, ImmutableArray<long> Shape, ParameterRole Role, int Layer, long FanIn, long FanOut)
{
    public TensorType Type => Role == ParameterRole.BatchesTracked ? TensorType.Int64 : TensorType.Float32;

    public bool IsTrainable => Role is not (ParameterRole.RunningMean or ParameterRole.RunningVariance or ParameterRole.BatchesTracked);
}

/// <summary>The named tensors that a graph needs, in the order of its layers.</summary>
public static class ParameterLayout
{
    public static ImmutableArray<ParameterSpec> Of(NetworkGraph graph)
    {
        var specs = ImmutableArray.CreateBuilder<ParameterSpec>();
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            Add(specs, graph.Layers[i], i);
        }

        return specs.ToImmutable();
    }

    private static void Add(ImmutableArray<ParameterSpec>.Builder specs, Layer layer, int index)
    {
        switch (layer.Op)
        {
            case Op.Conv2d c:
                var area = (long)c.Kernel * c.Kernel;
                var (fanIn, fanOut) = (c.In / c.Groups * area, c.Out * area);
                specs.Add(new(layer.Name + ".weight", [c.Out, c.In / c.Groups, c.Kernel, c.Kernel], ParameterRole.ConvWeight, index, fanIn, fanOut));
                if (c.Bias)
                {
                    specs.Add(new(layer.Name + ".bias", [c.Out], ParameterRole.Bias, index, fanIn, fanOut));
                }

                break;
            case Op.Linear l:
                specs.Add(new(layer.Name + ".weight", [l.Out, l.In], ParameterRole.LinearWeight, index, l.In, l.Out));
                if (l.Bias)
                {
                    specs.Add(new(layer.Name + ".bias", [l.Out], ParameterRole.Bias, index, l.In, l.Out));
                }

                break;
            case Op.BatchNorm2d n:
                AddNorm(specs, layer.Name, n.Features, index);
                break;
            case Op.BatchNorm1d n:
                AddNorm(specs, layer.Name, n.Features, index);
                break;
        }
    }

    private static void AddNorm(ImmutableArray<ParameterSpec>.Builder specs, string name, int features, int index)
    {
        specs.Add(new(name + ".weight", [features], ParameterRole.NormWeight, index, 0, 0));
        specs.Add(new(name + ".bias", [features], ParameterRole.NormBias, index, 0, 0));
        specs.Add(new(name + ".running_mean", [features], ParameterRole.RunningMean, index, 0, 0));
        specs.Add(new(name + ".running_var", [features], ParameterRole.RunningVariance, index, 0, 0));
        specs.Add(new(name + ".num_batches_tracked", [], ParameterRole.BatchesTracked, index, 0, 0));
    }
}
