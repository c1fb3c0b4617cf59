using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Criteria;

public class CriterionSelectionTests
{
    private static readonly TensorData Filters = TensorData.Of([4, 2], [3f, -4f, 0f, 5f, -1f, 1f, 0f, 0f]);

    private static FilterBank Bank(TensorData? scale = null) => new("conv", 4, Filters, scale, 1);

    [Fact]
    public void Scores_are_those_of_the_papers()
    {
        CriteriaCatalog.Get("l1").Score(Bank()).ShouldBe([7, 5, 2, 0]);
        CriteriaCatalog.Get("l2").Score(Bank()).ShouldBe([5, 5, Math.Sqrt(2), 0], 1e-12);
        CriteriaCatalog.Get("bn-scale").Score(Bank(TensorData.Of([4], [1f, -2f, 0.5f, 0f]))).ShouldBe([1, 2, 0.5, 0]);
        CriteriaCatalog.Get("bn-scale").Score(Bank()).ShouldBe([1, 1, 1, 1]);
        double[] toOthers =
        [
            Math.Sqrt(90) + Math.Sqrt(41) + 5,
            Math.Sqrt(90) + Math.Sqrt(17) + 5,
            Math.Sqrt(41) + Math.Sqrt(17) + Math.Sqrt(2),
            10 + Math.Sqrt(2)
        ];
        CriteriaCatalog.Get("fpgm").Score(Bank()).ShouldBe(toOthers, 1e-9);
    }

    [Fact]
    public void Random_scores_are_equal_for_equal_seeds_only()
    {
        var random = CriteriaCatalog.Get("random");
        random.Score(Bank()).ShouldBe(random.Score(Bank()));
        random.Score(Bank()).ShouldNotBe(random.Score(Bank() with { Seed = 2 }));
        random.Score(Bank()).ShouldNotBe(random.Score(Bank() with { Layer = "other" }));
    }

    [Fact]
    public void An_unknown_criterion_is_answered_with_those_that_are_known() =>
        Should.Throw<ArgumentException>(() => CriteriaCatalog.Get("l3")).Message
            .ShouldContain("l1, l2, fpgm, bn-scale, taylor, hrank, random");

    [Fact]
    public void The_highest_scores_stay_and_of_equal_ones_the_lower_index()
    {
        var coupling = One();
        var weights = NamedTensors.From([KeyValuePair.Create("conv.weight", Filters)]);
        BitString Keep(int count, string criterion) =>
            CriterionSelection.Resolve(new CriterionGenome([new GroupChoice(count, criterion)]), coupling, weights);
        Keep(2, "l1").ToArray().ShouldBe([true, true, false, false]);
        Keep(1, "l2").ToArray().ShouldBe([true, false, false, false]);
        Keep(3, "bn-scale").ToArray().ShouldBe([true, true, true, false]);
        Keep(4, "random").Count.ShouldBe(4);
    }

    [Fact]
    public void Layers_of_a_group_vote_alike_whatever_the_size_of_their_weights()
    {
        var x = GraphBuilder.Start("votes", 1, 4, 4).Conv("a", 3, 1);
        var coupling = ChannelCoupling.Of(x.Conv("b", 3, 1).Add("sum", x).GlobalAvgPool().Flatten().Linear("fc", 2).Build());
        var weights = NamedTensors.From(
        [
            KeyValuePair.Create("a.weight", TensorData.Of([3, 1, 1, 1], [100f, 200f, 300f])),
            KeyValuePair.Create("b.weight", TensorData.Of([3, 3, 1, 1], [5f, 0f, 0f, 0.5f, 0f, 0f, 0.5f, 0f, 0f])),
        ]);
        CriterionSelection.Scores(coupling, 0, "l1", weights).ShouldBe([(0.5 + 2.5) / 2, (1 + 0.25) / 2, (1.5 + 0.25) / 2], 1e-12);
    }

    [Fact]
    public void Evofcs_criteria_judge_the_magnitudes_of_weights_where_they_are_asked_to()
    {
        var coupling = One();
        var weights = Generated.Weights(coupling.Graph).With("conv.weight", Filters);
        BitString Keep(int count, string criterion) =>
            CriterionSelection.Resolve(new CriterionGenome([new GroupChoice(count, criterion)]), coupling, weights);

        // 3 and 4, 0 and 5, 1 and 1, 0 and 0: by the sum the first is ahead, by the largest the second.
        Keep(1, "weight-l1").ToArray().ShouldBe([true, false, false, false]);
        Keep(1, "weight-max").ToArray().ShouldBe([false, true, false, false]);
        CriteriaCatalog.NeedImages(new CriterionGenome([new GroupChoice(1, "weight-gm")])).ShouldBeFalse();
        CriteriaCatalog.NeedImages(new CriterionGenome([new GroupChoice(1, "saliency-gm")])).ShouldBeTrue();
    }

