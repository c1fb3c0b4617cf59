using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// What is tried after a search so that picks at a stated share of MACs (<see cref="PickRole"/>, "at50") use the whole of it. A search's
/// front has gaps, and its nearest member may have removed several per cent more than was asked for.
/// </summary>
public static class BudgetFit
{
    /// <summary>
    /// For each share the <paramref name="count"/> members of <paramref name="front"/> that come nearest to it from below, widened up to
    /// it; without those that reach it within <see cref="PickRole.Tolerance"/> or cannot be widened. Each genome once. Whatever a member's
    /// weights come from, a widened one inherits the base network's: no super-net has trained it.
    /// </summary>
    /// <param name="baseMacs">MACs of the base network.</param>
    /// <param name="count">Members for each share; 0: nothing is tried.</param>
    public static ImmutableArray<Genome> Candidates(
        IProblem problem, ImmutableArray<Evaluated> front, double baseMacs, IEnumerable<string> roles, int count)
    {
        var known = front.Select(e => e.Genome.Phenotype.Canonical).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. roles.Select(PickRole.Removed).OfType<double>()
                .SelectMany(removed => Below(front, (1 - removed) * baseMacs, count)
                    .Where(m => 1 - (m[MeasureNames.Macs] / baseMacs) > removed + PickRole.Tolerance)
                    .Select(m => Widening.ToBudget(problem, m.Genome, (1 - removed) * baseMacs)))
                .Where(g => known.Add(g.Phenotype.Canonical)),
        ];
    }

    private static IEnumerable<Evaluated> Below(ImmutableArray<Evaluated> front, double budget, int count) => front
        .Where(e => e[MeasureNames.Macs] <= budget && double.IsFinite(e[MeasureNames.Error]))
        .OrderByDescending(e => e[MeasureNames.Macs]).ThenBy(e => e[MeasureNames.Error]).ThenBy(e => e.Genome.Canonical, StringComparer.Ordinal)
        .Take(count);
}
