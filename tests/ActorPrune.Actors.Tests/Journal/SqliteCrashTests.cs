using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>
/// Crashes as the disk sees them: the files are copied while a process is at work, as they would be found after it was killed, and the copy
/// is opened.
/// </summary>
public sealed class SqliteCrashTests : IDisposable
{
    private static readonly ActorId Root = new("alpha", "experiment");
    private readonly TemporaryDirectory directory = new();
    private readonly SqliteJournal journal;

    public SqliteCrashTests()
    {
        journal = new SqliteJournal(directory.File("journal.db"));
        journal.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(Root, "start", "")).ShouldBeTrue();
    }

    public void Dispose()
    {
        journal.Dispose();
        directory.Dispose();
    }

    /// <summary>One event, one message and one job a turn: all of them or none.</summary>
    private void CommitTurns(ActorLease lease, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var job = new JobRequest(new JobSpec("evaluate", $"{i}"), 0);
            journal.Commit(new Turn(lease, i, [], [new NewEvent("e", $"{i}")], [new OutgoingMessage(Root, "m", $"{i}")], [job], null, null))
                .ShouldBe(CommitOutcome.Committed);
        }
    }

    /// <param name="logLength">Bytes of the write-ahead log that reached the disk; null: all.</param>
    private string Copy(int number, long? logLength)
    {
        var copy = directory.File($"copy-{number}.db");
        File.Copy(directory.File("journal.db"), copy);
        var log = File.ReadAllBytes(directory.File("journal.db-wal"));
        File.WriteAllBytes($"{copy}-wal", log[..(int)(logLength ?? log.Length)]);
        return copy;
    }

    private static int WholeTurns(string file)
    {
        using var recovered = new SqliteJournal(file);
        var events = recovered.Events(Root).Select(e => e.Body).ToList();
        events.ShouldBe(Enumerable.Range(0, events.Count).Select(i => $"{i}"));
        recovered.Inbox(Root, 1000).Select(m => m.Body).Where(b => b.Length > 0).ShouldBe(events);
        recovered.Jobs("alpha").Select(j => j.Spec.Body).ShouldBe(events);
        recovered.Load(Root).Sequence.ShouldBe(events.Count);
        recovered.Writer.First("PRAGMA integrity_check", row => row.Text(0)).ShouldBe("ok");
        return events.Count;
    }

    [Fact]
    public void A_crash_after_a_commit_keeps_the_turn_although_nothing_was_closed()
    {
        CommitTurns(journal.ClaimActors(new NodeId("n"), 1, TimeSpan.FromMinutes(1))[0], 0, 10);

        WholeTurns(Copy(0, null)).ShouldBe(10);
    }

    [Fact]
    public void A_crash_in_the_middle_of_a_transaction_leaves_nothing_of_it()
    {
        CommitTurns(journal.ClaimActors(new NodeId("n"), 1, TimeSpan.FromMinutes(1))[0], 0, 3);
        var committed = new FileInfo(directory.File("journal.db-wal")).Length;

        // A cache of one page makes SQLite write pages of the open transaction to the disk.
        journal.Writer.Script("PRAGMA cache_size = 1");
        journal.Writer.Run("BEGIN IMMEDIATE");
        for (var i = 3; i < 100; i++)
        {
            journal.Writer.Run("INSERT INTO event (actor_id, sequence, at, kind, body) VALUES (1, ?1, 0, 'e', ?2)", i + 1, new string('x', 5000));
        }

        new FileInfo(directory.File("journal.db-wal")).Length.ShouldBeGreaterThan(committed);
        WholeTurns(Copy(0, null)).ShouldBe(3);
        journal.Writer.Run("ROLLBACK");
    }

    [Fact]
    public void A_log_that_was_cut_anywhere_gives_back_whole_turns_only()
    {
        CommitTurns(journal.ClaimActors(new NodeId("n"), 1, TimeSpan.FromMinutes(1))[0], 0, 8);
        var length = new FileInfo(directory.File("journal.db-wal")).Length;
        var before = 0;
        var found = new List<int>();

        // The schema lies in the log's first part: cuts begin behind the experiment's creation, at odd places within and between pages.
        for (var (cut, number) = (length / 2, 0); cut <= length; (cut, number) = (cut + (length / 47) + 13, number + 1))
        {
            var copy = Copy(number, cut);
            using (var probe = new SqliteJournal(copy))
            {
                if (probe.Find("alpha") is null)
                {
                    continue;
                }
            }

            var turns = WholeTurns(copy);
            turns.ShouldBeGreaterThanOrEqualTo(before);
            before = turns;
            found.Add(turns);
        }

        found.Distinct().Count().ShouldBeGreaterThan(3);
        WholeTurns(Copy(1000, length)).ShouldBe(8);
    }
}