    [Fact]
    public void A_batch_norm_judges_the_filters_that_it_alone_reads()
    {
        var stem = GraphBuilder.Start("dense", 1, 4, 4).Conv("stem", 3, 1);
        var alone = stem.BatchNorm("bn1").Relu("relu1").Conv("conv", 2, 1);
        var graph = stem.Concat("concat", alone.BatchNorm("bn2")).GlobalAvgPool().Flatten().Linear("fc", 2).Build();
        var weights = Generated.Weights(graph);
        int Layer(string name) => Enumerable.Range(0, graph.Layers.Length).Single(i => graph.Layers[i].Name == name);

        FilterBank.Of(graph, Layer("conv"), weights).Scale.ShouldNotBeNull();
        FilterBank.Of(graph, Layer("stem"), weights).Scale.ShouldBeNull("later layers read it past that norm");
    }

    [Fact]
    public void Every_criterion_resolves_on_coupled_groups()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions());
        var coupling = ChannelCoupling.Of(graph);
        var weights = Generated.Weights(graph);
        var images = Images(8);
        foreach (var name in CriteriaCatalog.Names)
        {
            var choices = coupling.Groups.Select((g, i) => new GroupChoice(g.Units.Length - i, name)).ToImmutableArray();
            var filters = CriterionSelection.Resolve(
                new CriterionGenome(choices),
                coupling,
                weights,
                seed: 3,
                c => Calibration.Measure(c, graph, weights, images),
                () => MaskSaliency.OfMagnitude(graph, weights));
            coupling.Groups.Select(g => Enumerable.Range(g.FirstBit, g.Units.Length).Count(b => filters[b])).ShouldBe(choices.Select(c => c.Keep));
        }
    }

    [Fact]
    public void A_genome_of_another_network_is_refused()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.Plain());
        var weights = Generated.Weights(coupling.Graph);
        Should.Throw<ArgumentException>(() => CriterionSelection.Resolve(new CriterionGenome([]), coupling, weights)).Message.ShouldContain("another network");
        var tooMany = new CriterionGenome([new(7, "l1"), new(1, "l1"), new(1, "l1")]);
        Should.Throw<ArgumentException>(() => CriterionSelection.Resolve(tooMany, coupling, weights)).Message.ShouldContain("expected 1 to 6");
        var fine = new CriterionGenome([new(6, "l1"), new(1, "l1"), new(1, "l1")]);
        Should.Throw<ArgumentException>(() => CriterionSelection.Resolve(fine, coupling, weights.Without("b.weight"))).Message.ShouldContain("b.weight");
    }

    [Fact]
    public void A_criterion_that_looks_at_data_chooses_by_the_scores_that_were_measured()
    {
        var coupling = One();
        var weights = NamedTensors.From([KeyValuePair.Create("conv.weight", Filters)]);
        var genome = new CriterionGenome([new GroupChoice(2, "taylor")]);
        var measured = new LayerScores(ImmutableSortedDictionary<string, ImmutableArray<double>>.Empty.Add("conv", [0.5, 3, 0.25, 1]));
        CriterionSelection.Resolve(genome, coupling, weights, calibrated: _ => measured).ToArray().ShouldBe([false, true, false, true]);
        CriteriaCatalog.NeedImages(genome).ShouldBeTrue();
        CriteriaCatalog.NeedImages(new CriterionGenome([new GroupChoice(2, "l1")])).ShouldBeFalse();
        CriteriaCatalog.NeedImages(new MaskGenome(BitString.Filled(4, true), null)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("taylor", "Gradients")]
    [InlineData("hrank", "FeatureMaps")]
    public void A_criterion_that_looks_at_data_is_refused_where_nothing_was_measured(string criterion, string lacking)
    {
        var coupling = One();
        var weights = NamedTensors.From([KeyValuePair.Create("conv.weight", Filters)]);
        var message = Should.Throw<ArgumentException>(
            () => CriterionSelection.Resolve(new CriterionGenome([new GroupChoice(2, criterion)]), coupling, weights)).Message;
        message.ShouldContain($"'{criterion}' needs {lacking} of layer 'conv'");
    }

    private static ChannelCoupling One() => ChannelCoupling.Of(
        GraphBuilder.Start("one", 2, 4, 4).Conv("conv", 4, 1).GlobalAvgPool().Flatten().Linear("fc", 2).Build());

    private static ImageSet Images(int count)
    {
        var random = CounterRandom.For(1, "test", 0, 0, "images");
        var pixels = new byte[count * 3 * 32 * 32];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.NextInt(256);
        }

        return new ImageSet(3, 32, 32, 10, pixels, Enumerable.Range(0, count).ToArray(), [0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]);
    }
}
