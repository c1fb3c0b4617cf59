using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>Random calls in random order, stale leases included: the invariants that the schema states hold after each.</summary>
public sealed class SqliteInvariantTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly (string Name, string Broken)[] Invariants =
    [
        ("oldest_mail is the smallest id of the inbox",
            "SELECT count(*) FROM actor a WHERE oldest_mail IS NOT (SELECT min(id) FROM message WHERE actor_id = a.id)"),
        ("the sequence counts the events without gaps",
            "SELECT count(*) FROM actor a WHERE sequence <> (SELECT count(*) FROM event WHERE actor_id = a.id) "
            + "OR sequence <> (SELECT coalesce(max(sequence), 0) FROM event WHERE actor_id = a.id)"),
        ("wanted means that a running experiment waits",
            "SELECT count(*) FROM job j WHERE wanted <> EXISTS (SELECT 1 FROM subscription s JOIN actor a ON a.id = s.actor_id "
            + "JOIN experiment e ON e.id = a.experiment_id WHERE s.job_id = j.id AND e.status = 'running')"),
        ("nobody waits for an outcome that lies in the inbox",
            "SELECT count(*) FROM subscription s JOIN message m ON m.actor_id = s.actor_id AND m.job_id = s.job_id"),
        ("nobody waits for a job that has an outcome",
            "SELECT count(*) FROM subscription s JOIN job j ON j.id = s.job_id WHERE j.outcome IS NOT NULL"),
        ("a snapshot is not ahead of its actor",
            "SELECT count(*) FROM snapshot s JOIN actor a ON a.id = s.actor_id WHERE s.sequence > a.sequence"),
        ("no token was given twice",
            "SELECT count(*) - count(DISTINCT token) FROM "
            + "(SELECT token FROM actor WHERE token > 0 UNION ALL SELECT token FROM job WHERE token > 0 "
            + "UNION ALL SELECT token FROM straggler)"),
        ("a second lease is another node's, on a job that is leased",
            "SELECT count(*) FROM straggler s JOIN job j ON j.id = s.job_id WHERE j.status <> 'leased' OR j.node = s.node"),
        ("no row points nowhere", "SELECT count(*) FROM pragma_foreign_key_check"),
    ];

    private readonly ManualClock clock = new();
    private readonly SqliteJournal journal;
    private readonly List<ActorLease> actors = [];
    private readonly List<JobLease> jobs = [];

    /// <summary>Who asked for what and has not read an outcome since.</summary>
    private readonly HashSet<(ActorId Actor, JobKey Key)> open = [];

    private Random random = new(0);

    public SqliteInvariantTests() => journal = new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = clock });

    public void Dispose() => journal.Dispose();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_invariant_holds_after_every_call_and_everybody_who_asked_is_answered(int seed)
    {
        random = new Random(seed);
        var committed = 0;
        for (var step = 0; step < 600; step++)
        {
            var call = random.Next(14);
            committed += Call(call) ? 1 : 0;
            CheckInvariants($"seed {seed}, step {step}, call {call}");
        }

        committed.ShouldBeGreaterThan(30);
        AnswerEverything();
        CheckInvariants($"seed {seed}, at the end");
        foreach (var (actor, key) in open)
        {
            journal.Inbox(actor, 1000).Where(m => m.Kind == JobMessages.Outcome).Select(m => JobOutcome.Parse(m.Body).Key)
                .ShouldContain(key, $"seed {seed}: {actor} was left without an answer");
        }
    }

    private string AnyExperiment() => $"e{random.Next(3)}";

    private NodeId AnyNode() => new($"n{random.Next(3)}");

    /// <summary>One of the last few: most are current, some are stale.</summary>
    private T? Any<T>(List<T> from)
        where T : class => from.Count > 0 ? from[random.Next(Math.Max(0, from.Count - 6), from.Count)] : null;

    private bool Call(int number)
    {
        switch (number)
        {
            case 0: var name = AnyExperiment(); journal.TryCreate(name, "{}", "1", new OutgoingMessage(new(name, "r0"), "start", "")); break;
            case 1 or 2: actors.AddRange(journal.ClaimActors(AnyNode(), 2, Lease)); break;
            case 3 or 4 or 5: return Any(actors) is { } lease && CommitTurn(lease);
            case 6: jobs.AddRange(journal.ClaimJob(AnyNode(), Lease) is { } job ? [job] : []); break;
            case 7: _ = Any(jobs) is { } done && journal.Complete(done, Result, 1); break;
            case 8: _ = Any(jobs) is { } bad && journal.Fail(bad, "bad", 2); break;
            case 9: _ = Any(jobs) is { } back && journal.Release(back); break;
            case 10: journal.SetStatus(AnyExperiment(), (ExperimentStatus)Math.Max(0, random.Next(-6, 4)), null); break;
            case 11: clock.Advance(TimeSpan.FromSeconds(random.Next(20))); break;
            case 12: journal.RetryFailed(AnyExperiment()); break;
            default: Rarely(); break;
        }

        return false;
    }

    private void Rarely()
    {
        switch (random.Next(7))
        {
            case 4 or 5:
                jobs.AddRange(journal.ClaimStraggler(AnyNode(), Lease, new StragglerRule(0.1, TimeSpan.Zero)) is { } late ? [late] : []);
                break;
            case 0: journal.Leave(AnyNode()); break;
            case 3: journal.DeclareDead(AnyNode()); break;
            case 1 when Any(actors) is { } lease: journal.Release(lease); break;
            case 2 when random.Next(3) == 0:
                var name = AnyExperiment();
                journal.Delete(name);
                open.RemoveWhere(o => o.Actor.Experiment == name);
                break;
            default: journal.Renew(AnyNode(), Lease); break;
        }
    }

    private static JobResult Result => new(ImmutableSortedDictionary<string, double>.Empty, ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");

    private bool CommitTurn(ActorLease lease)
    {
        var inbox = journal.Inbox(lease.Actor, 100);
        var consumed = inbox.Where(_ => random.Next(2) == 0).ToList();
        var asked = Enumerable.Range(0, random.Next(3)).Select(_ => new JobRequest(new JobSpec("evaluate", $"{random.Next(8)}"), random.Next(3))).ToList();
        var sent = Enumerable.Range(0, random.Next(2)).Select(_ => new OutgoingMessage(new(lease.Actor.Experiment, $"r{random.Next(3)}"), "m", ""));
        var outcome = journal.Commit(new Turn(
            lease, journal.Load(lease.Actor).Sequence, [.. consumed.Select(m => m.Id)], [.. Enumerable.Repeat(new NewEvent("e", ""), random.Next(3))],
            [.. sent], [.. asked], random.Next(4) == 0 ? "state" : null, null));
        if (outcome == CommitOutcome.Committed)
        {
            consumed.Where(m => m.Kind == JobMessages.Outcome).ToList().ForEach(m => open.Remove((lease.Actor, JobOutcome.Parse(m.Body).Key)));
            asked.ForEach(a => open.Add((lease.Actor, a.Spec.Key)));
        }

        return outcome == CommitOutcome.Committed;
    }

    private void AnswerEverything()
    {
        clock.Advance(Lease * 10);
        foreach (var experiment in journal.Experiments())
        {
            journal.SetStatus(experiment.Name, ExperimentStatus.Running, null);
        }

        while (journal.ClaimJob(new NodeId("last"), Lease) is { } job)
        {
            journal.Complete(job, Result, 1).ShouldBeTrue();
        }
    }

    private void CheckInvariants(string where)
    {
        foreach (var (invariant, broken) in Invariants)
        {
            journal.Writer.Integer(broken).ShouldBe(0, $"{invariant}: {where}");
        }
    }
}
