using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class CembaTests
{
    private static readonly CembaSettings Small = new()
    {
        Epochs = 4, UpperPopulation = 8, UpperGenerations = 2, LowerPopulation = 4, LowerGenerations = 2, Leaders = 2, Exchange = 2,
    };

    [Fact]
    public void An_epoch_sends_leaders_down_responses_up_and_the_best_to_the_side()
    {
        var run = new Archipelago(Small, ToyProblem.BiLevel(), 1).Run();

        run.Islands.Keys.ShouldBe(["l1", "l2", "u1", "u2"]);
        foreach (var epoch in Enumerable.Range(0, 4))
        {
            var routes = run.Sent.Where(p => p.Epoch == epoch).Select(p => $"{p.Source}>{p.Target}").Order(StringComparer.Ordinal);
            string[] across = ["l1>u1", "l1>u2", "l2>u1", "l2>u2", "u1>l1", "u1>l2", "u2>l1", "u2>l2"];
            string[] side = epoch < 3 ? ["l1>l2", "l2>l1", "u1>u2", "u2>u1"] : [];
            routes.ShouldBe(across.Concat(side).Order(StringComparer.Ordinal));
        }

        run.Islands["u1"].Generation.ShouldBe(8);
        run.Islands.Values.ShouldAllBe(i => i.Demand is SearchDemand.Nothing);
    }

    [Fact]
    public void Responses_answer_leaders_of_the_island_that_they_go_to()
    {
        var run = new Archipelago(Small with { Responses = 2 }, ToyProblem.BiLevel(), 2).Run();
        foreach (var up in run.Sent.Where(p => p.Source[0] == 'l' && p.Target[0] == 'u'))
        {
            var leaders = run.Sent.Single(p => p.Source == up.Target && p.Target == up.Source && p.Epoch == up.Epoch).Migrants.Select(Filters).ToHashSet();
            up.Migrants.ShouldAllBe(m => leaders.Contains(Filters(m)));
            up.Migrants.Length.ShouldBeInRange(leaders.Count, 2 * leaders.Count);
        }
    }

    [Theory]
    [InlineData(ChannelMode.PerLayer)]
    [InlineData(ChannelMode.PerFilter)]
    public void Every_genome_that_is_asked_for_is_whole_and_in_its_one_form(ChannelMode mode)
    {
        var problem = ToyProblem.BiLevel(mode);
        var run = new Archipelago(Small, problem, 3).Run();
        foreach (var result in run.Computed)
        {
            var genome = (MaskGenome)result.Genome;
            genome.Filters.Length.ShouldBe(8);
            (Enumerable.Range(0, 4).Any(i => genome.Filters[i]) && Enumerable.Range(4, 4).Any(i => genome.Filters[i])).ShouldBeTrue();
            Genetics.Operators.ChannelMasks.Genome(problem.Space, genome.Filters, genome.Channels).ShouldBe(genome);
            if (genome.Channels is { } channels)
            {
                Genetics.Operators.Masks.Repair(
                    channels, Genetics.Operators.ChannelMasks.Repaired(problem.Space, genome.Filters), 0,
                    Genetics.Random.CounterRandom.For(0, "", 0, 0, "")).ShouldBe(channels);
            }
        }
    }

    [Fact]
    public void It_asks_for_no_more_evaluations_than_planned_and_for_the_stated_number_on_the_upper_level()
    {
        foreach (var settings in new[] { Small, Small with { UpperIslands = 1, LowerIslands = 3, LowerGenerations = 0 }, new CembaSettings() })
        {
            var run = new Archipelago(settings, ToyProblem.BiLevel(), 4).Run();
            run.Requested.ShouldBeLessThanOrEqualTo(settings.PlannedEvaluations);
            run.Asked.Where(a => a.Key[0] == 'u')
                .ShouldAllBe(a => a.Value.Count == settings.UpperPopulation * (1 + (settings.Epochs * settings.UpperGenerations)));
            run.Requested.ShouldBeGreaterThan(settings.PlannedEvaluations / 2, "the plan is a bound that means something");
        }
    }

    [Fact]
    public void Dense_islands_start_denser_than_sparse_ones_and_the_first_individual_keeps_everything()
    {
        var islands = SearchFactory.Create(new CembaSettings { UpperPopulation = 40 }, ToyProblem.BiLevel(), 5);
        var first = islands.Take(2).Select(i => ((SearchDemand.Evaluations)i.Search.Demand).Genomes.Cast<MaskGenome>().ToArray()).ToArray();
        first[0][0].Filters.Count.ShouldBe(8);
        first[0].Average(g => g.Filters.Count).ShouldBeGreaterThan(5.5);
        first[1].Average(g => g.Filters.Count).ShouldBeLessThan(4.8);
        first.SelectMany(g => g).ShouldAllBe(g => g.Channels == null);
    }

    [Fact]
    public void Rescoring_a_leader_takes_over_what_the_lower_level_measured()
    {
        var problem = ToyProblem.BiLevel();
        var settings = Small with { UpperIslands = 1, LowerIslands = 1, Epochs = 1 };
        var run = new Archipelago(settings, problem, 6).Run();
        var response = run.Sent.Single(p => p.Source == "l1").Migrants[0];
        var upper = (IStoredSearch)run.Islands["u1"];
        var written = run.Codec.Write(upper);
        written.ShouldContain(response.Genome.Canonical, Case.Sensitive, "the leader's individual is now the response's genome with its figures");
        run.Asked["u1"].Count.ShouldBe(8 * 3, "nothing was asked for after the last generation");
    }

    [Fact]
    public void A_leader_that_comes_again_is_answered_from_memory_before_anything_is_evaluated()
    {
        var problem = ToyProblem.BiLevel();
        var settings = Small with { UpperIslands = 1, LowerIslands = 1, LowerGenerations = 0, Responses = 3 };
        var lower = SearchFactory.Create(settings, problem, 9)[1].Search;
        var genome = new MaskGenome(BitString.Filled(8, true), null);
        var leader = new Evaluated(genome, problem.Evaluation(genome).Key, problem.Measure(genome), null);

        var first = lower.TellImmigrants([new Parcel("u1", "l1", 0, [leader])]).Next;
        var asked = ((SearchDemand.Evaluations)first.Demand).Genomes;
        asked.Length.ShouldBe(3, "the leader's present response came with its figures");
        asked.ShouldAllBe(g => ((MaskGenome)g).Filters.Equals(genome.Filters) && !g.Equals(genome));
        var answer = first.TellEvaluations([.. asked.Select(g => new Evaluated(g, problem.Evaluation(g).Key, problem.Measure(g), null))]);
        var responses = answer.Sent.Single().Migrants;
        responses.Length.ShouldBe(3);

        var second = answer.Next.TellImmigrants([new Parcel("u1", "l1", 1, [responses[0]])]).Next;
        ((SearchDemand.Evaluations)second.Demand).Genomes.Length.ShouldBe(1, "three of four responses are remembered");
    }

    [Fact]
    public void A_problem_without_a_lower_level_is_refused_with_what_to_do()
    {
        var message = Should.Throw<ArgumentException>(() => SearchFactory.Create(new CembaSettings(), ToyProblem.Wide(), 1)).Message;
        message.ShouldContain("per-layer or per-filter");
        message.ShouldContain("nsga2");
    }

    [Fact]
    public void Candidates_that_fail_for_good_neither_lead_nor_survive_into_the_front()
    {
        bool Fails(Genome genome) => genome.Canonical.Sum(c => c) % 3 == 0 || ((MaskGenome)genome).Filters[0];
        var run = new Archipelago(Small, ToyProblem.BiLevel(), 7) { Failing = Fails }.Run();
        run.Computed.ShouldContain(c => c.Failure != null);
        run.Sent.SelectMany(p => p.Migrants).ShouldAllBe(m => m.Failure == null);
        run.Islands.Values.SelectMany(i => i.Archive).ShouldAllBe(m => m.Failure == null);

        var hopeless = new Archipelago(Small, ToyProblem.BiLevel(), 7) { Failing = _ => true }.Run();
        hopeless.Islands.Values.SelectMany(i => i.Archive).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 1, Topology.Ring)]
    [InlineData(1, 2, Topology.FullyConnected)]
    [InlineData(3, 1, Topology.None)]
    [InlineData(3, 3, Topology.Ring)]
    [InlineData(3, 4, Topology.FullyConnected)]
    public void Any_number_of_islands_in_any_topology_comes_to_its_end(int upper, int lower, Topology topology)
    {
        var settings = Small with { UpperIslands = upper, LowerIslands = lower, Topology = topology, UpperObjective = UpperObjective.Macs, Epochs = 3 };
        var run = new Archipelago(settings, ToyProblem.BiLevel(), 8).Run();
        run.Islands.Count.ShouldBe(upper + lower);
        var perIsland = topology switch { Topology.None => 0, Topology.Ring => 1, _ => upper - 1 };
        run.Sent.Count(p => p.Source[0] == 'u' && p.Target[0] == 'u').ShouldBe(upper == 1 ? 0 : upper * perIsland * 2);
    }

    [Fact]
    public void It_finds_the_true_optimum_with_fewer_evaluations_than_the_nested_genetic_algorithm()
    {
        var problem = ToyProblem.BiLevel();
        var optimum = TrueFront(problem);
        var two = new CembaSettings
        {
            Epochs = 400, UpperPopulation = 10, UpperGenerations = 2, LowerPopulation = 4, LowerGenerations = 1, Leaders = 2, Responses = 2, Exchange = 2,
        };

        // Nested: every individual of every generation is a leader and gets its own lower-level search.
        var nested = two with { UpperIslands = 1, LowerIslands = 1, UpperGenerations = 1, Leaders = 10, Memory = 0 };
        long[] seeds = [1, 2, 3, 4, 5];
        var cemba = seeds.Select(s => EvaluationsUntil(two, problem, s, optimum)).Order().ToArray();
        var reference = seeds.Select(s => EvaluationsUntil(nested, problem, s, optimum)).Order().ToArray();
        cemba[2].ShouldBeLessThan(reference[2], "in the median");
    }

    /// <summary>
    /// For each number of filters the smallest error that any choice of filters and channels has, where fewer filters do not reach it.
    /// </summary>
    private static HashSet<(double Filters, double Error)> TrueFront(ToyProblem problem)
    {
        var best = new SortedDictionary<double, double>();
        for (var bits = 0; bits < 1 << 15; bits++)
        {
            var u = BitString.Create(8, i => (bits >> i & 1) != 0);
            if ((bits & 0xf) == 0 || (bits & 0xf0) == 0 || (bits >> 8 & 0x7) == 0)
            {
                continue;
            }

            var v = BitString.Create(7, i => (bits >> (8 + i) & 1) != 0);
            var genome = Genetics.Operators.ChannelMasks.Genome(problem.Space, u, v);
            if (genome.Channels is { } c && !Enumerable.Range(3, 4).Any(i => c[i]))
            {
                continue;
            }

            var measures = problem.Measure(genome);
            var filters = measures[MeasureNames.Filters];
            best[filters] = Math.Min(best.GetValueOrDefault(filters, double.PositiveInfinity), measures[MeasureNames.Error]);
        }

        return [.. best.Where(b => best.All(o => o.Key >= b.Key || o.Value > b.Value)).Select(b => (b.Key, b.Value))];
    }

    private static int EvaluationsUntil(CembaSettings settings, ToyProblem problem, long seed, HashSet<(double Filters, double Error)> optimum)
    {
        var run = new Archipelago(settings, problem, seed)
        {
            Until = r => optimum.IsSubsetOf(r.Computed.Select(c => (c[MeasureNames.Filters], c[MeasureNames.Error]))),
        };
        run.Run();
        var found = run.Computed.Select(c => (c[MeasureNames.Filters], c[MeasureNames.Error]));
        optimum.ShouldBeSubsetOf(found, $"the whole front should be found (seed {seed})");
        return run.Computed.Count;
    }

    private static BitString Filters(Evaluated individual) => ((MaskGenome)individual.Genome).Filters;
}
