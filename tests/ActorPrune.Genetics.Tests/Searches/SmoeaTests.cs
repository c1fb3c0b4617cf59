using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class SmoeaTests
{
    private static readonly ToyProblem Problem = ToyProblem.Wide();

    private static readonly ImmutableArray<int> Starts = [0, 16, 32, 64, 96, 160];

    [Theory]
    [InlineData(2, GroupOrder.Forward, "0,1,2 3,4,5")]
    [InlineData(2, GroupOrder.Backward, "3,4,5 0,1,2")]
    [InlineData(4, GroupOrder.Forward, "0 1,2 3 4,5")]
    [InlineData(6, GroupOrder.Backward, "5 4 3 2 1 0")]
    [InlineData(50, GroupOrder.Forward, "0 1 2 3 4 5")]
    public void Groups_are_split_into_consecutive_parts_in_the_order_asked_for(int parts, GroupOrder order, string expected)
    {
        var method = new Smoea(new SmoeaSettings { Groups = parts, Order = order }, Problem.Space);
        string.Join(' ', Enumerable.Range(0, method.Parts).Select(p => string.Join(',', method.GroupsOf(p)))).ShouldBe(expected);
    }

    [Fact]
    public void It_measures_the_unpruned_network_first_and_then_evolves_the_first_part_only()
    {
        var search = Start(new SmoeaSettings { Groups = 3 });
        var first = Asked(search);
        Filters(first.Genomes.ShouldHaveSingleItem()).Count.ShouldBe(Problem.Space.Units);
        (first.SubNetwork, first.Inheritance).ShouldBe((null, null));

        var part = Asked(Told(search));
        part.SubNetwork.ShouldBe(new SubNetworkTask([0, 1], 256));
        part.Inheritance!.Slices.ShouldBeEmpty("nothing was trained yet: the base network's weights");
        part.Genomes.ShouldAllBe(g => Enumerable.Range(32, Problem.Space.Units - 32).All(i => Filters(g)[i]), "other parts are left alone");
    }

    [Fact]
    public void A_first_population_has_the_unpruned_part_and_densities_that_are_uniform_in_their_range()
    {
        var method = Method(new SmoeaSettings { Groups = 3, Population = 801, DensityMin = 0.2, DensityMax = 0.8 });
        var genomes = method.First(1, method.Everything, new Draws(5, "s1", 0));
        genomes[0].ShouldBe(method.Everything);

        // A density's standard deviation is 0.173 and a group of 64 adds a binomial's: 0.18 for the part, 0.0064 for the mean of 800.
        var kept = genomes.Skip(1).Select(g => Enumerable.Range(32, 64).Count(i => Filters(g)[i]) / 64.0).ToArray();
        kept.Average().ShouldBe(0.5, 0.025);
        Math.Sqrt(kept.Average(k => (k - 0.5) * (k - 0.5))).ShouldBe(0.18, 0.02);
        genomes.ShouldAllBe(g => Enumerable.Range(0, Problem.Space.Units).All(i => (i >= 32 && i < 96) || Filters(g)[i]));
    }

    [Fact]
    public void Mutation_flips_one_bit_a_group_on_average_and_none_outside_of_the_part()
    {
        var method = Method(new SmoeaSettings { Groups = 3, Population = 20, CrossoverRate = 0, MutationRate = 1 });
        var half = new MaskGenome(BitString.Create(Problem.Space.Units, i => i % 2 == 0), null);
        var children = Enumerable.Range(0, 100).SelectMany(g => method.Offspring(1, [Sub(half, 0.1, 100)], new Draws(5, "s1", g)))
            .ToArray();

        // Two groups with one expected flip each; the standard deviation of the mean of 2000 is 0.03. What flips nothing is bred again.
        var inside = children.Select(g => Enumerable.Range(32, 64).Count(i => Filters(g)[i] != half.Filters[i])).ToArray();
        inside.Average().ShouldBe(2 / (1 - Math.Exp(-2)), 0.12);
        children.ShouldAllBe(g => Enumerable.Range(0, Problem.Space.Units)
            .All(i => (i >= 32 && i < 96) || Filters(g)[i] == half.Filters[i]));
        var (dropped, added) = (
            children.Sum(g => Enumerable.Range(32, 64).Count(i => half.Filters[i] && !Filters(g)[i])),
            children.Sum(g => Enumerable.Range(32, 64).Count(i => !half.Filters[i] && Filters(g)[i])));
        (dropped / (double)(dropped + added)).ShouldBe(0.5, 0.03);
    }

    [Fact]
    public void Members_with_large_contributions_are_measured_and_the_unpruned_part_is_not()
    {
        var method = Method(new SmoeaSettings { Groups = 3, Measured = 2 });
        ImmutableArray<Evaluated> population =
        [
            Sub(method.Everything, 0, 100), Sub(Mask(1), 0.1, 60), Sub(Mask(2), 0.11, 59), Sub(Mask(3), 0.5, 20), Sub(Mask(4), 0.6, 60),
        ];
        var front = Smoea.Front(population);
        front.Select(m => m["reconstruction"]).ShouldBe([0, 0.1, 0.11, 0.5], "ascending, without the dominated one");
        method.ToMeasure(front, method.Everything).Select(m => m["reconstruction"]).ShouldBe([0.11, 0.5], ignoreOrder: true);
        Smoea.Front([Sub(Mask(2), 0.1, 60), Sub(Mask(1), 0.1, 60)]).ShouldHaveSingleItem("equal figures once")
            .Genome.ShouldBe(Smoea.Front([Sub(Mask(1), 0.1, 60), Sub(Mask(2), 0.1, 60)])[0].Genome);
        Smoea.Front([Failed(1), Failed(2)]).ShouldBeEmpty();
    }

    [Fact]
    public void The_knee_of_three_or_more_is_neither_end()
    {
        // Distances with ranges 0.2 and 80: (0.12, 60) 0.6; (0.25, 30) 0.875.
        Knee(Net(0.10, 100), Net(0.30, 20), Net(0.12, 60), Net(0.25, 30), Net(0.28, 70)).ShouldBe((0.12, 60));
    }

    [Fact]
    public void Fronts_of_fewer_than_three_points_give_the_smaller_error_or_nothing()
    {
        Knee(Net(0.30, 20), Net(0.10, 100)).ShouldBe((0.10, 100));
        Knee(Net(0.10, 100)).ShouldBe((0.10, 100));
        SmoeaChoice.Of([], GroupChoiceRule.Knee, 0).ShouldBeNull();
        SmoeaChoice.Of([Failed(1)], GroupChoiceRule.Knee, 0).ShouldBeNull();
    }

    [Fact]
    public void Ties_and_zero_ranges_are_decided_by_figures_and_genomes_and_never_by_the_order()
    {
        Knee(Net(0.2, 50), Net(0.2, 40), Net(0.2, 60)).ShouldBe((0.2, 40), "one error: the fewest parameters are the whole front");
        Knee(Net(0.3, 40), Net(0.1, 40), Net(0.2, 40)).ShouldBe((0.1, 40), "one size: the smallest error is the whole front");
        Knee(Net(0, 100), Net(0.5, 25), Net(0.25, 50), Net(1, 0)).ShouldBe((0.25, 50), "equally near: the smaller error");
        Evaluated[] equal = [Net(0.1, 10, 1), Net(0.1, 10, 2), Net(0.1, 10, 3)];
        SmoeaChoice.Of(equal, GroupChoiceRule.Knee, 0).ShouldBe(SmoeaChoice.Of(equal.Reverse(), GroupChoiceRule.Knee, 0));
    }

    [Fact]
    public void Within_an_allowance_the_fewest_parameters_win_and_where_none_is_within_nothing_does()
    {
        Evaluated[] measured = [Net(0.10, 100), Net(0.12, 60), Net(0.121, 60), Net(0.30, 20)];
        Drop(0.125).ShouldBe((0.12, 60));
        Drop(0.30).ShouldBe((0.30, 20));
        SmoeaChoice.Of(measured, GroupChoiceRule.MaxDrop, 0.05).ShouldBeNull();
        SmoeaChoice.Of(measured, GroupChoiceRule.MaxDrop, double.NaN).ShouldBeNull();
        SmoeaChoice.Of(measured, GroupChoiceRule.MaxDrop, double.PositiveInfinity).ShouldBeNull("not known, so not unlimited");

        (double, double) Drop(double allowed) => Figures(SmoeaChoice.Of(measured, GroupChoiceRule.MaxDrop, allowed));
    }

    [Fact]
    public void The_allowance_grows_evenly_with_the_parts()
    {
        var method = Method(new SmoeaSettings { Groups = 2, Choice = GroupChoiceRule.MaxDrop, MaxDrop = 0.1 });
        Evaluated[] measured = [Net(0.20, 100), Net(0.24, 60), Net(0.29, 20)];
        Figures(method.Choose(0, measured, 0.2)).ShouldBe((0.24, 60));
        Figures(method.Choose(1, measured, 0.2)).ShouldBe((0.29, 20));
    }

    [Fact]
    public void Each_part_goes_on_from_the_trained_weights_of_the_network_that_was_chosen()
    {
        var played = Play(new SmoeaSettings { Groups = 3, Population = 6, Generations = 2, Measured = 3, FineTune = 2 });
        var asked = played.Select(p => p.Asked).ToArray();
        asked.Select(a => a.SubNetwork is null ? a.Genomes.Length : -1)
            .ShouldBe([1, -1, -1, -1, 3, 1, 1, -1, -1, -1, 3, 1, 1, -1, -1, -1, 3, 1, 1]);

        // Weights: the base's for the first part; then the best of the rounds of the part before, for all of the next.
        asked[1..5].ShouldAllBe(a => a.Inheritance!.Slices.IsEmpty);
        asked[5].Inheritance!.Slices.ShouldHaveSingleItem();
        asked[6].Inheritance!.Slices.ShouldNotBe(asked[5].Inheritance!.Slices, "the second round goes on from the first");
        asked[7..11].Select(a => a.Inheritance!.Slices.Single()).Distinct().ShouldHaveSingleItem()
            .ShouldNotBe(asked[6].Inheritance!.Slices[0]);

        // What one part fixed stays so.
        var fixedBits = Filters(asked[6].Genomes[0]);
        asked[7..].SelectMany(a => a.Genomes).ShouldAllBe(g => Enumerable.Range(0, 32).All(i => Filters(g)[i] == fixedBits[i]));
    }

    [Fact]
    public void A_round_of_fine_tuning_that_makes_it_worse_is_not_taken()
    {
        var played = Play(
            new SmoeaSettings { Groups = 2, Population = 6, Generations = 1, Measured = 3, FineTune = 1 },
            (demand, figures) => demand.Genomes.Length == 1 && demand.Inheritance is not null ? figures.SetItem(MeasureNames.Error, 0.99)
                : figures);
        var next = played.First(p => p.Asked.SubNetwork is { Groups: [3, ..] }).Asked;
        var chosen = played.First(p => p.Asked.Genomes.Length == 1 && p.Asked.Inheritance is not null).Asked.Inheritance!;
        next.Inheritance!.Slices.ShouldBe(chosen.Slices);
    }

    [Fact]
    public void The_report_of_a_part_has_its_front_with_what_was_measured_and_chosen()
    {
        var reports = Play(new SmoeaSettings { Groups = 3, Population = 8, Generations = 3, Measured = 3 }).Select(p => p.Decided)
            .OfType<PartReport>().ToArray();
        reports.Select(r => r.Part).ShouldBe([0, 1, 2]);
        reports[1].Groups.ShouldBe(["g2", "g3"]);
        foreach (var report in reports)
        {
            report.Front.Count(m => m.Error is not null).ShouldBe(3);
            report.Front.Single(m => m.Chosen).Error.ShouldNotBeNull();
            report.Front.Select(m => m.Reconstruction).ShouldBeInOrder();
            report.Front.Select(m => -m.Params).ShouldBeInOrder();
        }
    }

    [Fact]
    public void A_part_whose_sub_networks_all_fail_stays_as_it_is()
    {
        var search = Told(Start(new SmoeaSettings { Groups = 2, Population = 4, Generations = 1 }));
        while (Asked(search).SubNetwork is { Groups: [0, ..] })
        {
            search = search.TellEvaluations([.. Asked(search).Genomes.Select((g, i) =>
                new Evaluated(g, new JobKey($"{i}"), ImmutableSortedDictionary<string, double>.Empty, "out of memory"))]).Next;
        }

        Asked(search).SubNetwork!.Groups.ShouldBe([3, 4, 5]);
        Filters(Asked(search).Genomes[0]).Count.ShouldBe(Problem.Space.Units);
    }

    [Fact]
    public void Without_the_unpruned_networks_error_an_allowance_allows_nothing()
    {
        var reports = Play(
            new SmoeaSettings { Groups = 2, Population = 6, Generations = 1, Measured = 3, Choice = GroupChoiceRule.MaxDrop, MaxDrop = 1 },
            (demand, figures) => demand.Inheritance is null ? figures.Remove(MeasureNames.Error) : figures).Select(p => p.Decided)
            .OfType<PartReport>().ToArray();

        reports.Length.ShouldBe(2);
        reports.SelectMany(r => r.Front).ShouldAllBe(m => !m.Chosen);
    }

    [Fact]
    public void It_prunes_more_for_the_same_error_than_random_genomes()
    {
        var settings = new SmoeaSettings { Groups = 6, Population = 20, Generations = 20, Measured = 6, FineTune = 0 };
        var evolved = new Archipelago(settings, Problem, 7).Run();
        var random = new Archipelago(new RandomSettings { Evaluations = (int)settings.PlannedEvaluations }, Problem, 7).Run();
        evolved.Requested.ShouldBeLessThanOrEqualTo(37);
        Volume(evolved).ShouldBeGreaterThan(Volume(random) * 1.02);
    }

    private static double Volume(Archipelago run)
    {
        var all = Problem.Cost(new MaskGenome(BitString.Filled(Problem.Space.Units, true), null), MeasureNames.Macs);
        return Genetics.Pareto.Hypervolume.Of([.. run.Islands.Values.SelectMany(i => i.Archive)
            .Select(e => new[] { e["error"], e["macs"] / all })], [1, 1]);
    }

    /// <summary>All that one island asks for, and what it decides in answer.</summary>
    private static List<(SearchDemand.Evaluations Asked, PartReport? Decided)> Play(
        SmoeaSettings settings, Func<SearchDemand.Evaluations, ImmutableSortedDictionary<string, double>,
            ImmutableSortedDictionary<string, double>>? change = null)
    {
        var played = new List<(SearchDemand.Evaluations, PartReport?)>();
        var search = Start(settings);
        while (search.Demand is SearchDemand.Evaluations demand)
        {
            var turn = search.TellEvaluations([.. demand.Genomes.Select((g, i) => demand.SubNetwork is { } task
                ? new Evaluated(g, Problem.SubNetwork(g, task, demand.Inheritance).Key, Problem.MeasurePart(g, task), null)
                : new Evaluated(g, Problem.Evaluation(g, demand.Inheritance).Key,
                    change?.Invoke(demand, Problem.Measure(g)) ?? Problem.Measure(g), null)
                {
                    Artifacts = ImmutableSortedDictionary<string, ArtifactId>.Empty.Add(ArtifactNames.Slice,
                        ArtifactId.Of([(byte)played.Count, (byte)i])),
                })]);
            played.Add((demand, turn.Decided));
            search = turn.Next;
        }

        return played;
    }

    private static Smoea Method(SmoeaSettings settings) => new(settings, Problem.Space);

    private static ISearch Start(SmoeaSettings settings) => SearchFactory.Create(settings, Problem, 40).ShouldHaveSingleItem().Search;

    private static SearchDemand.Evaluations Asked(ISearch search) => search.Demand.ShouldBeOfType<SearchDemand.Evaluations>();

    private static ISearch Told(ISearch search) => search.TellEvaluations(
        [.. Asked(search).Genomes.Select(g => new Evaluated(g, Problem.Evaluation(g).Key, Problem.Measure(g), null))]).Next;

    private static BitString Filters(Genome genome) => ((MaskGenome)genome).Filters;

    private static MaskGenome Mask(int removed) =>
        new(BitString.Create(Problem.Space.Units, i => i < Starts[2] || i >= Starts[2] + removed), null);

    private static Evaluated Sub(MaskGenome genome, double reconstruction, double parameters) => new(
        genome,
        new JobSpec(JobKinds.SubNetwork, genome.Canonical).Key,
        ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Reconstruction, reconstruction)
            .Add(MeasureNames.Params, parameters),
        null);

    private static Evaluated Net(double error, double parameters, int removed = 0) => new(
        Mask(removed),
        new JobKey($"{error} {parameters} {removed}"),
        ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, error).Add(MeasureNames.Params, parameters),
        null);

    private static Evaluated Failed(int removed) =>
        new(Mask(removed), new JobKey($"{removed}"), ImmutableSortedDictionary<string, double>.Empty, "out of memory");

    private static (double Error, double Params) Knee(params Evaluated[] measured) =>
        Figures(SmoeaChoice.Of(measured, GroupChoiceRule.Knee, 0));

    private static (double Error, double Params) Figures(Evaluated? network) => (network.ShouldNotBeNull()["error"], network["params"]);
}
