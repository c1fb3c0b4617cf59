using System.Collections.Immutable;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// Chooses by hypervolume contribution: whole fronts as far as they fit, and from the next one the least contributor is dropped until the
/// rest fits (Beume, Naujoks, Emmerich: SMS-EMOA: multiobjective selection based on dominated hypervolume. European Journal of Operational
/// Research 181 (2007) 1653-1669, doi 10.1016/j.ejor.2006.08.008). Our choice: each front is scaled to the unit box and the reference is
/// (1.1, 1.1, …).
/// </summary>
public static class IndicatorSelection
{
    private const double Reference = 1.1;

    /// <summary>
    /// The best <paramref name="count"/>, or all if there are fewer; best front first. Failed candidates are never chosen.
    /// </summary>
    /// <exception cref="ArgumentException">Neither two nor three objectives.</exception>
    public static ImmutableArray<Evaluated> Best(ImmutableArray<Evaluated> candidates, ImmutableArray<string> objectives, int count)
    {
        var usable = candidates
            .Select(c => (Candidate: c, Point: Dominance.Objectives(c, objectives)))
            .Where(c => c.Point.All(double.IsFinite))
            .OrderBy(c => c.Candidate.Genome.Canonical, StringComparer.Ordinal)
            .ToArray();
        var chosen = ImmutableArray.CreateBuilder<Evaluated>();
        foreach (var front in NonDominatedSorting.Fronts([.. usable.Select(c => c.Point)]))
        {
            var room = count - chosen.Count;
            if (room <= 0)
            {
                break;
            }

            var points = Scaled([.. front.Select(i => usable[i].Point)]);
            chosen.AddRange(Reduce(points, room).Select(i => usable[front[i]].Candidate));
        }

        return chosen.ToImmutable();
    }

    private static List<int> Reduce(double[][] points, int room)
    {
        var left = Enumerable.Range(0, points.Length).ToList();
        var reference = Enumerable.Repeat(Reference, points.Length == 0 ? 2 : points[0].Length).ToArray();
        while (left.Count > room)
        {
            var contributions = Hypervolume.Contributions([.. left.Select(i => points[i])], reference);
            left.RemoveAt(Array.LastIndexOf(contributions, contributions.Min()));
        }

        return left;
    }

    private static double[][] Scaled(double[][] points)
    {
        var least = points[0].Select((_, o) => points.Min(p => p[o])).ToArray();
        var range = points[0].Select((_, o) => points.Max(p => p[o]) - least[o]).ToArray();
        return [.. points.Select(p => p.Select((f, o) => range[o] > 0 ? (f - least[o]) / range[o] : 0).ToArray())];
    }
}
