using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Host.Report;

/// <summary>What a genome keeps of a group of units.</summary>
/// <param name="Name">The group's name.</param>
/// <param name="Before">Units of the group.</param>
/// <param name="After">Units that stay.</param>
/// <param name="Criterion">Which criterion ranked them, or null where the genome names the units itself.</param>
public sealed record KeptGroup(string Name, int Before, int After, string? Criterion);

/// <summary>What a bi-level genome keeps of a convolution's input channels, counted after the filters that are gone.</summary>
/// <param name="Name">The convolution.</param>
/// <param name="Before">Input channels.</param>
/// <param name="Nominal">Mean over the kept filters of the input channels that the filter reads.</param>
/// <param name="Realisable">Input channels that at least one kept filter reads: what a dense kernel has to compute.</param>
public sealed record KeptChannels(string Name, int Before, double Nominal, int Realisable);

/// <summary>Reads off a genome what stays, group by group.</summary>
public static class KeptUnits
{
    /// <summary>One entry for each group of <paramref name="space"/>; empty where the genome belongs to another space.</summary>
    public static ImmutableArray<KeptGroup> Groups(SearchSpace space, Genome genome) => genome.Phenotype switch
    {
        MaskGenome mask when mask.Filters.Length == space.Units => Masked(space, mask.Filters),
        CriterionGenome criterion when criterion.Choices.Length == space.Groups.Length =>
            [.. space.Groups.Zip(criterion.Choices, (g, c) => new KeptGroup(g.Name, g.Length, c.Keep, c.Criterion))],
        _ => [],
    };

    /// <summary>
    /// One entry for each convolution of the lower level; empty where there is none, or the genome belongs to another space.
    /// </summary>
    public static ImmutableArray<KeptChannels> Channels(SearchSpace space, Genome genome)
    {
        if (genome is not MaskGenome { Channels: { } bits } mask || bits.Length != space.ChannelBits || mask.Filters.Length != space.Units)
        {
            return [];
        }

        var kept = ImmutableArray.CreateBuilder<KeptChannels>(space.Channels.Length);
        var offset = 0;
        foreach (var group in space.Channels)
        {
            kept.Add(Channels(group, space.Mode, mask.Filters, bits, offset));
            offset += space.Mode == ChannelMode.PerLayer ? group.Inputs.Length : group.Inputs.Length * group.Filters.Length;
        }

        return kept.MoveToImmutable();
    }

    private static ImmutableArray<KeptGroup> Masked(SearchSpace space, BitString filters)
    {
        var kept = ImmutableArray.CreateBuilder<KeptGroup>(space.Groups.Length);
        var offset = 0;
        foreach (var group in space.Groups)
        {
            kept.Add(new KeptGroup(group.Name, group.Length, Enumerable.Range(offset, group.Length).Count(i => filters[i]), null));
            offset += group.Length;
        }

        return kept.MoveToImmutable();
    }

    private static KeptChannels Channels(ChannelGroup group, ChannelMode mode, BitString filters, BitString bits, int offset)
    {
        bool Exists(int filter) => filter < 0 || filters[filter];
        bool Reads(int filter, int input) => Exists(group.Inputs[input])
            && bits[offset + (mode == ChannelMode.PerLayer ? input : (filter * group.Inputs.Length) + input)];

        var inputs = Enumerable.Range(0, group.Inputs.Length).ToArray();
        var stay = Enumerable.Range(0, group.Filters.Length).Where(f => Exists(group.Filters[f])).ToArray();
        return new KeptChannels(
            group.Name,
            group.Inputs.Length,
            stay.Length == 0 ? 0 : stay.Average(f => inputs.Count(i => Reads(f, i))),
            inputs.Count(i => stay.Any(f => Reads(f, i))));
    }
}
