using System.Collections.Immutable;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;

namespace ActorPrune.Nn.Cost;

/// <summary>Counts operations, parameters and activation memory from a graph alone.</summary>
public static class CostModel
{
    /// <summary>The cost of one image.</summary>
    /// <param name="masks">Kernels that remain, by convolution (<see cref="SlimNetwork.Masks"/>); null: all.</param>
    /// <exception cref="GraphException">The graph is not valid.</exception>
    public static NetworkCost Of(NetworkGraph graph, CostConvention convention, IReadOnlyDictionary<string, KernelMask>? masks = null)
    {
        var shapes = ShapeInference.Infer(graph);
        var layers = ImmutableArray.CreateBuilder<LayerCost>(graph.Layers.Length);
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            var layer = graph.Layers[i];
            var input = layer.Inputs.Length > 0 ? shapes[layer.Inputs[0]] : default;
            layers.Add(OfLayer(layer, input, shapes[i], convention, masks?.GetValueOrDefault(layer.Name)));
        }

        var all = layers.MoveToImmutable();
        return new NetworkCost(
            all.Sum(l => l.Macs), all.Sum(l => l.NominalMacs), all.Sum(l => l.Params), all.Sum(l => l.NominalParams),
            shapes.Sum(s => s.Elements), Peak(graph, shapes), all);
    }

    /// <summary>The cost of the network that <see cref="Surgery"/> makes of a slimmed one.</summary>
    public static NetworkCost Of(SlimNetwork network, CostConvention convention) => Of(network.Graph, convention, network.Masks);

    /// <summary>Operations and parameters of one layer: of all of it, and of the kernels that remain.</summary>
    internal static LayerCost OfLayer(Layer layer, ActivationShape input, ActivationShape output, CostConvention convention, KernelMask? mask)
    {
        var parameters = Parameters(layer.Op);
        var operations = Operations(layer.Op, input, output, convention);
        if (mask is null || layer.Op is not Op.Conv2d conv)
        {
            return new LayerCost(layer.Name, output.Channels, output.Height, output.Width, operations, operations, parameters, parameters);
        }

        var zeroed = (long)(mask.Out * mask.In) - mask.Count;
        var area = (long)conv.Kernel * conv.Kernel;
        var each = convention == CostConvention.EvoFc ? 2 : 1;
        return new LayerCost(
            layer.Name, output.Channels, output.Height, output.Width,
            operations, operations - (each * zeroed * area * output.Height * output.Width), parameters, parameters - (zeroed * area));
    }

    private static long Parameters(Op op) => op switch
    {
        Op.Conv2d c => ((long)c.Out * (c.In / c.Groups) * c.Kernel * c.Kernel) + (c.Bias ? c.Out : 0),
        Op.Linear l => ((long)l.Out * l.In) + (l.Bias ? l.Out : 0),
        Op.BatchNorm2d n => 2L * n.Features,
        Op.BatchNorm1d n => 2L * n.Features,
        _ => 0,
    };

    private static long Operations(Op op, ActivationShape input, ActivationShape output, CostConvention convention)
    {
        var elements = output.Elements;
        var macs = op switch
        {
            Op.Conv2d c => elements * (c.In / c.Groups) * c.Kernel * c.Kernel,
            Op.Linear l => (long)l.In * l.Out,
            _ => 0,
        };
        return convention switch
        {
            CostConvention.Macs => macs,
            CostConvention.Thop => op switch
            {
                Op.Conv2d c => macs + (c.Bias ? elements : 0),
                Op.Linear l => ((2L * l.In) - 1) * l.Out,
                Op.BatchNorm2d or Op.BatchNorm1d => 4 * elements,
                Op.MaxPool2d p => (long)p.Kernel * p.Kernel * elements,
                Op.AvgPool2d p => (((long)p.Kernel * p.Kernel) + 1) * elements,
                Op.GlobalAvgPool => ((long)input.Height * input.Width * elements) + elements,
                _ => 0,
            },
            CostConvention.EvoFc => op switch
            {
                Op.Conv2d { Bias: true } or Op.Linear { Bias: true } => (2 * macs) + elements,
                Op.Conv2d or Op.Linear => 2 * macs,
                Op.BatchNorm2d or Op.BatchNorm1d => 2 * elements,
                Op.Relu or Op.Relu6 => elements,
                Op.MaxPool2d or Op.AvgPool2d or Op.GlobalAvgPool or Op.PadShortcut { Pool: true } => input.Elements,
                _ => 0,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(convention), convention, "Not a cost convention."),
        };
    }

    private static long Peak(NetworkGraph graph, ImmutableArray<ActivationShape> shapes)
    {
        var last = new int[graph.Layers.Length];
        for (var i = 0; i < last.Length; i++)
        {
            foreach (var input in graph.Layers[i].Inputs)
            {
                last[input] = i;
            }
        }

        var (alive, peak) = (0L, 0L);
        for (var i = 0; i < last.Length; i++)
        {
            alive += shapes[i].Elements;
            peak = Math.Max(peak, alive);
            foreach (var input in graph.Layers[i].Inputs.Distinct())
            {
                alive -= last[input] == i ? shapes[input].Elements : 0;
            }
        }

        return peak;
    }
}
