using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Study;

public sealed class DivergenceTests
{
    private static readonly Recipe Hot = new() { Steps = 6, Batch = 16, LearningRate = 1e30, Schedule = Schedule.Constant };

    [Fact]
    public void A_base_network_that_diverges_is_an_error_that_says_what_to_do()
    {
        var message = Should.Throw<EvaluationException>(() => new SmallStudy(recipe: Hot, mode: BaseMode.Train)).Message;

        message.ShouldContain("diverged");
        message.ShouldContain("training.base.learning-rate");
    }

    [Theory]
    [InlineData(1e30, false)]
    [InlineData(0.01, true)]
    public void A_slice_is_written_back_only_where_its_training_did_not_diverge(double rate, bool kept)
    {
        var study = new SmallStudy(method: new EvoFcSettings(), recipe: Hot with { LearningRate = rate });
        var problem = study.Study.Problem(study.Base);
        var genome = new CriterionGenome([.. problem.Space.Groups.Select(g => new GroupChoice(g.Length, "l1"))]);

        var result = study.Evaluate(problem.Evaluation(
            genome, new Inheritance(SuperNetStart.Random, null, [], WriteBack.Generation, Consolidate: true, Place: null)));

        result.Artifacts.ContainsKey(ArtifactNames.Slice).ShouldBe(kept);
        result.Artifacts.ContainsKey(ArtifactNames.SuperNet).ShouldBeTrue("the state before it is sound");
        result.Measures[MeasureNames.Error].ShouldBeInRange(0, 1);
    }
}
