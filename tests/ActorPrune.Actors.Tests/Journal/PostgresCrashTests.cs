using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>
/// The real thing is cut: the server's first process is killed and started again, and sessions are ended by the administrator, while
/// several actors commit turns and evaluators complete jobs as fast as they can.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCrashTests(PostgresServer server) : IDisposable
{
    private const int Senders = 3;
    private const int Turns = 120;
    private const int Evaluators = 2;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private static readonly NodeId Node = new("n");
    private static readonly ActorId Collector = new("alpha", "collector");

    private readonly string url = server.Url(server.NewSchema());
    private readonly List<PostgresJournal> opened = [];
    private readonly SemaphoreSlim queued = new(0);
    private readonly CancellationTokenSource failed = new();
    private int committed;

    public void Dispose()
    {
        opened.ForEach(o => o.Dispose());
        queued.Dispose();
        failed.Dispose();
    }

    private PostgresJournal Open()
    {
        opened.Add(new PostgresJournal(
            PostgresAddress.Parse(JournalUrl.Parse(url)), new PostgresJournalOptions { Patience = LongestWait },
            PostgresMigrations.Embedded));
        return opened[^1];
    }

    [Fact]
    public void Every_turn_and_every_result_counts_exactly_once_while_the_server_is_killed_and_sessions_are_ended()
    {
        var work = Start();
        var failures = new Exception?[work.Count];
        var threads = work.Select((run, i) => new Thread(() =>
        {
            try
            {
                run();
            }
#pragma warning disable CA1031 // handed to the test's own thread below
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures[i] = e;
                failed.Cancel();
            }
        })).ToList();
        threads.ForEach(t => t.Start());

        for (var cut = 1; cut <= 9 && !failed.IsCancellationRequested; cut++)
        {
            var next = cut * Senders * Turns / 10;
            SpinWait.SpinUntil(() => Volatile.Read(ref committed) >= next || failed.IsCancellationRequested, LongestWait).ShouldBeTrue();
            if (cut % 4 == 0)
            {
                server.Kill();
                server.Start();
            }
            else
            {
                server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{PostgresServer.User}'");
            }
        }

        threads.ForEach(t => t.Join());
        failures.ShouldAllBe(f => f == null, string.Join('\n', failures.Select(f => f?.ToString())));
        CheckTurns();
        CheckJobs();
    }

    /// <summary>Makes the experiment and returns what is to run side by side: senders with an actor each, and two evaluators.</summary>
    private List<Action> Start()
    {
        var journal = Open();
        var root = new ActorId("alpha", "experiment");
        journal.TryCreate("alpha", "{}", "1", new OutgoingMessage(root, "start", "")).ShouldBeTrue();
        var lease = journal.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var senders = Enumerable.Range(0, Senders).Select(i => new OutgoingMessage(new("alpha", $"sender-{i}"), "tick", "0"));
        journal.Commit(new Turn(lease, 0, [], [], [.. senders], [], null, null)).ShouldBe(CommitOutcome.Committed);
        return
        [
            .. journal.ClaimActors(Node, 10, Lease).Select<ActorLease, Action>(l => () => Send(Open(), l)),
            .. Enumerable.Range(0, Evaluators).Select<int, Action>(_ => () => Evaluate(journal)),
        ];
    }

    /// <summary>Each turn answers the tick of the one before, counts it, tells the collector, asks for a job and ticks again.</summary>
    private void Send(PostgresJournal journal, ActorLease lease)
    {
        for (var i = 0; i < Turns; i++)
        {
            var tick = journal.Inbox(lease.Actor, 10_000).Single(m => m.Kind == "tick");
            tick.Body.ShouldBe($"{i}");
            var job = new JobRequest(new JobSpec(JobKinds.Evaluate, $"{lease.Actor.Role} {i}"), 0);
            journal.Commit(new Turn(
                lease, i, [tick.Id], [new NewEvent("turn", $"{i}")], [new(lease.Actor, "tick", $"{i + 1}"), new(Collector, "did", $"{i}")],
                [job], $"{i}", null)).ShouldBe(CommitOutcome.Committed, $"{lease.Actor}, turn {i}");
            Interlocked.Increment(ref committed);
            queued.Release();
        }
    }

    private void Evaluate(PostgresJournal journal)
    {
        var result = new JobResult(
            ImmutableSortedDictionary<string, double>.Empty.Add("error", 0.5), ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");
        for (var i = 0; i < Senders * Turns / Evaluators; i++)
        {
            queued.Wait(LongestWait, failed.Token).ShouldBeTrue();

            // A session that was ended may hold its job for a moment longer.
            JobLease? job = null;
            SpinWait.SpinUntil(() => (job = journal.ClaimJob(Node, Lease)) is not null, LongestWait).ShouldBeTrue();
            journal.Complete(job!, result, 1).ShouldBeTrue();
        }
    }

    private void CheckTurns()
    {
        var journal = Open();
        var expected = Enumerable.Range(0, Turns).Select(i => $"{i}").ToList();
        var collected = journal.Inbox(Collector, 10_000);
        collected.Length.ShouldBe(Senders * Turns);
        foreach (var sender in Enumerable.Range(0, Senders).Select(i => new ActorId("alpha", $"sender-{i}")))
        {
            journal.Events(sender).Select(e => e.Body).ShouldBe(expected);
            journal.Events(sender).Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, Turns).Select(i => (long)i));
            journal.Load(sender).Sequence.ShouldBe(Turns);
            collected.Where(m => m.From == sender).Select(m => m.Body).ShouldBe(expected);
            var inbox = journal.Inbox(sender, 10_000);
            inbox.Single(m => m.Kind == "tick").Body.ShouldBe($"{Turns}");
            inbox.Count(m => m.Kind == JobMessages.Outcome).ShouldBe(Turns);
        }
    }

    private void CheckJobs()
    {
        var journal = Open();
        const int All = Senders * Turns;
        journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: All, Computed: All, Cached: 0, Failed: 0, Attempts: All));
        journal.Jobs("alpha").ShouldAllBe(j => j.Status == JobStatus.Done && j.Attempts == 1);
    }
}
