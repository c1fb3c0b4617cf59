namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// The knee of a front by minimum Manhattan distance to its ideal point (Chiu, Yen, Juan: Minimum Manhattan distance approach to multiple
/// criteria decision making in multiobjective optimization problems. IEEE Transactions on Evolutionary Computation 20 (2016) 972-985,
/// arXiv 1705.01705): the smallest Σ (f − min) / (max − min).
/// </summary>
public static class Knee
{
    /// <summary>
    /// The distance of each point, with the ranges of all. An objective that has one value only adds nothing; an infinite figure is
    /// infinitely far.
    /// </summary>
    /// <param name="weights">What an excess counts, one for each objective; empty: all the same.</param>
    public static double[] Distances(double[][] points, params ReadOnlySpan<double> weights)
    {
        var distances = new double[points.Length];
        for (var objective = 0; points.Length > 0 && objective < points[0].Length; objective++)
        {
            var finite = points.Select(p => p[objective]).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            var (least, range) = (finite.Min(), finite.Max() - finite.Min());
            var weight = weights.IsEmpty ? 1 : weights[objective];
            for (var i = 0; i < points.Length; i++)
            {
                var excess = points[i][objective] - least;
                distances[i] += double.IsFinite(excess) ? (range > 0 ? weight * excess / range : 0) : double.PositiveInfinity;
            }
        }

        return distances;
    }

    /// <summary>Index of the knee; of equally near points the first.</summary>
    /// <exception cref="ArgumentException">No points.</exception>
    public static int Of(double[][] points)
    {
        if (points.Length == 0)
        {
            throw new ArgumentException("A front without points has no knee.", nameof(points));
        }

        var distances = Distances(points);
        return Array.IndexOf(distances, distances.Min());
    }
}
