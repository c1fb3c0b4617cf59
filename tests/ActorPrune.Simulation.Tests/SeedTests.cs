using System.Collections.Concurrent;

namespace ActorPrune.Simulation.Tests;

/// <summary>A small part of what the program runs. A failure names the seed, which the program replays.</summary>
public sealed class SeedTests
{
    private const int Seeds = 150;

    public static TheoryData<string> PlantedFaults => [.. PlantNames.All];

    [Fact]
    public void The_first_seeds_hold()
    {
        var failing = new ConcurrentBag<string>();
        Parallel.For(1, Seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            if (SeedRun.Of(seed).Violation is { } violation)
            {
                failing.Add($"{violation}\n{Replay.Command(seed, Plant.None)}");
            }
        });

        failing.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(PlantedFaults))]
    public void A_planted_fault_is_found_within_500_seeds(string name)
    {
        PlantNames.TryParse(name, out var plant).ShouldBeTrue();

        Enumerable.Range(1, 500).Any(seed => SeedRun.Of(seed, plant).Violation is not null).ShouldBeTrue();
    }

    [Fact]
    public void Where_nothing_goes_wrong_no_job_is_computed_twice_and_nothing_is_found()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var scenario = ScenarioDraw.Of(seed) with
            {
                Faults = [], Rates = new FaultRates(0, 0, 0, 0, 0), Poison = new Poison(0, 0), Stragglers = false,
            };

            SeedRun.Of(scenario).Violation.ShouldBeNull($"seed {seed}");
        }
    }

    [Theory]
    [InlineData(390)]
    [InlineData(3710)]
    [InlineData(3980)]
    public void A_start_that_was_due_while_all_leave_is_none(long seed) => SeedRun.Of(seed).Violation.ShouldBeNull();

    [Fact]
    public void A_seed_is_the_same_run_each_time()
    {
        var traces = Enumerable.Range(0, 2).Select(_ =>
        {
            using var text = new StringWriter();
            SeedRun.Of(10, trace: text);
            return text.ToString();
        }).ToArray();

        traces[0].ShouldContain("claims toy/experiment under token 1");
        traces[1].ShouldBe(traces[0]);
    }

    [Fact]
    public void A_failing_seed_is_printed_with_the_command_that_replays_it()
    {
        using var output = new StringWriter();

        new Campaign(Plant.DoubleDelivery, mostFailures: 1, output).Run(first: 1, count: 3, threads: 1).ShouldBe(1);

        output.ToString().ShouldContain("Seed 1 (");
        output.ToString().ShouldContain("-- --seed 1 --trace --plant double-delivery");
        output.ToString().ShouldContain("1 seeds, 1 failing");
    }
}
