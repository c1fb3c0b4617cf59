namespace ActorPrune.Nn.Criteria;

/// <summary>
/// Absolute scale γ of the batch normalisation behind the layer (Liu, Li, Shen, Huang, Yan, Zhang: Learning Efficient Convolutional
/// Networks through Network Slimming, ICCV 2017, section 3). A layer without one has no say: all of its filters score 1.
/// </summary>
public sealed class BatchNormScaleCriterion : Criterion
{
    public override string Name => "bn-scale";

    public override double[] Score(FilterBank filters)
    {
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = filters.Scale is { } scale ? Math.Abs((double)scale.Floats[i]) : 1;
        }

        return scores;
    }
}
