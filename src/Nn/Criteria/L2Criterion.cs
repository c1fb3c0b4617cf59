namespace ActorPrune.Nn.Criteria;

/// <summary>Euclidean norm of the weights (He, Kang, Dong, Fu, Yang: Soft Filter Pruning for Accelerating Deep CNNs, IJCAI 2018, section
/// 3.2, with p = 2).</summary>
public sealed class L2Criterion : Criterion
{
    public override string Name => "l2";

    public override double[] Score(FilterBank filters)
    {
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            foreach (var weight in filters[i])
            {
                scores[i] += (double)weight * weight;
            }

            scores[i] = Math.Sqrt(scores[i]);
        }

        return scores;
    }
}
