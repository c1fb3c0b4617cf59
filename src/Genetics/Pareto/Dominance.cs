using System.Collections.Immutable;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// Pareto dominance; everything is minimised. A failed candidate's figures are positive infinity, so that any success dominates it.
/// </summary>
public static class Dominance
{
    /// <summary>
    /// The figures of <paramref name="candidate"/> in the order of <paramref name="objectives"/>; a NaN counts as positive infinity.
    /// </summary>
    public static double[] Objectives(Evaluated candidate, ImmutableArray<string> objectives)
    {
        var figures = new double[objectives.Length];
        for (var i = 0; i < figures.Length; i++)
        {
            var figure = candidate.Failure is null ? candidate[objectives[i]] : double.PositiveInfinity;
            figures[i] = double.IsNaN(figure) ? double.PositiveInfinity : figure;
        }

        return figures;
    }

    /// <summary>The figures of several candidates, one row each.</summary>
    public static double[][] Objectives(IEnumerable<Evaluated> candidates, ImmutableArray<string> objectives) =>
        [.. candidates.Select(c => Objectives(c, objectives))];

    /// <summary>Nowhere worse and somewhere better.</summary>
    /// <exception cref="ArgumentException">The points have different numbers of objectives.</exception>
    public static bool Dominates(ReadOnlySpan<double> point, ReadOnlySpan<double> other)
    {
        if (point.Length != other.Length)
        {
            throw new ArgumentException($"Points of {point.Length} and {other.Length} objectives cannot be compared.", nameof(other));
        }

        var better = false;
        for (var i = 0; i < point.Length; i++)
        {
            if (point[i] > other[i])
            {
                return false;
            }

            better |= point[i] < other[i];
        }

        return better;
    }
}
