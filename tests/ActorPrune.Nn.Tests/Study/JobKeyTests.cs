using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Study;

/// <summary>What a job's result depends on, and what not.</summary>
public sealed class JobKeyTests
{
    [Fact]
    public void Networks_are_measured_once_whatever_limits_the_search_has()
    {
        var study = new SmallStudy();
        var other = new PruningStudy(study.Definition with { Pruning = study.Definition.Pruning with { Minimum = 2, Multiple = 2 } });
        var genome = Halves(study, "l1");

        other.Measurement(genome, study.Base).Key.ShouldBe(study.Study.Measurement(genome, study.Base).Key);
        other.Measurement(null, study.Base).Key.ShouldBe(study.Study.Measurement(null, study.Base).Key);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_criterion_that_draws_draws_from_the_seed_of_the_training(long seed)
    {
        // Nothing is learned, so that the network that comes out has the base's filters as they are.
        var study = new SmallStudy(recipe: new Recipe { Steps = 1, Batch = 16, LearningRate = 0, WeightDecay = 0 });
        var seeded = new PruningStudy(study.Definition with { TrainingSeed = seed });
        var genome = Halves(study, "random");
        var structure = NetworkStructure.Of(study.Definition.BaseGraph(), study.Definition.Pruning);
        var weights = NetworkFile.Parse(study.Get(BaseFigures.Weights(study.Base)), "base").Weights!;

        var result = study.Evaluate(seeded.Final(Evaluated(genome), study.Base));

        var trained = NetworkFile.Parse(study.Get(result.Artifacts[BaseFigures.WeightsArtifact]), "final").Weights!;
        foreach (var other in new long[] { 1, 2 })
        {
            var filters = CriterionSelection.Resolve(genome, structure.Coupling, weights, other);
            var expected = Surgery.Apply(structure.Coupling, new PruningPlan(filters, null, study.Definition.Pruning.Channels), weights).Weights!;
            var equal = expected.All(t => t.Value.Type != TensorType.Float32 || !t.Key.EndsWith(".weight", StringComparison.Ordinal)
                || trained[t.Key].Floats.SequenceEqual(t.Value.Floats));
            equal.ShouldBe(other == seed, $"filters of seed {other}");
        }
    }

    private static CriterionGenome Halves(SmallStudy study, string criterion) =>
        new([.. study.Study.Problem(study.Base).Space.Groups.Select(g => new GroupChoice((g.Length + 1) / 2, criterion))]);

    private static Genetics.Searches.Evaluated Evaluated(Genome genome) => new(
        genome, new JobKey("-"), ImmutableSortedDictionary<string, double>.Empty, null);
}
