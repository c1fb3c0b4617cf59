using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Pruning;

/// <summary>
/// Which of the original channels each layer of the slimmed network writes and reads. A channel is written if its unit stays; a constant
/// zero channel only where someone needs it in its place, for instance under a kept channel of a residual sum.
/// </summary>
internal sealed class SlimLayout
{
    private readonly ChannelCoupling coupling;
    private readonly NetworkGraph graph;
    private readonly bool[] kept;
    private readonly bool[]?[] demanded;

    private SlimLayout(ChannelCoupling coupling, PruningPlan plan)
    {
        this.coupling = coupling;
        graph = coupling.Graph;
        kept = plan.Filters.ToArray();
        demanded = new bool[graph.Layers.Length][];
        Outputs = new int[graph.Layers.Length][];
        Reads = new int[graph.Layers.Length][][];
        Masks = new KernelMask?[graph.Layers.Length];
    }

    /// <summary>By layer: the original channels that it writes, ascending.</summary>
    public int[][] Outputs { get; }

    /// <summary>By layer and input: the original channels that it reads, ascending. A <see cref="Op.ChannelSelect"/> takes whatever is
    /// there: empty.</summary>
    public int[][][] Reads { get; }

    /// <summary>By layer: the kernels that remain, where not all do.</summary>
    public KernelMask?[] Masks { get; }

    /// <exception cref="ArgumentException">The plan belongs to another network or removes too much.</exception>
    public static SlimLayout Of(ChannelCoupling coupling, PruningPlan plan)
    {
        PlanCheck.Check(coupling, plan);
        var layout = new SlimLayout(coupling, plan);
        var lower = LowerLevel.Of(coupling, plan);
        for (var layer = layout.graph.Layers.Length - 1; layer >= 0; layer--)
        {
            layout.Outputs[layer] = layout.Written(layer);
            layout.Reads[layer] = layout.ReadBy(layer, lower);
            layout.Demand(layer);
        }

        return layout;
    }

    private int[] Written(int layer)
    {
        var units = coupling.UnitsOf(layer);
        var written = new int[units.Length];
        var count = 0;
        for (var channel = 0; channel < units.Length; channel++)
        {
            var unit = units[channel];
            if (unit >= 0 ? kept[unit] : unit == ChannelCoupling.Always || demanded[layer]?[channel] == true)
            {
                written[count++] = channel;
            }
        }

        return written[..count];
    }

    private int[][] ReadBy(int index, LowerLevel? lower)
    {
        var layer = graph.Layers[index];
        var written = Outputs[index];
        switch (layer.Op)
        {
            case Op.Input:
                return [];
            case Op.Conv2d { Groups: 1 }:
                var alive = Alive(layer.Inputs[0]);
                if (lower?.Narrow(index, alive, written) is not { } narrowed)
                {
                    return [alive];
                }

                Masks[index] = narrowed.Mask;
                return [narrowed.Inputs];
            case Op.Linear:
                return [Alive(layer.Inputs[0])];
            case Op.Conv2d conv when conv.Groups == conv.In:
                var each = conv.Out / conv.In;
                return [each == 1 ? written : [.. written.Select(c => c / each).Distinct()]];
            case Op.Conv2d:
                return [AliveOrZero(layer.Inputs[0])];
            case Op.Concat:
                return Split(layer, written);
            case Op.Flatten:
                var area = coupling.Shapes[layer.Inputs[0]].Height * coupling.Shapes[layer.Inputs[0]].Width;
                return [area == 1 ? written : [.. written.Select(c => c / area).Distinct()]];
            case Op.PadShortcut pad:
                var last = pad.Before + coupling.UnitsOf(layer.Inputs[0]).Length;
                return [[.. written.Where(c => c >= pad.Before && c < last).Select(c => c - pad.Before)]];
            case Op.ChannelSelect:
                return [[]];
            default:
                return [.. layer.Inputs.Select(_ => written)];
        }
    }

    private int[][] Split(Layer layer, int[] written)
    {
        var reads = new int[layer.Inputs.Length][];
        var (offset, from) = (0, 0);
        for (var i = 0; i < reads.Length; i++)
        {
            var end = offset + coupling.UnitsOf(layer.Inputs[i]).Length;
            var to = from;
            while (to < written.Length && written[to] < end)
            {
                to++;
            }

            var start = offset;
            reads[i] = Array.ConvertAll(written[from..to], c => c - start);
            (offset, from) = (end, to);
        }

        return reads;
    }

    /// <summary>Channels of a layer that carry something; one zero channel where there is nothing at all, since no layer can read no
    /// channel.</summary>
    private int[] Alive(int layer)
    {
        var units = coupling.UnitsOf(layer);
        var alive = new List<int>(units.Length);
        for (var channel = 0; channel < units.Length; channel++)
        {
            if (units[channel] >= 0 ? kept[units[channel]] : units[channel] == ChannelCoupling.Always)
            {
                alive.Add(channel);
            }
        }

        return alive.Count > 0 ? [.. alive] : [0];
    }

    private int[] AliveOrZero(int layer)
    {
        var units = coupling.UnitsOf(layer);
        return [.. Enumerable.Range(0, units.Length).Where(c => units[c] < 0 || kept[units[c]])];
    }

    private void Demand(int layer)
    {
        for (var i = 0; i < Reads[layer].Length; i++)
        {
            var input = graph.Layers[layer].Inputs[i];
            var units = coupling.UnitsOf(input);
            foreach (var channel in Reads[layer][i])
            {
                if (units[channel] == ChannelCoupling.Zero)
                {
                    (demanded[input] ??= new bool[units.Length])[channel] = true;
                }
            }
        }
    }
}
