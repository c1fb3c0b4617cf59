namespace ActorPrune.Nn.Criteria;

/// <summary>Sum of absolute weights (Li, Kadav, Durdanovic, Samet, Graf: Pruning Filters for Efficient ConvNets, ICLR 2017, section
/// 3.1).</summary>
public sealed class L1Criterion : Criterion
{
    public override string Name => "l1";

    public override double[] Score(FilterBank filters)
    {
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            foreach (var weight in filters[i])
            {
                scores[i] += Math.Abs((double)weight);
            }
        }

        return scores;
    }
}
