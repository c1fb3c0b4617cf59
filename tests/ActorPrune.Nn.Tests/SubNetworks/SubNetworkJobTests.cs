using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Tests.Study;

namespace ActorPrune.Nn.Tests.SubNetworks;

/// <summary>Sub-networks from job to result, on a network of a few channels and some dozens of drawn images.</summary>
public sealed class SubNetworkJobTests
{
    private static readonly SubNetworkTask Task = new([1, 2], 32);

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void It_has_the_same_bits_whoever_computes_it_and_whatever_was_kept(string precision)
    {
        var warm = new SmallStudy(precision);
        var problem = warm.Study.Problem(warm.Base);
        var genomes = Enumerable.Range(1, 5).Select(i => Mask(problem.Space, unit => unit % (i + 1) != 0)).ToArray();
        foreach (var genome in genomes)
        {
            var job = problem.SubNetwork(genome, Task);
            var first = warm.Evaluate(job).Measures;
            warm.Evaluate(job).Measures.ShouldBe(first);
            new SmallStudy(precision).Evaluate(job, warm).Measures.ShouldBe(first);
            new SmallStudy(precision, prefixBytes: 0).Evaluate(job, warm).Measures.ShouldBe(first);
            first[MeasureNames.Reconstruction].ShouldBeInRange(1e-6, 10);
        }
    }

    [Fact]
    public void What_keeps_everything_has_no_error_and_all_weights_of_the_layers_that_are_run()
    {
        var bench = new SmallStudy("fp32");
        var problem = bench.Study.Problem(bench.Base);
        var whole = bench.Evaluate(problem.SubNetwork(Mask(problem.Space, _ => true), Task)).Measures;
        whole[MeasureNames.Reconstruction].ShouldBe(0);
        var half = bench.Evaluate(problem.SubNetwork(Mask(problem.Space, unit => unit % 2 == 0), Task)).Measures;
        half[MeasureNames.Params].ShouldBeLessThan(whole[MeasureNames.Params]);
        whole[MeasureNames.Params].ShouldBeLessThan(problem.Cost(Mask(problem.Space, _ => true), MeasureNames.Params));
    }

    [Fact]
    public void It_goes_on_from_the_trained_weights_of_another_evaluation()
    {
        var bench = new SmallStudy("fp32");
        var problem = bench.Study.Problem(bench.Base);
        var chosen = Mask(problem.Space, unit => unit % 3 != 0);
        var trained = bench.Evaluate(problem.Evaluation(chosen, From([])));
        var slice = trained.Artifacts[ArtifactNames.Slice];
        var next = Mask(problem.Space, unit => unit % 3 == 1);

        var ofBase = bench.Evaluate(problem.SubNetwork(next, Task, From([]))).Measures[MeasureNames.Reconstruction];
        var ofTrained = bench.Evaluate(problem.SubNetwork(next, Task, From([slice]))).Measures[MeasureNames.Reconstruction];
        ofTrained.ShouldNotBe(ofBase);
        bench.Evaluate(problem.SubNetwork(next, Task))
            .Measures[MeasureNames.Reconstruction].ShouldBe(ofBase, "without any slice it is the base network");
        bench.Evaluate(problem.Evaluation(next, From([slice]))).Measures[MeasureNames.Error].ShouldBeInRange(0, 1);
    }

    [Fact]
    public void All_that_determines_the_result_is_in_the_key_and_nothing_else()
    {
        var bench = new SmallStudy("fp32");
        var problem = bench.Study.Problem(bench.Base);
        var genome = Mask(problem.Space, unit => unit % 2 == 0);
        var keys = new[]
        {
            problem.SubNetwork(genome, Task),
            problem.SubNetwork(Mask(problem.Space, _ => true), Task),
            problem.SubNetwork(genome, Task with { Images = 16 }),
            problem.SubNetwork(genome, Task with { Groups = [1] }),
            problem.SubNetwork(genome, Task, From([])),
            problem.SubNetwork(genome, Task, From([ArtifactId.Of([1])])),
        }.Select(j => j.Key).ToArray();
        keys.Distinct().Count().ShouldBe(keys.Length);
        problem.SubNetwork(genome, new SubNetworkTask([1, 2], 32)).Key.ShouldBe(keys[0]);
    }

    [Fact]
    public void A_job_that_fits_no_network_fails_for_good_and_says_why()
    {
        var bench = new SmallStudy("fp32");
        var problem = bench.Study.Problem(bench.Base);
        var genome = Mask(problem.Space, _ => true);
        Should.Throw<EvaluationException>(() => bench.Evaluate(problem.SubNetwork(genome, new SubNetworkTask([99], 32))))
            .Message.ShouldContain("there is no group 99");
        Should.Throw<EvaluationException>(() => bench.Evaluate(problem.SubNetwork(genome, new SubNetworkTask([], 32))))
            .Message.ShouldContain("needs a group");
        var empty = problem.SubNetwork(Mask(problem.Space, unit => unit != 0), Task)
            .Body.Replace(Mask(problem.Space, unit => unit != 0).Canonical, "mask 3:07");
        Should.Throw<EvaluationException>(() => bench.Evaluate(new JobSpec(JobKinds.SubNetwork, empty)))
            .Message.ShouldContain("another network");
    }

    private static MaskGenome Mask(SearchSpace space, Func<int, bool> keeps) =>
        new(BitString.Create(space.Units, i => keeps(i) || i == 0), null);

    private static Inheritance From(ImmutableArray<ArtifactId> slices) =>
        new(SuperNetStart.Base, null, slices, WriteBack.Sequential, Consolidate: false, Place: null);
}
