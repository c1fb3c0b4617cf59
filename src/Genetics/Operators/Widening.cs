using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// Gives a pruned network back some of what it lost, in the proportions that the search found (our choice): every group, and every
/// convolution's input channels, get back the same share of what is gone, the most important units first. Without chance.
/// </summary>
public static class Widening
{
    // Far below one unit of the widest group; each costs the surgery of a whole graph.
    private const int Bisections = 24;

    /// <summary>
    /// <paramref name="genome"/> as wide as <paramref name="budget"/> allows; itself where even the smallest step would exceed it.
    /// </summary>
    /// <param name="budget">The most MACs that the widened network may have.</param>
    /// <exception cref="ArgumentException">The genome belongs to another space.</exception>
    public static Genome ToBudget(IProblem problem, Genome genome, double budget)
    {
        var narrow = genome.Phenotype;
        var (share, _) = Bisection.Of(s => problem.Cost(By(problem.Space, narrow, s), MeasureNames.Macs) <= budget, Bisections);
        var wide = By(problem.Space, narrow, share);
        return wide.Equals(narrow) ? genome : wide;
    }

    /// <summary><paramref name="genome"/> with <paramref name="share"/> (0 to 1) of what each group lost, to the nearest allowed number.</summary>
    /// <exception cref="ArgumentException">A genome of a kind that is not known here, or of another space.</exception>
    public static Genome By(SearchSpace space, Genome genome, double share) => genome.Phenotype switch
    {
        MaskGenome mask => By(space, mask, share),
        CriterionGenome criterion when criterion.Choices.Length == space.Groups.Length =>
            new CriterionGenome([.. criterion.Choices.Zip(space.Groups, (c, g) => c with { Keep = More(c.Keep, g, share) })]),
        var other => throw new ArgumentException($"'{other.Canonical}' is no genome of this space.", nameof(genome)),
    };

    private static MaskGenome By(SearchSpace space, MaskGenome mask, double share)
    {
        var filters = mask.Filters.ToArray();
        foreach (var (group, bits) in space.Groups.Zip(BitGroup.Filters(space)))
        {
            Fill(filters, bits, More(bits.Positions.Count(p => filters[p]), group, share));
        }

        var wide = BitString.Of(filters);
        return ChannelMasks.Genome(space, wide, mask.Channels is { } channels ? By(space, mask.Filters, channels, wide, share) : null);
    }

    /// <summary>Channels of filters that are new are kept; of those that were dropped, the share comes back.</summary>
    private static BitString By(SearchSpace space, BitString before, BitString channels, BitString after, double share)
    {
        var bits = ChannelMasks.Carry(space, before, channels, after).ToArray();
        foreach (var group in ChannelMasks.Varied(space, after))
        {
            var ones = group.Positions.Count(p => bits[p]);
            Fill(bits, group, KeepCounts.Nearest(group, ones + (share * (group.Length - ones))));
        }

        return BitString.Of(bits);
    }

    private static int More(int kept, UnitGroup group, double share) =>
        Math.Max(kept, KeepCounts.Nearest(group, kept + (share * (group.Length - kept))));

    /// <summary>Sets the most important of the group's zeros, of equals the first, until <paramref name="wanted"/> are ones.</summary>
    private static void Fill(bool[] bits, BitGroup group, int wanted)
    {
        var missing = wanted - group.Positions.Count(p => bits[p]);
        var zeros = Enumerable.Range(0, group.Length)
            .Where(i => !bits[group.Positions[i]])
            .OrderByDescending(i => group.Standing?[i] ?? 0)
            .Take(Math.Max(0, missing))
            .ToImmutableArray();
        foreach (var i in zeros)
        {
            bits[group.Positions[i]] = true;
        }
    }
}
