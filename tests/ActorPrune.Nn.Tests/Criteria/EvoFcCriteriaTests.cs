using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Criteria;

public class EvoFcCriteriaTests
{
    private static readonly FilterBank Four = new("conv", 4, TensorData.Of([4, 2], [3f, 4, 0, 5, 1, 1, 0, 0]), null, 1);

    [Theory]
    [InlineData(-0.1, EvoFcCriterion.L1)]
    [InlineData(0, EvoFcCriterion.L1)]
    [InlineData(0.2499, EvoFcCriterion.L1)]
    [InlineData(0.25, EvoFcCriterion.L2)]
    [InlineData(0.5, EvoFcCriterion.Max)]
    [InlineData(0.75, EvoFcCriterion.GeometricMedian)]
    [InlineData(1, EvoFcCriterion.GeometricMedian)]
    [InlineData(7, EvoFcCriterion.GeometricMedian)]
    public void A_gene_names_the_criterion_of_its_quarter_and_edges_are_clamped(double gene, EvoFcCriterion criterion) =>
        EvoFcCriteria.Criterion(gene).ShouldBe(criterion);

    [Theory]
    [InlineData(16, 0, 16)]
    [InlineData(16, 0.5, 8)]
    [InlineData(10, 0.55, 5)]
    [InlineData(7, 0.3, 5)]
    [InlineData(3, 0.9, 1)]
    [InlineData(16, 1, 1)]
    public void Kept_filters_are_rounded_up_and_at_least_one(int filters, double ratio, int kept) =>
        EvoFcCriteria.Kept(filters, ratio).ShouldBe(kept);

    [Fact]
    public void Genes_that_are_no_fractions_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => EvoFcCriteria.Criterion(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => EvoFcCriteria.Kept(4, 1.01));
        Should.Throw<ArgumentOutOfRangeException>(() => EvoFcCriteria.Kept(4, double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => EvoFcCriteria.Score(EvoFcCriterion.L1, Four, -0.01));
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
