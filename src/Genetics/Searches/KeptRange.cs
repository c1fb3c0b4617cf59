using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>How many units of each group a search can keep: what none of its candidates can leave.</summary>
public static class KeptRange
{
    /// <summary>The fewest and the most, group by group; settings that bound only the first individuals count for nothing.</summary>
    public static ImmutableArray<(int Least, int Most)> Of(MethodSettings settings, SearchSpace space) => settings is EvoFcSettings evofc
        ? EvoFc.Kept(evofc, space.Groups)
        : [.. space.Groups.Select(g => (KeepCounts.Nearest(g, 0), g.Length))];
}
