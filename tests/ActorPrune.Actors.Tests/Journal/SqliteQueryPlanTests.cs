using System.Text.RegularExpressions;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Journal.Sqlite.Native;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>What keeps the journal fast when it has grown: the statements of the daily work look rows up and never walk a table.</summary>
public sealed partial class SqliteQueryPlanTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly SqliteJournal journal;

    public SqliteQueryPlanTests() => journal = new SqliteJournal(directory.File("journal.db"));

    public void Dispose()
    {
        journal.Dispose();
        directory.Dispose();
    }

    [Fact]
    public void No_statement_of_the_daily_work_walks_a_table()
    {
        DoTheDailyWork();

        var statements = journal.Writer.Statements.Concat(journal.Reader.Statements).Where(IsQueryOrChange).Distinct().ToList();

        statements.Count.ShouldBeGreaterThan(30);
        foreach (var sql in statements)
        {
            // The counter has one row, nodes are few; the queue is an index of open jobs only, in the order in which they are handed out.
            var walks = Plan(sql).Where(step => step.StartsWith("SCAN ", StringComparison.Ordinal)
                && step is not ("SCAN counter" or "SCAN CONSTANT ROW" or "SCAN job USING INDEX job_queue"
                    or "SCAN n USING INDEX sqlite_autoindex_node_2" or "SCAN node"));
            walks.ShouldBeEmpty($"{sql}\n{string.Join('\n', Plan(sql))}");
        }
    }

    [Fact]
    public void A_queued_job_is_taken_from_the_head_of_the_queue_without_sorting() =>
        Plan(SqliteJournal.FirstQueuedJob).ShouldBe(["SCAN job USING INDEX job_queue"]);

    [Fact]
    public void A_node_of_one_experiment_walks_the_queue_in_order_and_looks_each_waiting_actor_up()
    {
        var plan = Plan(SqliteJournal.FirstQueuedJobInScope);

        plan[0].ShouldBe("SCAN job USING INDEX job_queue");
        plan.Where(step => step.StartsWith("SCAN ")).ShouldHaveSingleItem();
        plan.ShouldAllBe(step => !step.Contains("TEMP B-TREE"));
    }

    [Fact]
    public void An_inbox_is_read_in_order_without_sorting() =>
        Plan(SqliteJournal.InboxOf).ShouldAllBe(step => step.StartsWith("SEARCH ") && !step.Contains("TEMP B-TREE"));

    private void DoTheDailyWork()
    {
        var lease = TimeSpan.FromMinutes(1);
        var node = new NodeId("n");
        var root = new ActorId("alpha", "experiment");
        journal.Join(new NodeInfo(node, "n", "h", 1, 1, [], "1.0", ""), lease);
        journal.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(root, "start", ""));
        var actor = journal.ClaimActors(node, 5, lease)[0];
        var jobs = Enumerable.Range(0, 4).Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, $"{i}"), i));
        journal.Commit(new Turn(
            actor, 0, [journal.Inbox(root, 1)[0].Id], [new NewEvent("e", "")], [new OutgoingMessage(root, "m", "")], [.. jobs], "s",
            (ExperimentStatus.Running, null)));
        journal.FairShare("alpha");
        journal.ClaimJob(node, lease, new WorkScope { Engine = "another" });
        journal.UnwantedJobs(node);
        journal.Load(root);
        journal.Renew(node, lease);
        journal.Complete(
            journal.ClaimJob(node, lease)!,
            new JobResult(
                System.Collections.Immutable.ImmutableSortedDictionary<string, double>.Empty,
                System.Collections.Immutable.ImmutableSortedDictionary<string, ArtifactId>.Empty,
                "{}"),
            1);
        journal.Fail(journal.ClaimJob(node, lease)!, "bad", 1);
        journal.Checkpoint(journal.ClaimJob(node, lease)!, ArtifactId.Of([]));
        journal.Release(journal.ClaimJob(node, lease)!);
        journal.Commit(new Turn(actor, 1, [], [], [], [.. jobs], null, null));
        journal.RetryFailed("alpha");
        journal.Counts("alpha");
        journal.SetStatus("alpha", ExperimentStatus.Stopped, null);
        journal.Find("alpha");
        journal.FindJob(new JobKey("none"));
        journal.Release(actor);
        journal.Leave(node);
        journal.Delete("alpha");
    }

    private string[] Plan(string sql)
    {
        var parameters = Parameter().Matches(sql).Select(m => m.Value).Distinct().Select(_ => default(SqliteValue)).ToArray();
        return [.. journal.Writer.Query($"EXPLAIN QUERY PLAN {sql}", row => row.Text(3), parameters)];
    }

    private static bool IsQueryOrChange(string sql) => !sql.StartsWith("PRAGMA", StringComparison.Ordinal)
        && sql is not ("BEGIN" or "BEGIN IMMEDIATE" or "COMMIT" or "ROLLBACK")
        && !sql.Contains("sqlite_master", StringComparison.Ordinal)
        && !sql.Contains("migration", StringComparison.Ordinal);

    [GeneratedRegex(@"\?\d+")]
    private static partial Regex Parameter();
}
