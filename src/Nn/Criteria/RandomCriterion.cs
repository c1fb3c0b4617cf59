using ActorPrune.Genetics.Random;

namespace ActorPrune.Nn.Criteria;

/// <summary>Uniform numbers from the seed and the layer's name: what any other criterion has to beat.</summary>
public sealed class RandomCriterion : Criterion
{
    public override string Name => "random";

    public override double[] Score(FilterBank filters)
    {
        var random = CounterRandom.For(filters.Seed, filters.Layer, 0, 0, "criterion");
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = random.NextDouble();
        }

        return scores;
    }
}
