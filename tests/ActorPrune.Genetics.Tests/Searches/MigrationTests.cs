using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public sealed class MigrationTests
{
    private static readonly ImmutableArray<string> Objectives = [MeasureNames.Error, MeasureNames.Macs];

    private static readonly ImmutableArray<string> Islands = ["a", "b", "c", "d", "e"];

    [Theory]
    [InlineData(Topology.Ring, "e>a a>b b>c c>d d>e")]
    [InlineData(Topology.Star, "b>a c>a d>a e>a a>b a>c a>d a>e")]
    [InlineData(Topology.None, "")]
    [InlineData(Topology.FullyConnected, "b>a c>a d>a e>a a>b c>b d>b e>b a>c b>c d>c e>c a>d b>d c>d e>d a>e b>e c>e d>e")]
    public void A_topology_says_who_sends_to_whom(Topology topology, string edges) => Edges(topology, 2, 1).ShouldBe(edges);

    [Fact]
    public void In_a_random_topology_each_island_receives_from_so_many_others_and_the_seed_decides_which()
    {
        var neighbourhoods = Enumerable.Range(0, 5).Select(i => Neighbourhood.Of(Islands, i, Topology.Random, 2, 7)).ToArray();
        neighbourhoods.ShouldAllBe(n => n.Sources.Length == 2);
        foreach (var (island, own) in Islands.Zip(neighbourhoods))
        {
            own.Sources.ShouldNotContain(island);
            own.Targets.ShouldBe(
                Islands.Zip(neighbourhoods).Where(n => n.Second.Sources.Contains(island)).Select(n => n.First),
                "what one sends another receives");
        }

        Edges(Topology.Random, 2, 7).ShouldBe(Edges(Topology.Random, 2, 7));
        Edges(Topology.Random, 60, 7).ShouldBe(Edges(Topology.FullyConnected, 60, 7), "all others where there are fewer");
        Enumerable.Range(0, 20).Select(seed => Edges(Topology.Random, 2, seed)).Distinct().Count().ShouldBeGreaterThan(10);
    }

    [Fact]
    public void One_island_has_no_neighbours_in_any_topology()
    {
        foreach (var topology in Enum.GetValues<Topology>())
        {
            Neighbourhood.Of(["only"], 0, topology, 1, 1).Exist.ShouldBeFalse(topology.ToString());
        }
    }

    [Fact]
    public void The_best_leave_by_contribution_or_by_crowding_and_random_ones_are_any()
    {
        ImmutableArray<Evaluated> population = [Point(0.1, 100), Point(0.11, 98), Point(0.2, 40), Point(0.4, 10), Point(0.5, 90)];
        var failed = new Evaluated(population[0].Genome, new JobKey("f"), ImmutableSortedDictionary<string, double>.Empty, "failed");

        Errors(EmigrantSelection.Hypervolume, 3).ShouldBe([0.11, 0.2, 0.4], ignoreOrder: true);
        Errors(EmigrantSelection.Best, 2).ShouldBe([0.1, 0.4], ignoreOrder: true);
        var random = Enumerable.Range(0, 400).Select(g => Migration.Emigrants(
            [.. population, failed], Objectives, EmigrantSelection.Random, 1, new Draws(1, "a", g)).Single()["error"]);
        var counts = random.CountBy(e => e).ToDictionary();
        counts.Count.ShouldBe(5, "a failed candidate never leaves");
        counts.Values.ShouldAllBe(c => c > 50 && c < 110);

        IEnumerable<double> Errors(EmigrantSelection policy, int count) =>
            Migration.Emigrants([.. population, failed], Objectives, policy, count, new Draws(1, "a", 2)).Select(e => e["error"]);
    }

    [Fact]
    public void Immigrants_take_the_places_that_the_policy_says()
    {
        ImmutableArray<Evaluated> population = [Point(0.1, 100), Point(0.2, 50), Point(0.3, 200), Point(0.4, 10)];
        ImmutableArray<Evaluated> poor = [Point(0.9, 300)];

        Errors(Replacement.Worst, poor, 0).ShouldBe([0.1, 0.2, 0.4, 0.9], ignoreOrder: true);
        Errors(Replacement.Fair, poor, 0).ShouldBe([0.1, 0.2, 0.3, 0.4], ignoreOrder: true);
        Errors(Replacement.Fair, [Point(0.05, 5)], 0).ShouldContain(0.05);
        var gone = Enumerable.Range(0, 200)
            .SelectMany(g => new[] { 0.1, 0.2, 0.3, 0.4 }.Except(Errors(Replacement.Random, poor, g)))
            .CountBy(e => e)
            .ToDictionary();
        gone.Count.ShouldBe(4);
        gone.Values.Sum().ShouldBe(200);
        gone.Values.ShouldAllBe(c => c > 25);

        // Whoever is there already takes no place.
        Errors(Replacement.Random, [population[2]], 3).ShouldBe([0.1, 0.2, 0.3, 0.4], ignoreOrder: true);

        double[] Errors(Replacement policy, ImmutableArray<Evaluated> immigrants, int generation) =>
            [.. Migration.Replaced(population, immigrants, Objectives, policy, 4, new Draws(1, "a", generation)).Select(e => e["error"])];
    }

    [Fact]
    public void Islands_of_any_policy_exchange_what_they_found()
    {
        var problem = ToyProblem.Wide();
        foreach (var policy in Enum.GetValues<EmigrantSelection>())
        {
            var settings = new DeepPruningEsSettings
            {
                Population = 8, Generations = 9, Islands = 4, Topology = Topology.Star, MigrationInterval = 3, Migrants = 3, Emigrants = policy,
            };
            var run = new Archipelago(settings, problem, 8).Run();
            run.Sent.CountBy(p => p.Source).ToDictionary()["d1"].ShouldBe(3 * 2, "the hub sends to three others before generations 3 and 6 end");
            run.Sent.ShouldAllBe(p => p.Migrants.Length >= 1 && p.Migrants.Length <= 3);
        }
    }

    private static string Edges(Topology topology, int degree, long seed) => string.Join(' ', Enumerable.Range(0, Islands.Length).SelectMany(i =>
        Neighbourhood.Of(Islands, i, topology, degree, seed).Sources.Select(source => $"{source}>{Islands[i]}")));

    private static Evaluated Point(double error, double macs)
    {
        var bits = (int)(error * 100);
        return new Evaluated(
            new MaskGenome(BitString.Create(128, i => i < bits), null),
            new JobKey($"{bits:x64}"),
            ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, error).Add(MeasureNames.Macs, macs),
            null);
    }
}
