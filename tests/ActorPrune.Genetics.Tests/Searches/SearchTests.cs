using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class SearchTests
{
    public static TheoryData<string> Cases { get; } = [.. Settings.Keys];

    private static Dictionary<string, (MethodSettings Settings, ToyProblem Problem)> Settings => new()
    {
        ["cemba"] = (new CembaSettings { Epochs = 3, UpperPopulation = 6, LowerPopulation = 3 }, ToyProblem.BiLevel()),
        ["cemba per filter"] = (new CembaSettings { Epochs = 2, UpperIslands = 3, Topology = Topology.FullyConnected, UpperObjective = UpperObjective.Macs },
            ToyProblem.BiLevel(ChannelMode.PerFilter)),
        ["nsga2"] = (new Nsga2Settings { Population = 8, Generations = 6 }, ToyProblem.Wide()),
        ["nsga2 islands"] = (new Nsga2Settings { Population = 6, Generations = 7, Islands = 3, MigrationInterval = 2, Guidance = 0.5, ResizeRate = 0.2 },
            ToyProblem.Wide(withImportance: true, multiple: 8)),
        ["nsga2 ranked"] = (new Nsga2Settings
        {
            Population = 8, Generations = 6, Encoding = Encoding.Ranked, Criteria = ["l1", "fpgm"], Crossover = Crossover.TwoPoint
        }, ToyProblem.Wide()),
        ["nsga2 random islands"] = (new Nsga2Settings
        {
            Population = 6, Generations = 7, Islands = 4, MigrationInterval = 2, Topology = Topology.Random, Degree = 2,
            Emigrants = EmigrantSelection.Random, Replacement = Replacement.Random,
        }, ToyProblem.Wide()),
        ["deep-pruning-es"] = (new DeepPruningEsSettings { Population = 9, Generations = 6 }, ToyProblem.Wide()),
        ["deep-pruning-es islands"] = (new DeepPruningEsSettings
        {
            Population = 7, Generations = 6, Islands = 3, MigrationInterval = 2, Topology = Topology.Star
        }, ToyProblem.Wide(multiple: 8)),
        ["evofc"] = (new EvoFcSettings { Population = 4, Generations = 4 }, ToyProblem.Wide()),
        ["evofc islands"] = (new EvoFcSettings { Population = 5, Generations = 5, Islands = 3, MigrationInterval = 2, WriteBack = WriteBack.Generation },
            ToyProblem.Wide(multiple: 8)),
        ["evofc base"] = (new EvoFcSettings
        {
            Population = 5, Generations = 4, Inheritance = InheritanceKind.Base, Criteria = ["l1", "fpgm"]
        }, ToyProblem.Wide()),
        ["smoea"] = (new SmoeaSettings { Groups = 4, Population = 6, Generations = 3, Measured = 2 }, ToyProblem.Wide()),
        ["smoea islands"] = (new SmoeaSettings
        {
            Groups = 3, Order = GroupOrder.Backward, Population = 5, Generations = 2, Measured = 3, FineTune = 0,
                Choice = GroupChoiceRule.MaxDrop, MaxDrop = 0.3,
            Islands = 3, Topology = Topology.FullyConnected,
        }, ToyProblem.Wide(multiple: 8)),
        ["random"] = (new RandomSettings { Evaluations = 30, Population = 8 }, ToyProblem.Wide()),
        ["magnitude"] = (new MagnitudeSettings { Macs = [0.7, 0.3] }, ToyProblem.Wide()),
        ["fpgm"] = (new FpgmSettings { Points = 4 }, ToyProblem.Wide(multiple: 8)),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_state_that_was_written_and_read_before_every_turn_goes_the_same_way(string which)
    {
        var (settings, problem) = Settings[which];
        var straight = new Archipelago(settings, problem, 21).Run();
        var reader = new SearchCodec(settings, problem, 21);
        var stored = new Archipelago(settings, problem, 21)
        {
            BeforeTurn = search =>
            {
                var text = reader.Write(search);
                var read = reader.Read(text);
                reader.Write(read).ShouldBe(text);
                read.Generation.ShouldBe(search.Generation);
                read.Archive.Select(a => a.Job).ShouldBe(search.Archive.Select(a => a.Job));
                return read;
            },
        }.Run();
        ShouldBeTheSame(stored, straight);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_order_in_which_islands_take_their_turns_changes_nothing(string which)
    {
        var (settings, problem) = Settings[which];
        var reference = new Archipelago(settings, problem, 22).Run();
        for (var scheduler = 1; scheduler < 4; scheduler++)
        {
            ShouldBeTheSame(new Archipelago(settings, problem, 22).Run(scheduler), reference);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Seeds_decide_what_random_searches_ask_for_and_nothing_in_the_others(string which)
    {
        var (settings, problem) = Settings[which];
        var first = new Archipelago(settings, problem, 23).Run().Asked.SelectMany(a => a.Value);
        var second = new Archipelago(settings, problem, 24).Run().Asked.SelectMany(a => a.Value);
        first.SequenceEqual(second).ShouldBe(settings is CriterionSettings);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluations_stay_within_the_plan_and_the_islands_archives_hold_the_front_of_all(string which)
    {
        var (settings, problem) = Settings[which];
        var run = new Archipelago(settings, problem, 25).Run();
        run.Requested.ShouldBeLessThanOrEqualTo(settings.PlannedEvaluations);
        run.Islands.Values.Aggregate(Archive.Empty, (all, island) => all.AddRange(island.Archive)).Members.Select(m => m.Job)
            .ShouldBe(Archive.Empty.AddRange(run.Computed).Members.Select(m => m.Job));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_not_asked_for_is_refused(string which)
    {
        var (settings, problem) = Settings[which];
        var search = SearchFactory.Create(settings, problem, 26)[0].Search;
        var asked = ((SearchDemand.Evaluations)search.Demand).Genomes;
        var results = asked.Select(g => new Evaluated(g, problem.Evaluation(g).Key, problem.Measure(g), null)).ToImmutableArray();
        Should.Throw<ArgumentException>(() => search.TellEvaluations(results[1..]));
        Should.Throw<ArgumentException>(() => search.TellEvaluations([.. results, results[0]]));
        if (results.Length > 1)
        {
            Should.Throw<ArgumentException>(() => search.TellEvaluations([.. results.Reverse()]));
        }

        Should.Throw<InvalidOperationException>(() => search.TellImmigrants([]));
        var over = new Archipelago(settings, problem, 26).Run().Islands.Values.First();
        Should.Throw<InvalidOperationException>(() => over.TellEvaluations(results)).Message.ShouldContain("over");
    }

    [Fact]
    public void Parcels_of_another_epoch_or_source_are_refused()
    {
        var lower = SearchFactory.Create(new CembaSettings(), ToyProblem.BiLevel(), 1)[2];
        lower.Name.ShouldBe("l1");
        var right = new[] { new Parcel("u1", "l1", 0, []), new Parcel("u2", "l1", 0, []) };
        Should.Throw<ArgumentException>(() => lower.Search.TellImmigrants([right[1], right[0]])).Message.ShouldContain("u1, u2, in this order");
        Should.Throw<ArgumentException>(() => lower.Search.TellImmigrants([right[0], right[1] with { Epoch = 1 }]));
        Should.Throw<ArgumentException>(() => lower.Search.TellImmigrants([right[0]]));
        lower.Search.TellImmigrants([.. right]).Sent.Select(p => p.Target).ShouldBe(["u1", "u2", "l2"], "parcels go out even when there is nothing to send");
    }

    [Fact]
    public void Damaged_states_are_refused_and_never_crash()
    {
        var (settings, problem) = Settings["cemba"];
        var turns = 0;
        var run = new Archipelago(settings, problem, 27) { Until = _ => ++turns > 20 }.Run();
        foreach (var island in run.Islands.Values)
        {
            var text = run.Codec.Write(island);
            for (var cut = 0; cut < text.Length; cut += Math.Max(1, text.Length / 60))
            {
                Should.Throw<FormatException>(() => run.Codec.Read(text[..cut]));
            }

            foreach (var (from, to) in new[]
            {
                ("\"stage\":\"", "\"stage\":\"X"), ("\"epoch\":", "\"epoch\":[]+"), ("\"archive\":[", "\"archive\":[99999,"),
                ("mask", "tree"), (island is IStoredSearch s ? s.Island : "", "x9")
            })
            {
                Should.Throw<FormatException>(() => run.Codec.Read(text.Replace(from, to, StringComparison.Ordinal)), $"{from} → {to}");
            }
        }

        Should.Throw<FormatException>(() => run.Codec.Read("null"));
        Should.Throw<FormatException>(() => run.Codec.Read("[]")).Message.ShouldContain("l1, l2, u1, u2");
        var other = SearchFactory.Create(new RandomSettings(), problem, 1)[0].Search;
        Should.Throw<ArgumentException>(() => run.Codec.Write(other)).Message.ShouldContain("none of the islands");
    }

    [Fact]
    public void Infinite_and_undefined_figures_survive_being_written()
    {
        var (settings, problem) = Settings["random"];
        var codec = new SearchCodec(settings, problem, 1);
        var search = SearchFactory.Create(settings, problem, 1)[0].Search;
        var results = ((SearchDemand.Evaluations)search.Demand).Genomes.Select((g, i) => new Evaluated(
            g, problem.Evaluation(g).Key, problem.Measure(g).Add("latencyMs", i % 2 == 0 ? double.PositiveInfinity : double.NaN), null)).ToImmutableArray();
        var read = codec.Read(codec.Write(search.TellEvaluations(results).Next));
        read.Archive.ShouldNotBeEmpty();
        read.Archive.Select(a => double.IsFinite(a["latencyMs"])).ShouldAllBe(finite => !finite);
    }

    [Fact]
    public void Nsga2_comes_near_the_true_front_where_random_search_does_not()
    {
        var problem = ToyProblem.Wide();
        var evolved = new Archipelago(new Nsga2Settings { Population = 30, Generations = 60 }, problem, 30).Run();
        var random = new Archipelago(new RandomSettings { Evaluations = 30 * 61 }, problem, 30).Run();
        Volume(evolved, problem).ShouldBeGreaterThan(Volume(random, problem) * 1.05);
    }

    [Fact]
    public void Guidance_and_the_ranked_encoding_find_better_fronts_with_few_evaluations()
    {
        var problem = ToyProblem.Wide(withImportance: true);
        var settings = new Nsga2Settings { Population = 20, Generations = 19, DensityMin = 0.1 };
        var blind = Volume(new Archipelago(settings, problem, 31).Run(), problem);
        var half = Volume(new Archipelago(settings with { Guidance = 0.5 }, problem, 31).Run(), problem);
        var guided = Volume(new Archipelago(settings with { Guidance = 1, ResizeRate = 0.2 }, problem, 31).Run(), problem);
        var ranked = Volume(new Archipelago(settings with { Encoding = Encoding.Ranked }, problem, 31).Run(), problem);
        half.ShouldBeGreaterThan(blind);
        guided.ShouldBeGreaterThan(half);
        ranked.ShouldBeGreaterThan(half);
    }

    [Theory]
    [InlineData(Encoding.Mask)]
    [InlineData(Encoding.Ranked)]
    public void Uniform_seeds_are_what_a_uniform_criterion_prunes_from_dense_to_sparse(Encoding encoding)
    {
        var problem = ToyProblem.Wide(withImportance: true, multiple: 4);
        var settings = new Nsga2Settings { Population = 6, UniformSeeds = 4, DensityMin = 0.25, Encoding = encoding };
        var first = ((SearchDemand.Evaluations)SearchFactory.Create(settings, problem, 34)[0].Search.Demand).Genomes;
        double[] densities = [1, 0.8125, 0.625, 0.4375, 0.25];
        foreach (var (density, genome) in densities.Zip(first))
        {
            var keep = problem.Space.Groups.Select(g => Genetics.Operators.KeepCounts.Nearest(g, density * g.Length)).ToArray();
            var uniform = new CriterionGenome([.. keep.Select(k => new GroupChoice(k, "l1"))]);
            problem.Measure(genome)["error"].ShouldBe(problem.Measure(uniform)["error"], 1e-9, $"density {density}");
        }

        // One island a range: the dense island begins with everything, the sparse one with its first seed.
        var cemba = SearchFactory.Create(new CembaSettings { UniformSeeds = 3, Guidance = 0.5 }, ToyProblem.BiLevel(), 35);
        var counts = cemba.Take(2)
            .Select(i => ((SearchDemand.Evaluations)i.Search.Demand).Genomes.Cast<MaskGenome>().Select(g => g.Filters.Count).ToArray())
            .ToArray();
        counts[0][..4].ShouldBe([8, 8, 6, 6]);
        counts[1][..3].ShouldBe([4, 4, 2]);
    }

    [Theory]
    [InlineData(Encoding.Mask)]
    [InlineData(Encoding.Ranked)]
    public void Sloped_seeds_are_uniform_rising_and_falling_in_turn(Encoding encoding)
    {
        var problem = ToyProblem.Wide(withImportance: true);
        var settings = new Nsga2Settings { Population = 6, UniformSeeds = 3, DensityMin = 0.4, SeedSlope = 0.5, Encoding = encoding };
        var first = ((SearchDemand.Evaluations)SearchFactory.Create(settings, problem, 36)[0].Search.Demand).Genomes;

        Shares(first[1]).ShouldAllBe(s => Math.Abs(s - 0.8) < 0.05);
        Shares(first[2]).ShouldBeInOrder(SortDirection.Ascending);
        Shares(first[2])[^1].ShouldBeGreaterThan(Shares(first[2])[0] + 0.3);
        Shares(first[3]).ShouldBeInOrder(SortDirection.Descending);

        List<double> Shares(Genome genome)
        {
            var offset = 0;
            return [.. problem.Space.Groups.Select((g, i) =>
            {
                var kept = genome is CriterionGenome ranked ? ranked.Choices[i].Keep
                    : Enumerable.Range(offset, g.Length).Count(b => ((MaskGenome)genome).Filters[b]);
                offset += g.Length;
                return (double)kept / g.Length;
            })];
        }
    }

    [Fact]
    public void Islands_of_nsga2_send_their_best_around_the_ring_every_few_generations()
    {
        var (settings, problem) = Settings["nsga2 islands"];
        var run = new Archipelago(settings, problem, 32).Run();
        run.Sent.Select(p => (p.Epoch, p.Source, p.Target)).Order().ShouldBe(
            Enumerable.Range(0, 3).SelectMany(epoch => new[] { (epoch, "n1", "n2"), (epoch, "n2", "n3"), (epoch, "n3", "n1") }));
        run.Sent.ShouldAllBe(p => p.Migrants.Length > 0 && p.Migrants.Length <= 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void Uniform_pruning_reaches_arbitrary_costs_within_two_percent(int multiple)
    {
        var problem = ToyProblem.Wide(multiple: multiple);
        var all = problem.Cost(
            ((SearchDemand.Evaluations)SearchFactory.Create(new MagnitudeSettings { Macs = [1] }, problem, 1)[0].Search.Demand).Genomes[0],
            MeasureNames.Macs);
        double[] targets = [0.9, 0.77, 0.5, 0.31, 0.2];
        var search = SearchFactory.Create(new FpgmSettings { Macs = [.. targets] }, problem, 1)[0].Search;
        var genomes = ((SearchDemand.Evaluations)search.Demand).Genomes;
        foreach (var (target, genome) in targets.Zip(genomes.Cast<CriterionGenome>()))
        {
            (problem.Cost(genome, MeasureNames.Macs) / all / target).ShouldBe(1, 0.02);
            genome.Choices.ShouldAllBe(c => c.Criterion == "fpgm" && c.Keep >= 1 && c.Keep % multiple == 0);
            var shares = genome.Choices.Zip(problem.Space.Groups, (c, g) => (Share: c.Keep / (double)g.Length, Step: multiple / (double)g.Length)).ToArray();
            (shares.Max(s => s.Share - (1.5 * s.Step)) <= shares.Min(s => s.Share + (1.5 * s.Step)))
                .ShouldBeTrue("every group is within a step and a half of one ratio");
        }
    }

    [Fact]
    public void Unreachable_costs_become_the_nearest_that_can_be_reached()
    {
        var problem = ToyProblem.Wide(multiple: 8);
        var search = SearchFactory.Create(new MagnitudeSettings { Macs = [1, 0.0001] }, problem, 1)[0].Search;
        var genomes = ((SearchDemand.Evaluations)search.Demand).Genomes.Cast<CriterionGenome>().ToArray();
        genomes[0].Choices.Select(c => c.Keep).ShouldBe(problem.Space.Groups.Select(g => g.Length));
        genomes[1].Choices.ShouldAllBe(c => c.Keep == 8);
    }

    [Fact]
    public void A_random_searchs_genomes_do_not_depend_on_the_size_of_its_batches()
    {
        var problem = ToyProblem.Wide();
        var small = new Archipelago(new RandomSettings { Evaluations = 30, Population = 7 }, problem, 33).Run();
        var large = new Archipelago(new RandomSettings { Evaluations = 30, Population = 30 }, problem, 33).Run();
        small.Asked["random"].ShouldBe(large.Asked["random"]);
        small.Asked["random"].Distinct().Count().ShouldBe(30);
    }

    private static double Volume(Archipelago run, ToyProblem problem)
    {
        var all = problem.Cost(new CriterionGenome([.. problem.Space.Groups.Select(g => new GroupChoice(g.Length, "l1"))]), MeasureNames.Macs);
        return Hypervolume.Of([.. run.Computed.Select(c => new[] { c["error"], c["macs"] / all })], [1, 1]);
    }

    private static void ShouldBeTheSame(Archipelago run, Archipelago reference)
    {
        run.Asked.Keys.ShouldBe(reference.Asked.Keys);
        foreach (var (island, asked) in reference.Asked)
        {
            run.Asked[island].SequenceEqual(asked).ShouldBeTrue($"island {island} should ask for the same genomes in the same order");
            run.Islands[island].Archive.Select(a => a.Job).SequenceEqual(reference.Islands[island].Archive.Select(a => a.Job)).ShouldBeTrue();
        }

        static IEnumerable<string> Mail(Archipelago of) => of.Sent
            .Select(p => $"{p.Source}>{p.Target} {p.Epoch}: {string.Join(';', p.Migrants.Select(m => m.Genome.Canonical))}").Order(StringComparer.Ordinal);
        Mail(run).SequenceEqual(Mail(reference)).ShouldBeTrue("the same parcels should travel");
    }
}
