using System.Collections.Immutable;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// Which of the measured networks SMOEA goes on with, by validation error and parameters of the whole network. Ties are broken by fewer
/// errors, then fewer parameters, then the canonical genome, so that the order in which they come decides nothing.
/// </summary>
internal static class SmoeaChoice
{
    public static readonly ImmutableArray<string> Objectives = [MeasureNames.Error, MeasureNames.Params];

    /// <param name="allowed">For <see cref="GroupChoiceRule.MaxDrop"/>: the largest error. Where it is not finite, since the unpruned network
    /// could not be measured, nothing is allowed.</param>
    /// <returns>Null where none was measured, or none is allowed.</returns>
    public static Evaluated? Of(IEnumerable<Evaluated> measured, GroupChoiceRule rule, double allowed)
    {
        var usable = measured
            .Select(e => (Network: e, Point: Dominance.Objectives(e, Objectives)))
            .Where(c => c.Point.All(double.IsFinite))
            .OrderBy(c => c.Point[0]).ThenBy(c => c.Point[1]).ThenBy(c => c.Network.Genome.Canonical, StringComparer.Ordinal)
            .ToArray();
        if (rule == GroupChoiceRule.MaxDrop)
        {
            return usable.Where(c => double.IsFinite(allowed) && c.Point[0] <= allowed).OrderBy(c => c.Point[1]).Select(c => c.Network).FirstOrDefault();
        }

        // In this order a point is dominated exactly if an earlier one has no more parameters.
        var front = usable.Where((c, i) => i == 0 || c.Point[1] < usable.Take(i).Min(u => u.Point[1])).ToArray();
        var distances = Knee.Distances([.. front.Select(c => c.Point)]);

        // The ends are no compromise; with fewer than three points there is nothing else.
        var between = front.Length < 3 ? Enumerable.Range(0, front.Length) : Enumerable.Range(1, front.Length - 2);
        return between.OrderBy(i => distances[i]).Select(i => front[i].Network).FirstOrDefault();
    }
}
