using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;

namespace ActorPrune.Simulation;

/// <summary>What one seed came to.</summary>
/// <param name="Seed">See <see cref="Scenario"/>.</param>
/// <param name="Method">The search's name.</param>
/// <param name="Violation">The first thing that was wrong, or null.</param>
/// <param name="Tally">What went wrong by plan.</param>
/// <param name="VirtualTime">How long it took on the virtual clock.</param>
/// <param name="Jobs">Jobs begun.</param>
/// <param name="Commits">Turns committed.</param>
internal sealed record SeedReport(
    long Seed, string Method, string? Violation, Tally Tally, TimeSpan VirtualTime, long Jobs, long Commits);

/// <summary>Runs one seed from its beginning to the audit.</summary>
internal static class SeedRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    public static SeedReport Of(long seed, Plant plant = Plant.None, TextWriter? trace = null) =>
        Of(ScenarioDraw.Of(seed), plant, trace);

    public static SeedReport Of(Scenario scenario, Plant plant = Plant.None, TextWriter? trace = null)
    {
        using var director = new Director(scenario, plant, trace);
        string? violation;
        try
        {
            violation = Run(director, scenario) ?? director.Witness.Violation;
        }
#pragma warning disable CA1031 // whatever comes out of a run is a finding about its seed
        catch (Exception e)
#pragma warning restore CA1031
        {
            violation = e.ToString();
        }

        return new SeedReport(
            scenario.Seed,
            scenario.Method.Method,
            violation,
            director.Tally,
            director.Cluster.Clock.Elapsed,
            director.Cluster.Begun.Values.Sum(n => (long)n),
            director.Witness.Commits);
    }

    private static string? Run(Director director, Scenario scenario)
    {
        var (cluster, witness) = (director.Cluster, director.Witness);
        bool IsOver() => cluster.Status is ExperimentStatus.Finished or ExperimentStatus.Failed || witness.Violation is not null;
        bool StandsStill() => director.IsMended
            && cluster.Clock.GetUtcNow() > Later(witness.LastProgress, scenario.Troubles, cluster) + Patience;

        var ended = cluster.RunUntil(() => IsOver() || StandsStill(), Longest);
        if (!ended || !IsOver())
        {
            return Stillness(cluster);
        }

        director.Mend();
        if (witness.Violation is null && !director.LeaveAll(Patience))
        {
            var stay = cluster.Nodes.Where(n => !n.IsGone).Select(n => n.Name);
            return $"{string.Join(", ", stay)} did not leave within {Patience} of being asked";
        }

        return witness.Violation ?? new Audit(director, Reference.Of(cluster.Study, scenario.Poison)).Finding();
    }

    private static DateTimeOffset Later(DateTimeOffset progress, TimeSpan mended, SimulatedCluster cluster) =>
        progress > cluster.Clock.Start + mended ? progress : cluster.Clock.Start + mended;

    private static string Stillness(SimulatedCluster cluster)
    {
        var open = cluster.Store.Jobs(SimulatedCluster.Experiment)
            .Where(j => j.Status is JobStatus.Queued or JobStatus.Leased)
            .Select(j => $"{j.Spec.Kind} {j.Spec.Key.Hex[..8]} {j.Status} {j.Node}");
        return $"nothing has happened for {Patience}: the experiment is {cluster.Status} in phase {cluster.State.Phase}, "
            + $"open jobs: {string.Join(", ", open.DefaultIfEmpty("none"))}";
    }
}
