using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// Three networks of a front by (error, MACs): the two ends and the knee between them (Fernandes Jr, Yen: Pruning deep convolutional neural
/// networks architectures with evolution strategy. Information Sciences 552 (2021) 29-47, arXiv 1912.11527). They may coincide.
/// </summary>
/// <param name="Heavy">Smallest error; of equals fewest MACs, then the first by canonical genome.</param>
/// <param name="Knee">
/// Smallest Manhattan distance to the front's ideal point among those that are neither heavy nor light, and among all where fewer than
/// three different points are there.
/// </param>
/// <param name="Light">Fewest MACs; of equals smallest error, then the first by canonical genome.</param>
public sealed record Picks(Evaluated Heavy, Evaluated Knee, Evaluated Light)
{
    private static readonly ImmutableArray<string> Objectives = [MeasureNames.Error, MeasureNames.Macs];

    /// <summary>The picks of <paramref name="front"/>, in whatever order it comes; failed candidates are passed over.</summary>
    /// <param name="kneeErrorWeight">Weight of the error in the knee's distance, 0 to 1; MACs have the rest.</param>
    /// <exception cref="ArgumentException">No candidate has both figures.</exception>
    public static Picks Of(IEnumerable<Evaluated> front, double kneeErrorWeight = 0.5)
    {
        var usable = front
            .Select(e => (Candidate: e, Point: Dominance.Objectives(e, Objectives)))
            .Where(c => c.Point.All(double.IsFinite))
            .OrderBy(c => c.Point[0]).ThenBy(c => c.Point[1]).ThenBy(c => c.Candidate.Genome.Canonical, StringComparer.Ordinal)
            .ToArray();
        if (usable.Length == 0)
        {
            throw new ArgumentException("No candidate of the front has an error and MACs: there is nothing to pick from.", nameof(front));
        }

        var heavy = usable[0];
        var light = usable.OrderBy(c => c.Point[1]).ThenBy(c => c.Point[0]).ThenBy(c => c.Candidate.Genome.Canonical, StringComparer.Ordinal).First();
        var distances = Pareto.Knee.Distances([.. usable.Select(c => c.Point)], kneeErrorWeight, 1 - kneeErrorWeight);
        var rest = Enumerable.Range(0, usable.Length)
            .Where(i => !usable[i].Point.SequenceEqual(heavy.Point) && !usable[i].Point.SequenceEqual(light.Point))
            .ToArray();
        var knee = (rest.Length > 0 ? rest : [.. Enumerable.Range(0, usable.Length)]).MinBy(i => distances[i]);
        return new Picks(heavy.Candidate, usable[knee].Candidate, light.Candidate);
    }
}
