using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Host.Report;

/// <summary>A named line over generations.</summary>
/// <param name="Name">The island's name, or "all islands".</param>
/// <param name="Values">Generation and value, ascending.</param>
public sealed record Series(string Name, ImmutableArray<(int Generation, double Value)> Values);

/// <summary>
/// How far the search has come, generation by generation: the area that the candidates found so far dominate in the plane of validation
/// error and MACs, up to the reference point (error 1, MACs of the base), as a fraction of the rectangle between the origin and that point
/// (hypervolume indicator; Zitzler and Thiele 1999).
/// </summary>
public static class ProgressSeries
{
    public const string Union = "all islands";

    /// <summary>
    /// The union's line first, then each island's by name; empty without a base or a history. A value counts what was discovered up to its
    /// generation, so it does not depend on the order in which reports arrived.
    /// </summary>
    public static ImmutableArray<Series> Of(ExperimentState state)
    {
        if (RunFigures.Figure(state.Base?.Measures, MeasureNames.Macs) is not ({ } baseMacs and > 0) || state.History.IsEmpty)
        {
            return [];
        }

        var islands = state.History.GroupBy(p => p.Island).OrderBy(g => g.Key, StringComparer.Ordinal);
        return [Line(Union, state.History, baseMacs), .. islands.Select(g => Line(g.Key, g, baseMacs))];
    }

    private static Series Line(string name, IEnumerable<IslandProgress> reports, double baseMacs)
    {
        var values = ImmutableArray.CreateBuilder<(int, double)>();
        var found = new List<double[]>();
        foreach (var generation in reports.GroupBy(p => p.Generation).OrderBy(g => g.Key))
        {
            found.AddRange(generation.SelectMany(p => p.Discovered).Select(e => Point(e, baseMacs)));
            values.Add((generation.Key, Hypervolume.Of(found, [1, 1])));
        }

        return new Series(name, values.ToImmutable());
    }

    private static double[] Point(Evaluated candidate, double baseMacs) =>
        [candidate[MeasureNames.Error], candidate[MeasureNames.Macs] / baseMacs];
}
