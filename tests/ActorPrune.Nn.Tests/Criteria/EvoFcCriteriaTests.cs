using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Criteria;

public class EvoFcCriteriaTests
{
    private static readonly FilterBank Four = new("conv", 4, TensorData.Of([4, 2], [3f, 4, 0, 5, 1, 1, 0, 0]), null, 1);

    [Fact]
    public void A_ratio_that_is_no_fraction_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => EvoFcCriteria.Score(EvoFcCriterion.L1, Four, -0.01));

    [Fact]
    public void From_a_number_of_filters_that_stay_follows_a_ratio_at_which_just_the_others_go()
    {
        for (var count = 1; count <= 600; count++)
        {
            for (var keep = 1; keep <= count; keep++)
            {
                ((int)Math.Floor(count * SaliencyCriteria.Ratio(count, keep))).ShouldBe(count - keep);
            }
        }
    }

    [Fact]
    public void Saliency_criteria_judge_saliencies_and_never_the_weights()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions { WidthMultiplier = 0.25 });
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions());
        var saliencies = MaskSaliency.OfMagnitude(graph, WeightInitialisation.Draw(graph, 5));
        foreach (var name in SaliencyCriteria.Names.Where(n => !SaliencyCriteria.Find(n)!.OfWeights))
        {
            var genome = new CriterionGenome([.. coupling.Space(ChannelMode.None).Groups.Select(g => new GroupChoice(g.Length / 2, name))]);
            var kept = CriterionSelection.Resolve(genome, coupling, WeightInitialisation.Draw(graph, 1), saliencies: () => saliencies);

            kept.Count.ShouldBe(coupling.Space(ChannelMode.None).Groups.Sum(g => g.Length / 2), name);
            CriterionSelection.Resolve(genome, coupling, WeightInitialisation.Draw(graph, 2), saliencies: () => saliencies).ShouldBe(kept, name);
            Should.Throw<ArgumentException>(() => CriterionSelection.Resolve(genome, coupling, WeightInitialisation.Draw(graph, 1)))
                .Message.ShouldContain(name);
            CriteriaCatalog.NeedImages(genome).ShouldBeTrue();
        }
    }

    [Fact]
    public void Scores_are_those_of_the_published_code()
    {
        EvoFcCriteria.Score(EvoFcCriterion.L1, Four, 0.5).ShouldBe([7, 5, 2, 0]);
        var layer = Math.Sqrt(52);
        EvoFcCriteria.Score(EvoFcCriterion.L2, Four, 0.5).ShouldBe([5 / layer, 5 / layer, Math.Sqrt(2) / layer, 0], 1e-12);
        EvoFcCriteria.Score(EvoFcCriterion.Max, Four, 0.5).ShouldBe([4 / 14.0, 5 / 14.0, 1 / 14.0, 0], 1e-12);
    }

    /// <summary>Of unit length the filters are (.6, .8), (0, 1), (.71, .71) and (0, 0): their distances sum to 1.77, 2.40, 1.91 and
    /// 3.</summary>
    [Theory]
    [InlineData(0, new double[] { 7, 5, 2, 0 })]
    [InlineData(0.24, new double[] { 7, 5, 2, 0 })]
    [InlineData(0.3, new double[] { 0, 5, 2, 0 })]
    [InlineData(0.5, new double[] { 0, 5, 0, 0 })]
    [InlineData(1, new double[] { 0, 0, 0, 0 })]
    public void The_geometric_median_zeroes_the_filters_that_others_can_stand_in_for(double ratio, double[] scores) =>
        EvoFcCriteria.Score(EvoFcCriterion.GeometricMedian, Four, ratio).ShouldBe(scores);

    [Fact]
    public void Of_filters_of_one_direction_the_one_of_higher_index_goes_first()
    {
        var filters = new FilterBank("conv", 3, TensorData.Of([3, 2], [1f, 0, 2, 0, 0, 3]), null, 1);
        EvoFcCriteria.Score(EvoFcCriterion.GeometricMedian, filters, 0.34).ShouldBe([1, 0, 3]);
    }

    [Fact]
    public void Layers_that_share_a_mask_are_averaged_in_units_of_their_mean_scores()
    {
        var x = GraphBuilder.Start("votes", 1, 4, 4).Conv("a", 3, 1);
        var coupling = ChannelCoupling.Of(x.Conv("b", 3, 1).Add("sum", x).GlobalAvgPool().Flatten().Linear("fc", 2).Build());
        var saliencies = NamedTensors.From(
        [
            KeyValuePair.Create("a.weight", TensorData.Of([3, 1, 1, 1], [100f, 200f, 300f])),
            KeyValuePair.Create("b.weight", TensorData.Of([3, 3, 1, 1], [5f, 0f, 0f, 0.5f, 0f, 0f, 0.5f, 0f, 0f])),
        ]);
        EvoFcCriteria.Scores(coupling, 0, EvoFcCriterion.L1, saliencies, 0.34)
            .ShouldBe([(0.5 + 2.5) / 2, (1 + 0.25) / 2, (1.5 + 0.25) / 2], 1e-12);
        EvoFcCriteria.Scores(coupling, 0, EvoFcCriterion.GeometricMedian, saliencies, 0.34)
            .ShouldBe([(1 + (30 / 11.0)) / 2, (2 + (3 / 11.0)) / 2, 0], 1e-12);
    }
}
