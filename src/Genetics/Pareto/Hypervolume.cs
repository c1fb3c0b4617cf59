namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// The hypervolume indicator, exact for two and three objectives: the volume that a set of points dominates within the box that ends at a
/// reference point (Zitzler, Thiele: Multiobjective evolutionary algorithms: a comparative case study and the strength Pareto approach.
/// IEEE Transactions on Evolutionary Computation 3 (1999) 257-271, doi 10.1109/4235.797969). All objectives are minimised. Two objectives:
/// one sweep over the points in ascending order of the first. Three: slices along the third objective, each a problem of two (While,
/// Hingston, Barone, Huband: A faster algorithm for calculating hypervolume. Same journal 10 (2006) 29-38, doi 10.1109/TEVC.2005.851275),
/// O(points² log points).
/// </summary>
public static class Hypervolume
{
    /// <summary>
    /// The dominated volume. Points that are not better than <paramref name="reference"/> in every objective add nothing.
    /// </summary>
    /// <exception cref="ArgumentException">Neither two nor three objectives, or points of another number of them.</exception>
    public static double Of(IReadOnlyList<double[]> points, double[] reference)
    {
        if (reference.Length is not (2 or 3) || points.Any(p => p.Length != reference.Length))
        {
            throw new ArgumentException($"Hypervolume is defined here for two or three objectives; the reference has {reference.Length}.", nameof(reference));
        }

        var inside = points.Where(p => p.Zip(reference).All(pair => pair.First < pair.Second)).ToArray();
        return reference.Length == 2 ? Area(inside, reference) : Volume(inside, reference);
    }

    /// <summary>What each point alone adds: the volume of all less the volume without it. Of equal points each adds nothing.</summary>
    /// <exception cref="ArgumentException">See <see cref="Of"/>.</exception>
    public static double[] Contributions(IReadOnlyList<double[]> points, double[] reference)
    {
        var all = Of(points, reference);
        return Staircase(points, reference)
            ?? [.. Enumerable.Range(0, points.Count).Select(i => Math.Max(0, all - Of([.. points.Where((_, j) => j != i)], reference)))];
    }

    /// <summary>
    /// The contributions of points of two objectives of which none dominates another, O(points log points): each is the rectangle up to its
    /// neighbours. Null where that does not apply.
    /// </summary>
    private static double[]? Staircase(IReadOnlyList<double[]> points, double[] reference)
    {
        if (reference.Length != 2)
        {
            return null;
        }

        var steps = Enumerable.Range(0, points.Count).GroupBy(i => (X: points[i][0], Y: points[i][1])).OrderBy(g => g.Key).ToArray();
        var contributions = new double[points.Count];
        for (var s = 0; s < steps.Length; s++)
        {
            var (x, y) = steps[s].Key;
            var ceiling = s > 0 ? steps[s - 1].Key.Y : reference[1];
            var wall = s + 1 < steps.Length ? steps[s + 1].Key.X : reference[0];
            if (!(y < ceiling && x < wall && x < reference[0] && y < reference[1]))
            {
                return null;
            }

            var group = steps[s].ToArray();
            contributions[group[0]] = group.Length == 1 ? (wall - x) * (ceiling - y) : 0;
        }

        return contributions;
    }

    private static double Area(IEnumerable<double[]> points, double[] reference)
    {
        var area = 0.0;
        var ceiling = reference[1];
        foreach (var point in points.OrderBy(p => p[0]).ThenBy(p => p[1]))
        {
            // The strip below the ceiling that no point further left has reached: dominated points find the ceiling below them already.
            if (point[1] < ceiling)
            {
                area += (reference[0] - point[0]) * (ceiling - point[1]);
                ceiling = point[1];
            }
        }

        return area;
    }

    private static double Volume(double[][] points, double[] reference)
    {
        var volume = 0.0;
        var order = points.OrderBy(p => p[2]).ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            var depth = (i + 1 < order.Length ? order[i + 1][2] : reference[2]) - order[i][2];
            if (depth > 0)
            {
                volume += depth * Area(order.Take(i + 1), reference);
            }
        }

        return volume;
    }
}
