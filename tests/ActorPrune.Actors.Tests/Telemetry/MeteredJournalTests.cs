using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Telemetry;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Telemetry;

/// <summary>What an experiment on the toy problem leaves in the figures, beside what the journal says of it.</summary>
public sealed class MeteredJournalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly EngineMeter meter = new();
    private readonly MeteredJournal journal;
    private readonly MeteredArtifactStore artifacts;
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<string, double> sums = new();

    public MeteredJournalTests()
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (meter.Owns(instrument))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        listener.Start();
        journal = new MeteredJournal(new SqliteJournal(SqliteJournalOptions.InMemory), meter);
        artifacts = new MeteredArtifactStore(new MemoryArtifactStore(), meter);
    }

    public void Dispose()
    {
        listener.Dispose();
        artifacts.Dispose();
        journal.Dispose();
        meter.Dispose();
    }

    [Fact]
    public async Task An_experiment_moves_every_figure_by_what_the_journal_says_of_it()
    {
        var study = new ToyStudy(ToyStudy.SmallMethods[0], 1);
        journal.TryCreate("toy", "{}", "1.0", new OutgoingMessage(Addresses.Experiment("toy"), MessageKinds.Start, string.Empty));
        using var ended = new ManualResetEventSlim();
        using var subscription = journal.OnChange(() => EndedIf(ended));
        var options = new NodeOptions
        {
            Name = "one",
            Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
            Engine = "1.0",
            Device = "cpu",
            Evaluators = 2,
            CreateEvaluator = () => new ToyEvaluator(),
            Log = _ => { },
        };
        meter.Evaluators = options.Evaluators;
        await using (Node.Start(journal, artifacts, new ActorRecovery(journal, _ => study), options))
        {
            EndedIf(ended);
            ended.Wait(Patience).ShouldBeTrue();
        }

        var jobs = journal.Jobs("toy");
        foreach (var kind in jobs.GroupBy(j => j.Spec.Kind))
        {
            Sum("actorprune.job.claimed", kind.Key).ShouldBe(kind.Count(), kind.Key);
            Sum("actorprune.job.ended", kind.Key, "completed").ShouldBe(kind.Count(), kind.Key);
        }

        Sum("actorprune.job.duration").ShouldBe(jobs.Sum(j => j.Seconds), 1e-6);
        Sum("actorprune.job.ended", "failed").ShouldBe(0);
        Sum("actorprune.turn.ended", "committed").ShouldBeGreaterThan(jobs.Length / 64.0);
        Sum("actorprune.turn.ended", "fenced").ShouldBe(0);
        Sum("actorprune.message.consumed").ShouldBeGreaterThan(jobs.Length);
        Sum("actorprune.migrant.sent").ShouldBeGreaterThan(0);
        Sum("actorprune.artifact.io", "write").ShouldBe(jobs.Sum(j => j.Spec.Body.Length));
        Sum("actorprune.journal.operation.duration", "commit").ShouldBeGreaterThan(0);

        listener.RecordObservableInstruments();
        Sum("actorprune.evaluator.count", "idle").ShouldBe(2);
        Sum("actorprune.evaluator.count", "busy").ShouldBe(0);
        Sum("actorprune.job.queue.length").ShouldBe(0);
    }

    [Fact]
    public void An_evaluator_is_busy_from_the_claim_until_its_outcome_is_written_or_its_node_is_gone()
    {
        var node = new NodeId("n");
        meter.Evaluators = 3;
        Ask("g1", "g2", "g3");
        var (one, two) = (journal.ClaimJob(node, Patience)!, journal.ClaimJob(node, Patience)!);
        Busy().ShouldBe(2);
        journal.ClaimJob(node, Patience).ShouldNotBeNull();
        Busy().ShouldBe(3);
        journal.FreeJobsExcept(node, [one, two]);
        Busy().ShouldBe(2, "what an evaluator does not know of keeps none busy");

        journal.Release(one).ShouldBeTrue();
        Busy().ShouldBe(1);
        journal.Leave(node);

        Busy().ShouldBe(0);
        journal.Release(two).ShouldBeFalse();
        Sum("actorprune.job.ended", "released").ShouldBe(1);
        Sum("actorprune.job.ended", "fenced").ShouldBe(1);

        int Busy()
        {
            foreach (var observed in sums.Keys.Where(k => k.StartsWith("actorprune.evaluator.count", StringComparison.Ordinal)))
            {
                sums[observed] = 0;
            }

            listener.RecordObservableInstruments();
            (Sum("actorprune.evaluator.count", "busy") + Sum("actorprune.evaluator.count", "idle")).ShouldBe(3);
            return (int)Sum("actorprune.evaluator.count", "busy");
        }
    }

    [Fact]
    public void Heartbeats_are_counted_with_how_late_they_are_and_a_lost_node_is_told_apart()
    {
        var node = new NodeId("n");
        meter.Heartbeat = TimeSpan.FromTicks(1);
        journal.Join(new NodeInfo(node, "n", "h", 1, 1, [], "1.0", ""), Patience).ShouldBeTrue();

        journal.Renew(node, Patience).ShouldBeTrue();
        journal.Renew(new NodeId("unknown"), Patience).ShouldBeFalse();

        Sum("actorprune.lease.renewal", "renewed").ShouldBe(1);
        Sum("actorprune.lease.renewal", "lost").ShouldBe(1);
        Sum("actorprune.lease.renewal.lateness").ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_call_that_fails_is_timed_with_the_cause()
    {
        using var away = new FaultyJournal(new SqliteJournal(SqliteJournalOptions.InMemory));
        using var metered = new MeteredJournal(away, meter);
        away.Cut();

        Should.Throw<JournalUnavailableException>(() => metered.Find("x"));

        Sum("actorprune.journal.operation.duration", "find", "unreachable").ShouldBeGreaterThan(0);
    }

    [Fact]
    public void No_call_is_left_to_the_ports_own_default()
    {
        var map = typeof(MeteredJournal).GetInterfaceMap(typeof(IJournal));
        map.TargetMethods.Where(m => m.DeclaringType != typeof(MeteredJournal)).ShouldBeEmpty();
    }

    private void EndedIf(ManualResetEventSlim ended)
    {
        if (journal.Find("toy") is { Status: not ExperimentStatus.Running })
        {
            ended.Set();
        }
    }

    private void Ask(params string[] genomes)
    {
        var root = new ActorId("alpha", "experiment");
        journal.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(root, "start", "{}")).ShouldBeTrue();
        var lease = journal.ClaimActors(new NodeId("islands"), 1, Patience).ShouldHaveSingleItem();
        journal.Commit(new Turn(
            lease, 0, [], [], [], [.. genomes.Select(g => new JobRequest(new JobSpec(JobKinds.Evaluate, g), 0))], null, null));
    }

    /// <summary>The sum of an instrument's measurements whose attributes have all these values.</summary>
    private double Sum(string instrument, params string[] values) =>
        sums.Where(s => s.Key.Split('|') is var parts && parts[0] == instrument && values.All(v => parts.Contains(v))).Sum(s => s.Value);

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = string.Join('|', [instrument.Name, .. tags.ToArray().Select(t => $"{t.Value}")]);
        sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
