using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Operators;

/// <summary>Bits that are varied and counted together.</summary>
/// <param name="Positions">Where they are in the bit string.</param>
/// <param name="Minimum">At least this many are one.</param>
/// <param name="Multiple">The number of ones is a multiple of this, or all of them.</param>
/// <param name="Standing">For each position how important it is among these, 0 (least) to 1 (most); null where nothing is known.</param>
public sealed record BitGroup(ImmutableArray<int> Positions, int Minimum, int Multiple, ImmutableArray<double>? Standing)
{
    public int Length => Positions.Length;

    /// <summary>The filter bits of <paramref name="space"/>, group after group.</summary>
    public static ImmutableArray<BitGroup> Filters(SearchSpace space)
    {
        var groups = ImmutableArray.CreateBuilder<BitGroup>(space.Groups.Length);
        var offset = 0;
        foreach (var group in space.Groups)
        {
            groups.Add(new BitGroup([.. Enumerable.Range(offset, group.Length)], group.Minimum, group.Multiple, Standings(group.Importance, group.Length)));
            offset += group.Length;
        }

        return groups.MoveToImmutable();
    }

    /// <summary>Ranks of <paramref name="importance"/> scaled to 0 … 1; of equals the earlier stands higher.</summary>
    /// <exception cref="ArgumentException">Not one figure for each unit.</exception>
    public static ImmutableArray<double>? Standings(ImmutableArray<double>? importance, int length)
    {
        if (importance is not { } figures)
        {
            return null;
        }

        if (figures.Length != length)
        {
            throw new ArgumentException($"Expected one importance for each of {length} units, found {figures.Length}.", nameof(importance));
        }

        var standings = new double[length];
        var ascending = Enumerable.Range(0, length)
            .OrderBy(i => double.IsNaN(figures[i]) ? double.NegativeInfinity : figures[i])
            .ThenByDescending(i => i)
            .ToArray();
        for (var rank = 0; rank < length; rank++)
        {
            standings[ascending[rank]] = length == 1 ? 1 : rank / (length - 1.0);
        }

        return [.. standings];
    }
}
