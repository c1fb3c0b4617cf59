namespace ActorPrune.Nn.Criteria;

/// <summary>
/// Sum of Euclidean distances to all other filters of the layer: the filters nearest to the geometric median are the ones that others can
/// stand in for (He, Liu, Wang, Hu, Yang: Filter Pruning via Geometric Median for Deep Convolutional Neural Networks Acceleration, CVPR
/// 2019, section 3.3).
/// </summary>
public sealed class GeometricMedianCriterion : Criterion
{
    public override string Name => "fpgm";

    public override double[] Score(FilterBank filters)
    {
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var distance = Distance(filters[i], filters[j]);
                scores[i] += distance;
                scores[j] += distance;
            }
        }

        return scores;
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }
}
