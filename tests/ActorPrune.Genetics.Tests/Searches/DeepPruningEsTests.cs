using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class DeepPruningEsTests
{
    private static readonly ToyProblem Problem = ToyProblem.Wide();

    [Fact]
    public void It_begins_with_the_unpruned_network_alone()
    {
        var only = Asked(Start(new DeepPruningEsSettings())).ShouldHaveSingleItem();
        only.Filters.Count.ShouldBe(Problem.Space.Units);
    }

    [Fact]
    public void Uniform_seeds_keep_the_same_fraction_of_every_group_down_to_the_smallest_density()
    {
        var settings = new DeepPruningEsSettings { UniformSeeds = 4, DensityMin = 0.25 };
        var asked = Asked(Start(settings));
        asked.Length.ShouldBe(5);
        asked[0].Filters.Count.ShouldBe(Problem.Space.Units);
        foreach (var (genome, density) in asked.Skip(1).Zip([0.8125, 0.625, 0.4375, 0.25]))
        {
            var first = 0;
            foreach (var group in Problem.Space.Groups)
            {
                var kept = Enumerable.Range(first, group.Length).Count(i => genome.Filters[i]);
                Math.Abs(kept - (density * group.Length)).ShouldBeLessThan(1, group.Name);
                first += group.Length;
            }
        }

        // The parents that follow are chosen among them, and what is planned counts them.
        Told(Start(settings)).Archive.Length.ShouldBeGreaterThan(1);
        settings.PlannedEvaluations.ShouldBe(5 + (27 * 10));
    }

    [Fact]
    public void A_seed_that_is_the_unpruned_network_is_asked_for_once() =>
        Asked(Start(new DeepPruningEsSettings { UniformSeeds = 3, DensityMin = 1 })).ShouldHaveSingleItem();

    [Fact]
    public void Every_bit_of_an_offspring_flips_with_the_same_probability()
    {
        var offspring = Asked(Told(Start(new DeepPruningEsSettings { Population = 403, MutationRate = 0.2 })));
        offspring.Length.ShouldBe(400);
        var units = Problem.Space.Units;
        var dropped = Enumerable.Range(0, units).Select(bit => offspring.Count(o => !o.Filters[bit]) / 400.0).ToArray();

        // Standard deviation of one frequency: 0.02; of their mean over 224 bits: 0.0013.
        dropped.Average().ShouldBe(0.2, 0.005);
        dropped.ShouldAllBe(f => Math.Abs(f - 0.2) < 0.09);
    }

    [Fact]
    public void Bits_flip_both_ways_and_an_empty_group_keeps_its_first_filter()
    {
        var search = Told(Start(new DeepPruningEsSettings { Population = 4, MutationRate = 1 }));
        var nothing = Asked(search).ShouldHaveSingleItem().Filters;
        var first = 0;
        foreach (var group in Problem.Space.Groups)
        {
            Enumerable.Range(first, group.Length).Where(i => nothing[i]).ShouldBe([first], group.Name);
            first += group.Length;
        }

        // A parent is either the full network or the nearly empty one now: flipped, either gives what the other nearly is.
        var counts = Asked(Told(search)).Select(o => o.Filters.Count).ToArray();
        counts.ShouldAllBe(c => c == Problem.Space.Groups.Length || c == Problem.Space.Units - Problem.Space.Groups.Length);
    }

    [Fact]
    public void Offspring_come_from_each_of_three_parents_alike()
    {
        var es = Method();
        ImmutableArray<Evaluated> parents = [Point(0.1, 100, 0), Point(0.2, 50, 100), Point(0.3, 10, 200)];
        var unmutated = new DeepPruningEs(new DeepPruningEsSettings { Population = 3003, MutationRate = 0 }, Problem.Space);
        var counts = unmutated.Offspring(parents, new Draws(5, "d1", 3)).CountBy(g => g.Canonical).Select(p => p.Value).ToArray();

        counts.Length.ShouldBe(3);
        counts.ShouldAllBe(c => c > 900 && c < 1100);
        es.Objectives.ShouldBe([MeasureNames.Error, MeasureNames.Macs]);
    }

    [Fact]
    public void The_parents_are_the_two_ends_of_the_front_and_the_knee_of_the_rest()
    {
        ImmutableArray<Evaluated> candidates =
        [
            Point(0.30, 20, 1), Point(0.10, 100, 2), Point(0.12, 60, 3), Point(0.25, 30, 4),
            Point(0.20, 80, 5), // dominated
            Point(0.28, 25, 6),
        ];

        // Distances with ranges 0.2 and 80: (0.12, 60) 0.6; (0.25, 30) 0.875; (0.28, 25) 0.9625; the ends have 1.
        Figures(Method().Survivors([], candidates)).ShouldBe([(0.10, 100), (0.12, 60), (0.30, 20)]);

        // With the cost alone the lightest of the rest is nearest.
        Figures(Method(new DeepPruningEsSettings { KneeErrorWeight = 0 }).Survivors([], candidates)).ShouldBe([(0.10, 100), (0.28, 25), (0.30, 20)]);
    }

    [Fact]
    public void Fronts_of_one_or_two_points_fill_three_places()
    {
        var (heavy, light) = (Point(0.1, 100, 1), Point(0.4, 10, 2));
        Figures(Method().Survivors([], [heavy])).ShouldBe([(0.1, 100), (0.1, 100), (0.1, 100)]);
        Figures(Method().Survivors([], [heavy, light])).ShouldBe([(0.1, 100), (0.1, 100), (0.4, 10)]);
    }

    [Fact]
    public void Ties_and_equal_figures_are_decided_by_the_genome_and_not_by_the_order()
    {
        ImmutableArray<Evaluated> tied = [Point(0.1, 100, 1), Point(0.1, 100, 2), Point(0.1, 100, 3)];
        var chosen = Method().Survivors([], tied).Select(e => e.Genome.Canonical).ToArray();
        Method().Survivors([], [.. tied.Reverse()]).Select(e => e.Genome.Canonical).ShouldBe(chosen);

        // Equally near knees: 0.5 + 0.25 and 0.25 + 0.5 of the ranges; the smaller error comes first.
        ImmutableArray<Evaluated> knees = [Point(0, 100, 1), Point(0.5, 25, 2), Point(0.25, 50, 3), Point(1, 0, 4)];
        Figures(Method().Survivors([], knees)).ShouldBe([(0, 100), (0.25, 50), (1, 0)]);
        Figures(Method().Survivors([], [.. knees.Reverse()])).ShouldBe([(0, 100), (0.25, 50), (1, 0)]);
    }

    [Fact]
    public void Failed_candidates_are_no_parents_unless_there_is_nothing_else()
    {
        var failed = new Evaluated(Mask(3), new JobKey("f"), ImmutableSortedDictionary<string, double>.Empty, "out of memory");
        Figures(Method().Survivors([Point(0.1, 100, 1)], [failed])).ShouldBe([(0.1, 100), (0.1, 100), (0.1, 100)]);
        Method().Survivors([], [failed]).ShouldBe([failed]);
    }

    [Fact]
    public void A_parent_is_only_ever_replaced_by_one_that_is_no_worse_in_its_role()
    {
        var search = Start(new DeepPruningEsSettings { Population = 20, Generations = 15, MutationRate = 0.05 });
        var (error, macs) = (double.PositiveInfinity, double.PositiveInfinity);
        while (search.Demand is SearchDemand.Evaluations)
        {
            search = Told(search);
            var front = search.Archive;
            front.Min(e => e["error"]).ShouldBeLessThanOrEqualTo(error);
            front.Min(e => e["macs"]).ShouldBeLessThanOrEqualTo(macs);
            (error, macs) = (front.Min(e => e["error"]), front.Min(e => e["macs"]));
        }

        search.Generation.ShouldBe(15);
        macs.ShouldBeLessThan(Problem.Cost(Mask(0), MeasureNames.Macs) * 0.5);
    }

    private static DeepPruningEs Method(DeepPruningEsSettings? settings = null) => new(settings ?? new DeepPruningEsSettings(), Problem.Space);

    private static ISearch Start(DeepPruningEsSettings settings) => SearchFactory.Create(settings, Problem, 40).ShouldHaveSingleItem().Search;

    private static ImmutableArray<MaskGenome> Asked(ISearch search) => [.. search.Demand.ShouldBeOfType<SearchDemand.Evaluations>().Genomes.Cast<MaskGenome>()];

    private static ISearch Told(ISearch search) => search.TellEvaluations(
        [.. Asked(search).Select(g => new Evaluated(g, Problem.Evaluation(g).Key, Problem.Measure(g), null))]).Next;

    /// <summary>Everything but the first <paramref name="removed"/> bits.</summary>
    private static MaskGenome Mask(int removed) => new(BitString.Create(Problem.Space.Units, i => i >= removed), null);

    private static Evaluated Point(double error, double macs, int removed) => new(
        Mask(removed),
        new JobKey($"{removed:x64}"),
        ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, error).Add(MeasureNames.Macs, macs),
        null);

    private static (double Error, double Macs)[] Figures(ImmutableArray<Evaluated> members) => [.. members.Select(m => (m["error"], m["macs"]))];
}
