using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;

namespace ActorPrune.Nn.Pruning;

/// <summary>
/// A plan's channel bits, found by convolution. A convolution, or a filter, that would read nothing keeps the first of the channels that
/// are there: bits of channels that a removed unit took away count for nothing, so a search need not repair them.
/// </summary>
internal sealed class LowerLevel
{
    private readonly Dictionary<int, (int FirstBit, int Inputs)> places = [];
    private readonly bool[] bits;
    private readonly bool perFilter;

    private LowerLevel(bool[] bits, bool perFilter) => (this.bits, this.perFilter) = (bits, perFilter);

    /// <summary>Null if the plan has no lower level.</summary>
    public static LowerLevel? Of(ChannelCoupling coupling, PruningPlan plan)
    {
        if (plan.Channels is null)
        {
            return null;
        }

        var lower = new LowerLevel(plan.Channels.ToArray(), plan.Mode == ChannelMode.PerFilter);
        var channels = coupling.Space(plan.Mode).Channels;
        var first = 0;
        for (var i = 0; i < channels.Length; i++)
        {
            lower.places.Add(coupling.Readers[i], (first, channels[i].Inputs.Length));
            first += channels[i].Inputs.Length * (lower.perFilter ? channels[i].Filters.Length : 1);
        }

        return lower;
    }

    /// <summary>
    /// The channels of <paramref name="alive"/> that the convolution reads once its own bits are heeded, and which kernels remain for its
    /// filters
    /// <paramref name="filters"/> (null: all). Null if the convolution has no bits.
    /// </summary>
    public (int[] Inputs, KernelMask? Mask)? Narrow(int layer, int[] alive, int[] filters)
    {
        if (!places.TryGetValue(layer, out var place))
        {
            return null;
        }

        return perFilter ? Kernels(place.FirstBit, place.Inputs, alive, filters) : (Chosen(place.FirstBit, alive), null);
    }

    private int[] Chosen(int firstBit, int[] alive)
    {
        var chosen = Array.FindAll(alive, channel => bits[firstBit + channel]);
        return chosen.Length > 0 ? chosen : alive[..1];
    }

    private (int[] Inputs, KernelMask? Mask) Kernels(int firstBit, int inputs, int[] alive, int[] filters)
    {
        var chosen = Array.ConvertAll(filters, filter => Chosen(firstBit + (filter * inputs), alive));
        var read = new bool[inputs];
        foreach (var channel in chosen.SelectMany(c => c))
        {
            read[channel] = true;
        }

        var physical = Array.FindAll(alive, channel => read[channel]);
        if (chosen.All(c => c.Length == physical.Length))
        {
            return (physical, null);
        }

        var position = new int[inputs];
        for (var i = 0; i < physical.Length; i++)
        {
            position[physical[i]] = i;
        }

        var kernels = new bool[filters.Length * physical.Length];
        for (var filter = 0; filter < filters.Length; filter++)
        {
            foreach (var channel in chosen[filter])
            {
                kernels[(filter * physical.Length) + position[channel]] = true;
            }
        }

        return (physical, new KernelMask(filters.Length, physical.Length, BitString.Of(kernels)));
    }
}
