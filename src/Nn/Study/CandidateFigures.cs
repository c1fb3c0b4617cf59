using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Pruning;

namespace ActorPrune.Nn.Study;

/// <summary>The figures of a candidate that follow from its structure alone.</summary>
internal static class CandidateFigures
{
    /// <param name="filters">One bit a unit.</param>
    /// <param name="channels">One bit a channel or kernel, or null.</param>
    /// <param name="mode">What a channel bit stands for.</param>
    /// <param name="convention">How MACs are counted.</param>
    public static ImmutableSortedDictionary<string, double> Of(
        ChannelCoupling coupling, SlimNetwork slim, BitString filters, BitString? channels, ChannelMode mode, CostConvention convention)
    {
        var cost = CostModel.Of(slim, convention);
        return ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal)
            .Add(MeasureNames.Macs, cost.Macs)
            .Add(MeasureNames.Params, cost.Params)
            .Add(MeasureNames.Filters, filters.Length == 0 ? 1 : filters.Count / (double)filters.Length)
            .Add(MeasureNames.Channels, channels is null ? 1 : MeanChannels(coupling.Space(mode), filters, channels));
    }

    /// <summary>
    /// Mean, over the kept filters of all convolutions of the lower level, of the fraction of the original input channels that stay.
    /// </summary>
    private static double MeanChannels(SearchSpace space, BitString filters, BitString channels)
    {
        var (sum, count, offset) = (0.0, 0, 0);
        foreach (var group in space.Channels)
        {
            var perFilter = space.Mode == ChannelMode.PerFilter;
            for (var f = 0; f < group.Filters.Length; f++)
            {
                var row = perFilter ? offset + (f * group.Inputs.Length) : offset;
                if (Exists(filters, group.Filters[f]))
                {
                    sum += Enumerable.Range(0, group.Inputs.Length).Count(i => Exists(filters, group.Inputs[i]) && channels[row + i])
                        / (double)group.Inputs.Length;
                    count++;
                }
            }

            offset += perFilter ? group.Inputs.Length * group.Filters.Length : group.Inputs.Length;
        }

        return count == 0 ? 1 : sum / count;
    }

    private static bool Exists(BitString filters, int unit) => unit < 0 || filters[unit];
}
