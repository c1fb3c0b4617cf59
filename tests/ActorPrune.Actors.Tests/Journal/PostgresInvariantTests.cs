using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>
/// Random calls from several processes at once, stale leases included: the invariants that the schema states hold, nobody is left without
/// an answer, and no two transactions ever waited in a circle.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresInvariantTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly (string Name, string Broken)[] Invariants =
    [
        ("the sequence counts the events without gaps",
            "SELECT count(*) FROM @actor a WHERE sequence <> (SELECT count(*) FROM @event WHERE actor_id = a.id) "
            + "OR sequence <> (SELECT coalesce(max(sequence), 0) FROM @event WHERE actor_id = a.id)"),
        ("wanted means that a running experiment waits",
            "SELECT count(*) FROM @job j WHERE wanted <> EXISTS (SELECT 1 FROM @subscription s JOIN @actor a ON a.id = s.actor_id "
            + "JOIN @experiment e ON e.id = a.experiment_id WHERE s.job_id = j.id AND e.status = 'running')"),
        ("nobody waits for an outcome that lies in the inbox",
            "SELECT count(*) FROM @subscription s JOIN @message m ON m.actor_id = s.actor_id AND m.job_id = s.job_id"),
        ("nobody waits for a job that has an outcome",
            "SELECT count(*) FROM @subscription s JOIN @job j ON j.id = s.job_id WHERE j.outcome IS NOT NULL"),
        ("a snapshot is not ahead of its actor",
            "SELECT count(*) FROM @snapshot s JOIN @actor a ON a.id = s.actor_id WHERE s.sequence > a.sequence"),
        ("no token was given twice",
            "SELECT count(*) - count(DISTINCT token) FROM "
            + "(SELECT token FROM @actor WHERE token > 0 UNION ALL SELECT token FROM @job WHERE token > 0 "
            + "UNION ALL SELECT token FROM @straggler) t"),
        ("a second lease is another node's, on a job that is leased",
            "SELECT count(*) FROM @straggler s JOIN @job j ON j.id = s.job_id WHERE j.status <> 'leased' OR j.node = s.node"),
        ("no two transactions waited in a circle", $"SELECT deadlocks FROM pg_stat_database WHERE datname = '{PostgresServer.Database}'"),
    ];

    private readonly PostgresServer server;
    private readonly string schema;
    private readonly ManualClock clock = new();
    private readonly List<PostgresJournal> journals = [];

    public PostgresInvariantTests(PostgresServer server)
    {
        this.server = server;
        schema = server.NewSchema();
        for (var i = 0; i < 3; i++)
        {
            journals.Add(new PostgresJournal(server.Url(schema), new PostgresJournalOptions { Clock = clock }));
        }
    }

    public void Dispose() => journals.ForEach(j => j.Dispose());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_invariant_holds_after_calls_that_race_and_everybody_who_waits_is_answered(int seed)
    {
        var callers = journals.Select((journal, i) => new Caller(journal, clock, new Random((seed * 100) + i))).ToList();
        for (var round = 0; round < 4; round++)
        {
            Side.BySide(callers, caller =>
            {
                for (var step = 0; step < 60; step++)
                {
                    caller.Call();
                }

                return true;
            });
            CheckInvariants($"seed {seed}, round {round}");
        }

        // How many of the racing turns are refused depends on the threads; that some are not makes the test one.
        callers.Sum(c => c.Committed).ShouldBeGreaterThan(5);
        AnswerEverything();
        CheckInvariants($"seed {seed}, at the end");
        server.Ask($"SELECT count(*) FROM {schema}.subscription").ShouldBe(0, $"seed {seed}: somebody was left without an answer");
    }

    private void AnswerEverything()
    {
        clock.Advance(Lease * 10);
        foreach (var experiment in journals[0].Experiments())
        {
            journals[0].SetStatus(experiment.Name, ExperimentStatus.Running, null);
        }

        while (journals[0].ClaimJob(new NodeId("last"), Lease) is { } job)
        {
            journals[0].Complete(job, Caller.Result, 1).ShouldBeTrue();
        }
    }

    private void CheckInvariants(string where)
    {
        foreach (var (invariant, broken) in Invariants)
        {
            server.Ask(broken.Replace("@", $"{schema}.", StringComparison.Ordinal)).ShouldBe(0, $"{invariant}: {where}");
        }
    }

    /// <summary>One process that does anything at all, with leases of which most are current and some are stale.</summary>
    private sealed class Caller(PostgresJournal journal, ManualClock clock, Random random)
    {
        private readonly List<ActorLease> actors = [];
        private readonly List<JobLease> jobs = [];

        internal static JobResult Result =>
            new(ImmutableSortedDictionary<string, double>.Empty, ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");

        internal int Committed { get; private set; }

        private string AnyExperiment => $"e{random.Next(3)}";

        private NodeId AnyNode => new($"n{random.Next(3)}");

        internal void Call()
        {
            switch (random.Next(14))
            {
                case 0:
                    var name = AnyExperiment;
                    journal.TryCreate(name, "{}", "1", new OutgoingMessage(new(name, "r0"), "start", ""));
                    break;
                case 1 or 2: actors.AddRange(journal.ClaimActors(AnyNode, 2, Lease)); break;
                case 3 or 4 or 5: CommitTurn(); break;
                case 6: jobs.AddRange(journal.ClaimJob(AnyNode, Lease) is { } job ? [job] : []); break;
                case 7: _ = Any(jobs) is { } done && journal.Complete(done, Result, 1); break;
                case 8: _ = Any(jobs) is { } bad && journal.Fail(bad, "bad", 2); break;
                case 9: _ = Any(jobs) is { } back && journal.Release(back); break;
                case 10: journal.SetStatus(AnyExperiment, (ExperimentStatus)Math.Max(0, random.Next(-6, 4)), null); break;
                case 11: clock.Advance(TimeSpan.FromSeconds(random.Next(20))); break;
                case 12: journal.RetryFailed(AnyExperiment); break;
                default: Rarely(); break;
            }
        }

        private void Rarely()
        {
            var node = AnyNode;
            switch (random.Next(9))
            {
                case 6 or 7:
                    jobs.AddRange(journal.ClaimStraggler(node, Lease, new StragglerRule(0.1, TimeSpan.Zero)) is { } late ? [late] : []);
                    break;
                case 0: journal.Leave(node); break;
                case 5: journal.DeclareDead(node); break;
                case 1: journal.Join(new NodeInfo(node, $"name {random.Next(2)}", "h", 1, 1, ["islands"], "1", ""), Lease); break;
                case 2 when Any(actors) is { } lease: journal.Release(lease); break;
                case 3 when random.Next(3) == 0: journal.Delete(AnyExperiment); break;
                case 4: journal.FreeActorsExcept(node, [.. actors]); journal.FreeJobsExcept(node, [.. jobs]); break;
                default: journal.Renew(node, Lease); break;
            }
        }

        private T? Any<T>(List<T> from)
            where T : class => from.Count > 0 ? from[random.Next(Math.Max(0, from.Count - 6), from.Count)] : null;

        private void CommitTurn()
        {
            if (Any(actors) is not { } lease)
            {
                return;
            }

            var consumed = journal.Inbox(lease.Actor, 100).Where(_ => random.Next(2) == 0).Select(m => m.Id).ToImmutableArray();
            var asked = Enumerable.Range(0, random.Next(4))
                .Select(_ => new JobRequest(new JobSpec("evaluate", $"{random.Next(8)}"), random.Next(3)));
            var sent = Enumerable.Range(0, random.Next(3))
                .Select(_ => new OutgoingMessage(new(lease.Actor.Experiment, $"r{random.Next(4)}"), "m", ""));
            (ExperimentStatus, string?)? status = random.Next(12) == 0
                ? (random.Next(2) == 0 ? ExperimentStatus.Running : ExperimentStatus.Failed, "x")
                : null;
            var outcome = journal.Commit(new Turn(
                lease, journal.Load(lease.Actor).Sequence, consumed, [.. Enumerable.Repeat(new NewEvent("e", ""), random.Next(3))],
                [.. sent], [.. asked], random.Next(4) == 0 ? "state" : null, status));
            Committed += outcome == CommitOutcome.Committed ? 1 : 0;
        }
    }
}
