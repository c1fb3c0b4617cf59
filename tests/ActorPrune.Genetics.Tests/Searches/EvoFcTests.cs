using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class EvoFcTests
{
    private static readonly ToyProblem Problem = ToyProblem.Wide();

    [Fact]
    public void The_first_population_is_uniform_in_ratios_and_criteria()
    {
        var genes = First(new EvoFcSettings { Population = 500 }).SelectMany(g => g.Genes).ToArray();
        genes.Length.ShouldBe(500 * 6);

        // Standard deviation of the mean of 3000 uniform numbers: 0.0053; of a frequency of 1/4: 0.0079.
        genes.Average(g => g.Ratio).ShouldBe(0.5, 0.02);
        genes.ShouldAllBe(g => g.Ratio >= 0 && g.Ratio <= 1);
        var criteria = genes.CountBy(g => g.Choice.Criterion).ToDictionary();
        criteria.Keys.Order().ShouldBe(["saliency-gm", "saliency-l1", "saliency-l2", "saliency-max"]);
        criteria.Values.ShouldAllBe(c => Math.Abs((c / 3000.0) - 0.25) < 0.03);
    }

    [Fact]
    public void Uniform_seeds_lose_the_same_fraction_of_every_group_by_the_first_criterion()
    {
        var genomes = First(new EvoFcSettings { Population = 6, UniformSeeds = 4, RatioMax = 0.8, RatioFloors = [0.3] });
        genomes.Take(4).Select(g => g.Genes.Select(gene => gene.Ratio).Distinct().ShouldHaveSingleItem()).ShouldBe([0.3, 0.425, 0.55, 0.675], 1e-9);
        genomes.Take(4).SelectMany(g => g.Genes).ShouldAllBe(g => g.Choice.Criterion == "saliency-l1");
        genomes.Skip(4).ShouldAllBe(g => g.Genes.Select(gene => gene.Ratio).Distinct().Count() > 1);
    }

    [Fact]
    public void A_ratio_keeps_the_rest_rounded_up_and_at_least_one()
    {
        foreach (var genome in First(new EvoFcSettings { Population = 200 }))
        {
            genome.Genes.Zip(Problem.Space.Groups).ShouldAllBe(p =>
                p.First.Choice.Keep == Math.Max(1, (int)Math.Ceiling(p.Second.Length * (1 - p.First.Ratio))));
        }

        var multiples = SearchFactory.Create(
            new EvoFcSettings { Population = 50, WriteBack = WriteBack.Generation }, ToyProblem.Wide(multiple: 8), 3)[0].Search;
        Genomes(multiples).ShouldAllBe(g => g.Genes.All(c => c.Choice.Keep % 8 == 0 && c.Choice.Keep > 0));
    }

    [Fact]
    public void Floors_bound_the_ratios_by_depth()
    {
        Floors(FloorSchedule.Constant, 0.3).ShouldBe([0.3, 0.3, 0.3, 0.3, 0.3, 0.3]);
        Floors(FloorSchedule.Stages, 0.2, 0.4, 0.6).ShouldBe([0.2, 0.2, 0.4, 0.4, 0.6, 0.6]);
        var cosine = Floors(FloorSchedule.Cosine, 0.6);
        (cosine[0], cosine[5]).ShouldBe((0, 0.6));
        cosine.ShouldBe(cosine.Order());
        cosine[2].ShouldBe(0.6 * 0.5 * (1 - Math.Cos(Math.PI * 0.4)), 1e-12);

        var settings = new EvoFcSettings
        {
            Population = 60, Generations = 4, RatioFloor = FloorSchedule.Stages, RatioFloors = [0.2, 0.4, 0.6], RatioMax = 0.9,
            WriteBack = WriteBack.Generation
        };
        var run = new Archipelago(settings, Problem, 4).Run();
        foreach (var genome in run.Computed.Select(c => (RatioGenome)c.Genome))
        {
            genome.Genes.Select((g, i) => g.Ratio >= 0.2 * (1 + (i / 2)) && g.Ratio <= 0.9).ShouldAllBe(within => within);
        }

        double[] Floors(FloorSchedule schedule, params double[] values) => [.. Enumerable.Range(0, 6).Select(g => RatioFloor.Of(schedule, [.. values], g, 6))];
    }

    [Fact]
    public void Polynomial_mutation_changes_one_gene_on_average_stays_in_bounds_and_moves_both_ways()
    {
        var (changed, up, sum) = (0, 0, 0.0);
        for (var i = 0; i < 4000; i++)
        {
            var genes = Enumerable.Repeat(0.5, 12).ToArray();
            RealGenes.Polynomial(genes, _ => (0, 1), 1.0 / 12, 3, CounterRandom.For(1, "t", 0, i, "mutate"));
            genes.ShouldAllBe(g => g >= 0 && g <= 1);
            changed += genes.Count(g => g != 0.5);
            up += genes.Count(g => g > 0.5);
            sum += genes.Where(g => g != 0.5).Sum(g => Math.Abs(g - 0.5));
        }

        (changed / 4000.0).ShouldBe(1, 0.06);
        (up / (double)changed).ShouldBe(0.5, 0.03);

        // From the middle of the bounds the step is 1 - (2(1-u) + 2(u-1/2)/16)^(1/4) for u above 1/2: its mean over u is 0.1805.
        var expected = Enumerable.Range(0, 100_000)
            .Select(k => 0.5 + ((k + 0.5) / 200_000))
            .Average(u => 1 - Math.Pow((2 * (1 - u)) + (2 * (u - 0.5) * Math.Pow(0.5, 4)), 0.25));
        (sum / changed).ShouldBe(expected, 0.006);
    }

    [Fact]
    public void Larger_distribution_indices_take_smaller_steps_and_rate_zero_none()
    {
        double Mean(double eta) => Enumerable.Range(0, 500).Average(i =>
        {
            double[] gene = [0.3];
            RealGenes.Polynomial(gene, _ => (0, 1), 1, eta, CounterRandom.For(1, "t", 0, i, "mutate"));
            return Math.Abs(gene[0] - 0.3);
        });

        Mean(20).ShouldBeLessThan(Mean(3) / 2);
        double[] still = [0.3, 0.7];
        RealGenes.Polynomial(still, _ => (0, 1), 0, 3, CounterRandom.For(1, "t", 0, 0, "mutate"));
        still.ShouldBe([0.3, 0.7]);
    }

    [Fact]
    public void Two_point_crossover_takes_one_stretch_from_the_second_parent()
    {
        var first = Enumerable.Repeat(0.0, 20).ToArray();
        var second = Enumerable.Repeat(1.0, 20).ToArray();
        var taken = new int[20];
        for (var i = 0; i < 2000; i++)
        {
            var child = RealGenes.TwoPoint(first, second, CounterRandom.For(2, "t", 0, i, "cross"));
            child.Zip(child.Skip(1)).Count(p => p.First != p.Second).ShouldBeLessThanOrEqualTo(2, "at most one stretch");
            for (var g = 0; g < 20; g++)
            {
                taken[g] += (int)child[g];
            }
        }

        taken.ShouldAllBe(t => t > 100);
        Should.Throw<ArgumentException>(() => RealGenes.TwoPoint(first, second.AsSpan(1), CounterRandom.For(2, "t", 0, 0, "cross")));
    }

    [Fact]
    public void A_sequential_search_asks_for_one_at_a_time_and_each_inherits_what_the_one_before_has_written()
    {
        var asked = Inheritances(new EvoFcSettings { Population = 4, Generations = 2 });
        asked.Count.ShouldBe(12);
        asked.ShouldAllBe(a => a.Together == 1 && a.From.Rule == WriteBack.Sequential && a.From.Start == SuperNetStart.Random);
        asked.Select(a => a.From.Place).ShouldBe(Enumerable.Range(0, 12).Select(i => new SharedTraining(i, 12)));

        // Slices pile up for a generation, then the next candidate is asked for the whole and becomes the first slice beside it.
        asked.Select(a => a.From.Slices.Length).ShouldBe([0, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3]);
        asked.Select(a => a.From.Consolidate).ShouldBe([false, false, false, false, true, false, false, false, true, false, false, false]);
        asked[4].From.SuperNet.ShouldBeNull();
        asked[5].From.SuperNet.ShouldNotBeNull();
        asked[8].From.SuperNet.ShouldBe(asked[5].From.SuperNet);
        asked[9].From.SuperNet.ShouldNotBe(asked[5].From.SuperNet);
    }

    [Fact]
    public void By_generation_all_inherit_the_same_and_are_written_together_in_genome_order()
    {
        var asked = Inheritances(new EvoFcSettings { Population = 4, Generations = 3, WriteBack = WriteBack.Generation, Start = SuperNetStart.Base });
        asked.Select(a => a.Together).ShouldBe([4, 4, 4, 4]);
        asked.Select(a => a.From.Slices.Length).ShouldBe([0, 4, 4, 4]);
        asked.Select(a => a.From.Consolidate).ShouldBe([false, true, true, true]);
        asked.Select(a => a.From.Place!.Candidate).ShouldBe([0, 4, 8, 12]);
        asked.ShouldAllBe(a => a.From.Start == SuperNetStart.Base);
        asked[1].From.SuperNet.ShouldBeNull();
        asked[2].From.SuperNet.ShouldNotBeNull();
        asked[1].From.Slices.ShouldBe(asked[0].Slices, "in the order of asking");
    }

    [Fact]
    public void Without_inheritance_each_is_trained_from_random_weights_with_a_schedule_of_its_own()
    {
        var asked = Inheritances(new EvoFcSettings { Population = 4, Generations = 2, Inheritance = InheritanceKind.None });
        asked.Select(a => a.Together).ShouldBe([4, 4, 4]);
        asked.ShouldAllBe(a => a.From.Place == null && a.From.Slices.IsEmpty && a.From.SuperNet == null && a.From.Start == SuperNetStart.Random);

        var search = SearchFactory.Create(new EvoFcSettings { Inheritance = InheritanceKind.Base }, Problem, 5)[0].Search;
        ((SearchDemand.Evaluations)search.Demand).Inheritance.ShouldBeNull("the base network's weights, as with other methods");
    }

    [Fact]
    public void A_failed_candidate_writes_nothing()
    {
        var search = SearchFactory.Create(new EvoFcSettings { Population = 3, Generations = 1 }, Problem, 6)[0].Search;
        var asked = (SearchDemand.Evaluations)search.Demand;
        var failed = new Evaluated(asked.Genomes[0], new JobKey("f"), ImmutableSortedDictionary<string, double>.Empty, "out of memory");
        var next = (SearchDemand.Evaluations)search.TellEvaluations([failed]).Next.Demand;

        next.Inheritance!.Slices.ShouldBeEmpty();
        next.Inheritance.Place!.Candidate.ShouldBe(1, "its steps of the shared training are over all the same");
    }

    [Fact]
    public void It_comes_nearer_to_the_true_front_than_random_genomes_of_its_own_kind()
    {
        var settings = new EvoFcSettings { Population = 20, Generations = 30, WriteBack = WriteBack.Generation };
        var evolved = new Archipelago(settings, Problem, 7).Run();
        var random = new Archipelago(settings with { Population = 20 * 31, Generations = 0 }, Problem, 7).Run();
        Volume(evolved).ShouldBeGreaterThan(Volume(random) * 1.01);
    }

    private static double Volume(Archipelago run)
    {
        var all = Problem.Cost(new MaskGenome(BitString.Filled(Problem.Space.Units, true), null), MeasureNames.Macs);
        var front = run.Islands.Values.SelectMany(i => i.Archive).Select(e => new[] { e["error"], e["macs"] / all }).ToArray();
        return Genetics.Pareto.Hypervolume.Of(front, [1, 1]);
    }

    private static ImmutableArray<RatioGenome> First(EvoFcSettings settings) =>
        Genomes(SearchFactory.Create(settings with { WriteBack = WriteBack.Generation }, Problem, 2)[0].Search);

    private static ImmutableArray<RatioGenome> Genomes(ISearch search) => [.. ((SearchDemand.Evaluations)search.Demand).Genomes.Cast<RatioGenome>()];

    /// <summary>What was inherited by each batch, how large it was, and the slices that it left.</summary>
    private static List<(Inheritance From, int Together, ImmutableArray<ArtifactId> Slices)> Inheritances(EvoFcSettings settings)
    {
        var asked = new List<(Inheritance, int, ImmutableArray<ArtifactId>)>();
        var search = SearchFactory.Create(settings, Problem, 5)[0].Search;
        while (search.Demand is SearchDemand.Evaluations demand)
        {
            var results = demand.Genomes.Select((g, i) => new Evaluated(g, Problem.Evaluation(g, demand.Inheritance).Key, Problem.Measure(g), null)
            {
                Artifacts = Artifacts(asked.Count, i, demand.Inheritance!.Consolidate),
            }).ToImmutableArray();
            asked.Add((demand.Inheritance!, demand.Genomes.Length, [.. results.Select(r => r.Artifacts[ArtifactNames.Slice])]));
            search = search.TellEvaluations(results).Next;
        }

        return asked;
    }

    private static ImmutableSortedDictionary<string, ArtifactId> Artifacts(int batch, int candidate, bool whole)
    {
        var slice = ImmutableSortedDictionary<string, ArtifactId>.Empty.Add(ArtifactNames.Slice, ArtifactId.Of([1, (byte)batch, (byte)candidate]));
        return whole ? slice.Add(ArtifactNames.SuperNet, ArtifactId.Of([2, (byte)batch])) : slice;
    }
}
