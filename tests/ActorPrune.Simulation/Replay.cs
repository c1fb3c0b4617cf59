using ActorPrune.Actors.TestKit.Simulation;

namespace ActorPrune.Simulation;

/// <summary>One seed again, for people.</summary>
internal static class Replay
{
    public static string Command(long seed, Plant plant) =>
        $"dotnet run -c Release --project tests/ActorPrune.Simulation -- --seed {seed} --trace"
        + (plant == Plant.None ? string.Empty : $" --plant {PlantNames.Of(plant)}");

    /// <returns>The exit code.</returns>
    public static int Of(long seed, Plant plant, bool trace)
    {
        var scenario = ScenarioDraw.Of(seed);
        Console.Out.WriteLine($"Seed {seed}: {scenario.Method}, search seed {scenario.SearchSeed}");
        Console.Out.WriteLine($"Nodes: {string.Join("; ", scenario.Nodes)}");
        Console.Out.WriteLine($"Rates: {scenario.Rates}; bad jobs: {scenario.Poison.Share:P0}; lease {SimulatedCluster.Lease}");
        foreach (var fault in scenario.Faults.OrderBy(f => f.At))
        {
            Console.Out.WriteLine($"Planned: {fault}");
        }

        var report = SeedRun.Of(seed, plant, trace ? Console.Out : null);
        Console.Out.WriteLine(report.Violation is null
            ? $"Seed {seed} holds: {report.Jobs} computations, {report.Commits} turns in {report.VirtualTime} of virtual time"
            : $"Seed {seed} fails: {report.Violation}");
        return report.Violation is null ? 0 : 1;
    }
}
