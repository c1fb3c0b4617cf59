namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// Fast non-dominated sorting and crowding distance: Deb, Pratap, Agarwal, Meyarivan: A fast and elitist multiobjective genetic algorithm:
/// NSGA-II. IEEE Transactions on Evolutionary Computation 6 (2002) 182-197, doi 10.1109/4235.996017. All objectives are minimised.
/// </summary>
public static class NonDominatedSorting
{
    /// <summary>
    /// Indices of <paramref name="points"/> in fronts, best first; inside a front in ascending order. O(objectives · points²).
    /// </summary>
    public static int[][] Fronts(double[][] points)
    {
        var dominatedBy = new int[points.Length];
        var dominated = new List<int>[points.Length];
        for (var p = 0; p < points.Length; p++)
        {
            dominated[p] = [];
            for (var q = 0; q < points.Length; q++)
            {
                if (Dominance.Dominates(points[p], points[q]))
                {
                    dominated[p].Add(q);
                }
                else if (Dominance.Dominates(points[q], points[p]))
                {
                    dominatedBy[p]++;
                }
            }
        }

        var fronts = new List<int[]>();
        var front = Enumerable.Range(0, points.Length).Where(p => dominatedBy[p] == 0).ToArray();
        while (front.Length > 0)
        {
            fronts.Add(front);
            front = [.. front.SelectMany(p => dominated[p]).Where(q => --dominatedBy[q] == 0).Order()];
        }

        return [.. fronts];
    }

    /// <summary>The front of each point, 0 for the best.</summary>
    public static int[] Ranks(double[][] points)
    {
        var ranks = new int[points.Length];
        var fronts = Fronts(points);
        for (var rank = 0; rank < fronts.Length; rank++)
        {
            foreach (var p in fronts[rank])
            {
                ranks[p] = rank;
            }
        }

        return ranks;
    }

    /// <summary>
    /// The crowding distance of each point within its front (section III-B of the paper): infinite at the ends of each objective. An
    /// objective that has one value only adds nothing between its ends, one with infinite values nothing at all.
    /// </summary>
    public static double[] Crowding(double[][] points)
    {
        var distances = new double[points.Length];
        foreach (var front in Fronts(points))
        {
            for (var objective = 0; objective < points[0].Length; objective++)
            {
                AddCrowding(points, front, objective, distances);
            }
        }

        return distances;
    }

    private static void AddCrowding(double[][] points, int[] front, int objective, double[] distances)
    {
        var order = front.OrderBy(p => points[p][objective]).ToArray();
        var range = points[order[^1]][objective] - points[order[0]][objective];
        if (!double.IsFinite(range))
        {
            return;
        }

        distances[order[0]] = double.PositiveInfinity;
        distances[order[^1]] = double.PositiveInfinity;
        for (var i = 1; i < order.Length - 1 && range > 0; i++)
        {
            distances[order[i]] += (points[order[i + 1]][objective] - points[order[i - 1]][objective]) / range;
        }
    }
}
