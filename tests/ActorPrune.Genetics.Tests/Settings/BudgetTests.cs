using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Settings;

public sealed class BudgetTests
{
    /// <summary>Every method that goes on as long as it is told to, with settings small enough to be run.</summary>
    private static readonly MethodSettings[] Small =
    [
        new CembaSettings { UpperPopulation = 4, UpperGenerations = 1, LowerPopulation = 3, Leaders = 2, Exchange = 1 },
        new EvoFcSettings { Population = 6 },
        new EvoFcSettings { Population = 3, WriteBack = WriteBack.Generation, Islands = 2, MigrationInterval = 2, Migrants = 1 },
        new DeepPruningEsSettings { Population = 10 },
        new DeepPruningEsSettings { Population = 8, Islands = 3, MigrationInterval = 3 },
        new Nsga2Settings { Population = 10 },
        new Nsga2Settings { Population = 7, Islands = 2, MigrationInterval = 2 },
        new RandomSettings { Population = 20 },
    ];

    public static TheoryData<string> Names { get; } =
        [.. SearchMethods.All.Where(m => m.Defaults is not CriterionSettings).Select(m => m.Name)];

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            foreach (var budget in new[] { 97, 120 })
            {
                for (var i = 0; i < Small.Length; i++)
                {
                    cases.Add(i, budget);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_methods_search_is_made_as_long_as_the_budget_allows_and_no_longer(string name)
    {
        var defaults = SearchMethods.Named(name).Defaults;
        for (var budget = 200L; budget <= 100_000; budget *= 3)
        {
            var within = defaults.Within(budget);
            within.PlannedEvaluations.ShouldBeLessThanOrEqualTo(budget);
            within.Validate().ShouldBeEmpty();
            within.Within(within.PlannedEvaluations).ShouldBe(within);
            Longer(within).PlannedEvaluations.ShouldBeGreaterThan(budget);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_a_search_asks_for_is_what_was_counted(int which, int budget)
    {
        var settings = Small[which].Within(budget);
        var run = new Archipelago(settings, ToyProblem.BiLevel(), 3).Run();
        if (settings is CembaSettings)
        {
            // Responses that a lower island remembers, and leaders that two upper islands share, need no evaluation: the count is a bound.
            run.Requested.ShouldBeInRange(budget / 2, settings.PlannedEvaluations);
        }
        else
        {
            run.Requested.ShouldBe(settings.PlannedEvaluations);
        }
    }

    [Fact]
    public void The_lengths_that_a_budget_of_sixty_allows()
    {
        ((Nsga2Settings)new Nsga2Settings { Population = 20 }.Within(60)).Generations.ShouldBe(2);
        ((Nsga2Settings)new Nsga2Settings { Population = 20 }.Within(59)).Generations.ShouldBe(1);
        ((EvoFcSettings)new EvoFcSettings().Within(60)).Generations.ShouldBe(5);
        ((DeepPruningEsSettings)new DeepPruningEsSettings().Within(60)).Generations.ShouldBe(2);
        ((RandomSettings)new RandomSettings().Within(60)).Evaluations.ShouldBe(60);

        // 2 × 4 at first; an epoch has 2 × 4 on the upper level and 2 × 2 × 1 × (1 + 2) on the lower.
        var cemba = new CembaSettings { UpperPopulation = 4, UpperGenerations = 1, LowerPopulation = 2, Leaders = 1 };
        ((CembaSettings)cemba.Within(60)).Epochs.ShouldBe(2);
        cemba.Within(60).PlannedEvaluations.ShouldBe(48);
    }

    [Theory]
    [InlineData("cemba", 127, 128)]
    [InlineData("evofc", 9, 10)]
    [InlineData("deep-pruning-es", 0, 1)]
    [InlineData("nsga2", 19, 20)]
    [InlineData("smoea", 10, 11)]
    [InlineData("random", 0, 1)]
    public void A_budget_below_the_shortest_search_is_refused_with_what_that_asks_for(string name, int budget, int least)
    {
        var defaults = SearchMethods.Named(name).Defaults;
        var refusal = Should.Throw<ArgumentException>(() => defaults.Within(budget)).Message;
        refusal.ShouldContain($"budget of {budget} evaluations is too small for {name}");
        refusal.ShouldContain($"asks for {least}.");
        defaults.Within(least).PlannedEvaluations.ShouldBe(least);
    }

    [Fact]
    public void Uniform_pruning_lists_its_candidates_and_needs_no_budget()
    {
        var settings = new MagnitudeSettings { Macs = [0.3, 0.5, 0.7] };
        settings.Within(1).ShouldBeSameAs(settings);
    }

    private static MethodSettings Longer(MethodSettings settings) => settings switch
    {
        CembaSettings cemba => cemba with { Epochs = cemba.Epochs + 1 },
        SmoeaSettings smoea => smoea with { Measured = smoea.Measured + 1 },
        IslandSettings islands => islands with { Generations = islands.Generations + 1 },
        RandomSettings random => random with { Evaluations = random.Evaluations + 1 },
        _ => throw new InvalidOperationException($"How a search of {settings.Method} is made longer is not said here."),
    };
}
