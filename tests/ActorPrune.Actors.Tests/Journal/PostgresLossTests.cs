using System.Collections.Immutable;
using System.Text;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>The connection is lost at every single piece that a call sends, before and after it took effect.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresLossTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly NodeId Node = new("n");
    private static readonly ActorId Root = new("alpha", "experiment");
    private static readonly ActorId Island = new("alpha", "island");

    private readonly PostgresServer server;
    private readonly FailingLine line;
    private readonly PostgresJournal journal;

    // Straight to the server.
    private readonly PostgresJournal witness;
    private Func<ReadOnlyMemory<byte>, LineFault> plan = _ => LineFault.None;

    public PostgresLossTests(PostgresServer server)
    {
        this.server = server;
        var schema = server.NewSchema();
        line = new FailingLine(server.Port, piece => plan(piece));
        witness = new PostgresJournal(server.Url(schema));
        journal = new PostgresJournal($"{server.Url(schema, line.Port)}&sslmode=disable");
        witness.TryCreate("alpha", "{}", "1", new OutgoingMessage(Root, "start", "")).ShouldBeTrue();
    }

    public void Dispose()
    {
        plan = _ => LineFault.None;
        journal.Dispose();
        witness.Dispose();
        line.Dispose();
    }

    /// <summary>Arms the line to break once, at the piece with this number from now. True from the call if it did.</summary>
    private Func<bool> BreakAt(int number, LineFault fault)
    {
        var (count, broken) = (0, false);
        plan = _ =>
        {
            if (broken || count++ < number)
            {
                return LineFault.None;
            }

            broken = true;
            return fault;
        };
        return () => broken;
    }

    [Theory]
    [InlineData(LineFault.Before)]
    [InlineData(LineFault.After)]
    public void A_turn_whose_connection_is_lost_at_any_statement_counts_exactly_once(LineFault fault)
    {
        var lease = witness.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var turns = 0;
        for (var broke = true; broke; turns++)
        {
            var broken = BreakAt(turns, fault);
            var mail = witness.Inbox(Root, 10).Select(m => m.Id).ToImmutableArray();
            var jobs = Enumerable.Range(0, 3).Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, $"{turns * 2 + i}"), i));

            journal.Commit(new Turn(
                lease, turns, mail, [new NewEvent("turn", $"{turns}")], [new(Root, "again", $"{turns}"), new(Island, "m", $"{turns}")],
                [.. jobs], $"state {turns}", turns % 2 == 0 ? (ExperimentStatus.Running, $"{turns}") : null))
                .ShouldBe(CommitOutcome.Committed);
            broke = broken();
        }

        turns.ShouldBeGreaterThan(8);
        var expected = Enumerable.Range(0, turns).Select(i => $"{i}").ToList();
        witness.Events(Root).Select(e => e.Body).ShouldBe(expected);
        witness.Events(Root).Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, turns).Select(i => (long)i));
        witness.Inbox(Island, 1000).Select(m => m.Body).ShouldBe(expected);
        witness.Inbox(Root, 1000).ShouldHaveSingleItem().Body.ShouldBe($"{turns - 1}");
        witness.Load(Root).Snapshot.ShouldBe(new Snapshot(turns, $"state {turns - 1}"));
        witness.Counts("alpha").Requested.ShouldBe(3 * turns);
        witness.Jobs("alpha").Length.ShouldBe((2 * turns) + 1);
    }

    [Theory]
    [InlineData(LineFault.Before)]
    [InlineData(LineFault.After)]
    public void A_job_whose_connection_is_lost_at_any_statement_is_claimed_and_completed_exactly_once(LineFault fault)
    {
        var lease = witness.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var jobs = Enumerable.Range(0, 60).Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, $"{i}"), 0)).ToImmutableArray();
        witness.Commit(new Turn(lease, 0, [], [], [], jobs, null, null)).ShouldBe(CommitOutcome.Committed);
        var result = new JobResult(
            ImmutableSortedDictionary<string, double>.Empty.Add("error", 0.5), ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");

        var done = 0;
        for (var broke = true; broke; done++)
        {
            var broken = BreakAt(done, fault);
            var job = journal.ClaimJob(Node, Lease).ShouldNotBeNull();
            (job.Spec.Body, job.Attempt).ShouldBe(($"{done}", 1));
            journal.Complete(job, result, 1).ShouldBeTrue();
            broke = broken();
        }

        done.ShouldBeInRange(8, 59);
        witness.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 60, Computed: done, Cached: 0, Failed: 0, Attempts: done));
        witness.Inbox(Root, 1000).Where(m => m.Kind == JobMessages.Outcome).Select(m => JobOutcome.Parse(m.Body).Key).Distinct().Count()
            .ShouldBe(done);
    }

    [Theory]
    [InlineData(LineFault.Before)]
    [InlineData(LineFault.After)]
    public void A_blob_whose_connection_is_lost_at_any_piece_is_stored_whole(LineFault fault)
    {
        var (store, seen) = (new PostgresArtifactStore(journal), new PostgresArtifactStore(witness));
        var puts = 0;
        for (var broke = true; broke; puts++)
        {
            var content = Encoding.UTF8.GetBytes(new string('x', 100_000) + puts);
            var broken = BreakAt(puts, fault);

            var id = store.Put(content);

            broke = broken();
            seen.Get(id).ShouldBe(content);
        }

        puts.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void A_commit_of_which_nobody_can_learn_the_outcome_is_said_to_be_unknown()
    {
        using var hasty = new PostgresJournal(
            journal.Database.Address, new PostgresJournalOptions { Patience = TimeSpan.FromMilliseconds(300) },
            PostgresMigrations.Embedded);
        var lease = witness.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var away = false;
        plan = piece =>
        {
            if (away)
            {
                return LineFault.Before;
            }

            // The whole statement: a transaction that begins READ COMMITTED is another.
            away = piece.Span.IndexOf("COMMIT\0"u8) >= 0;
            return away ? LineFault.After : LineFault.None;
        };
        var turn = new Turn(lease, 0, [], [new NewEvent("e", "")], [], [], null, null);

        var unknown = Should.Throw<JournalUnavailableException>(() => hasty.Commit(turn));

        unknown.Message.ShouldContain("outcome is unknown");
        unknown.ToString().ShouldNotContain("geheim");
        away.ShouldBeTrue();
        witness.Load(Root).Sequence.ShouldBe(1);
        plan = _ => LineFault.None;
        hasty.Commit(turn).ShouldBe(CommitOutcome.Fenced);
    }

    [Fact]
    public void A_store_that_stays_away_is_said_to_be_unreachable_and_used_again_when_it_is_back()
    {
        using var hasty = new PostgresJournal(
            journal.Database.Address, new PostgresJournalOptions { Patience = TimeSpan.FromMilliseconds(300) },
            PostgresMigrations.Embedded);
        plan = _ => LineFault.Before;

        var away = Should.Throw<JournalUnavailableException>(() => hasty.Find("alpha"));
        (away.Cause, away.NeedsPerson).ShouldBe((UnavailableCause.Unreachable, false));
        Should.Throw<JournalUnavailableException>(() => hasty.SetStatus("alpha", ExperimentStatus.Stopped, null));

        plan = _ => LineFault.None;
        hasty.Find("alpha").ShouldNotBeNull().Status.ShouldBe(ExperimentStatus.Running);
    }

    [Fact]
    public void A_listener_whose_connection_was_lost_hears_again()
    {
        var woken = 0;
        using var listener = journal.OnChange(() => Interlocked.Increment(ref woken));
        void Hears(Action change)
        {
            var before = Volatile.Read(ref woken);
            change();
            SpinWait.SpinUntil(() => Volatile.Read(ref woken) > before, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        }

        Hears(() => witness.SetStatus("alpha", ExperimentStatus.Running, "1"));
        Hears(() => server.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"));
        Hears(() => witness.SetStatus("alpha", ExperimentStatus.Running, "2"));
    }

    [Fact]
    public void A_process_that_is_paused_within_a_transaction_does_not_hold_the_others_up_for_long()
    {
        using var paused = new PostgresDatabase(
            witness.Database.Address, new PostgresJournalOptions { AbandonedTransaction = TimeSpan.FromMilliseconds(200) })
        {
            Schema = PostgresMigrations.Embedded.Length,
        };
        var lease = witness.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var (attempts, outcome) = (0, CommitOutcome.Fenced);

        paused.Write(
            session =>
            {
                if (attempts++ == 0)
                {
                    // Holds the experiment while another process wants to change it: only the server can end this.
                    session.Run("SELECT id FROM experiment FOR UPDATE");
                    outcome = witness.Commit(new Turn(lease, 0, [], [new NewEvent("e", "")], [], [], null, null));
                }

                return session.Run("SELECT 1");
            },
            _ => true);

        outcome.ShouldBe(CommitOutcome.Committed);
        attempts.ShouldBe(2);
    }
}
