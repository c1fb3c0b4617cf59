using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;
using Npgsql;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>What keeps the journal fast when it has grown: the statements of the daily work look rows up and never walk a table.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresQueryPlanTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly PostgresServer server;
    private readonly string schema;
    private readonly PostgresJournal journal;
    private readonly List<NpgsqlCommand> seen = [];

    public PostgresQueryPlanTests(PostgresServer server)
    {
        this.server = server;
        schema = server.NewSchema();
        journal = new PostgresJournal(server.Url(schema));
    }

    public void Dispose()
    {
        seen.ForEach(c => c.Dispose());
        journal.Dispose();
    }

    [Fact]
    public void No_statement_of_the_daily_work_walks_a_table_and_the_queue_is_taken_from_its_head()
    {
        Fill();
        foreach (var (statement, plan) in PlansOfTheDailyWork())
        {
            // Nodes are few, and each has one row; those of writers are looked through when a node joins.
            plan.Where(step => step.Contains("Seq Scan on ") && !step.Contains("Seq Scan on node") && !step.Contains("on commit_mark"))
                .ShouldBeEmpty($"{statement.CommandText}\n{string.Join('\n', plan)}");
            if (statement.CommandText == PostgresJournal.ClaimAnyJob || statement.CommandText == PostgresJournal.ClaimJobInScope)
            {
                plan.ShouldContain(step => step.Contains("Index Scan using job_queue"));
                plan.ShouldAllBe(step => !step.Contains("Sort"));
            }
        }
    }

    [Fact]
    public void No_statement_is_compiled_in_a_new_store_which_would_take_half_a_second_each_time()
    {
        foreach (var (statement, plan) in PlansOfTheDailyWork())
        {
            plan.ShouldAllBe(step => !step.Contains("JIT"), statement.CommandText);
        }
    }

    private List<(NpgsqlCommand Statement, List<string> Plan)> PlansOfTheDailyWork()
    {
        journal.Database.Seen = command => seen.Add(command.Clone());
        DoTheDailyWork();
        journal.Database.Seen = null;
        var statements = seen.DistinctBy(c => c.CommandText).Where(c => IsQueryOrChange(c.CommandText)).ToList();
        statements.Count.ShouldBeGreaterThan(30);
        using var connection = new NpgsqlConnection(journal.Database.Address.Connect(new PostgresJournalOptions()));
        connection.Open();
        return statements.ConvertAll(statement => (statement, Plan(connection, statement)));
    }

    /// <summary>Enough of everything that the planner prefers an index of its own accord.</summary>
    private void Fill()
    {
        server.Execute(
            $"""
            SET search_path = {schema};
            INSERT INTO experiment (name, status, engine, created_at, configuration_hash, configuration)
                SELECT 'e' || i, CASE WHEN i % 300 = 0 THEN 'running' ELSE 'finished' END, '1', now(), '', ''::bytea
                FROM generate_series(1, 3000) i;
            INSERT INTO actor (experiment_id, role) SELECT e.id, 'r' || i FROM experiment e, generate_series(1, 2) i;
            INSERT INTO message (actor_id, kind, body) SELECT id, 'm', ''::bytea FROM actor, generate_series(1, 3);
            INSERT INTO event (actor_id, sequence, at, kind, body) SELECT id, i, now(), 'e', ''::bytea FROM actor, generate_series(1, 3) i;
            INSERT INTO snapshot (actor_id, sequence, body) SELECT id, 3, ''::bytea FROM actor;
            INSERT INTO job (key, kind, status, wanted, priority, position, experiment, body, outcome)
                SELECT md5(i::text), 'evaluate', CASE WHEN i % 4 = 0 THEN 'queued' ELSE 'done' END, i % 4 = 0, i % 3,
                    nextval('number'), 'e' || i % 50, ''::bytea, CASE WHEN i % 4 = 0 THEN NULL ELSE ''::bytea END FROM generate_series(1, 20000) i;
            INSERT INTO request (actor_id, job_id, cached) SELECT 1 + id % 6000, id, false FROM job;
            INSERT INTO subscription (job_id, actor_id) SELECT id, 1 + id % 6000 FROM job WHERE status = 'queued';
            INSERT INTO straggler (job_id, node, token, lease_until, started_at)
                SELECT id, 'n' || id, nextval('number'), now(), now() FROM job WHERE id % 5 = 0;
            INSERT INTO artifact (hash, length, created_at) SELECT md5(i::text), 1, now() FROM generate_series(1, 3000) i;
            INSERT INTO artifact_chunk (hash, number, content) SELECT hash, 0, ''::bytea FROM artifact;
            """);
        server.Execute("ANALYZE");
    }

    private void DoTheDailyWork()
    {
        var node = new NodeId("n");
        var root = new ActorId("alpha", "experiment");
        journal.Join(new NodeInfo(node, "n", "h", 1, 1, [], "1.0", ""), Lease);
        journal.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(root, "start", ""));
        var actor = journal.ClaimActors(node, 5, Lease, WorkScope.Of("alpha"))[0];
        journal.ClaimActors(node, 5, Lease);
        var jobs = Enumerable.Range(0, 4).Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, $"{i}"), i + 10));
        journal.Commit(new Turn(
            actor, 0, [journal.Inbox(root, 1)[0].Id], [new NewEvent("e", "")], [new OutgoingMessage(root, "m", "")], [.. jobs], "s",
            (ExperimentStatus.Running, null)));
        journal.FairShare("alpha");
        journal.UnwantedJobs(node);
        journal.Nodes();
        journal.ClaimStraggler(node, Lease, new StragglerRule(4, TimeSpan.FromSeconds(1)), WorkScope.Of("alpha"));
        journal.Load(root);
        journal.EventsAfter(root, 1);
        journal.Renew(node, Lease);
        journal.Complete(
            journal.ClaimJob(node, Lease)!,
            new JobResult(ImmutableSortedDictionary<string, double>.Empty, ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}"),
            1);
        journal.Fail(journal.ClaimJob(node, Lease, WorkScope.Of("alpha"))!, "bad", 1);
        journal.Checkpoint(journal.ClaimJob(node, Lease)!, ArtifactId.Of([]));
        journal.Release(journal.ClaimJob(node, Lease)!);
        journal.Commit(new Turn(actor, 1, [], [], [], [.. jobs], null, null));
        journal.FreeActorsExcept(node, [actor]);
        journal.FreeJobsExcept(node, []);
        journal.RetryFailed("alpha");
        journal.Counts("alpha");
        journal.SetStatus("alpha", ExperimentStatus.Stopped, null);
        journal.Find("alpha");
        journal.FindJob(new JobKey("none"));
        journal.Release(actor);
        journal.Leave(node);
        journal.Delete("alpha");
        var artifacts = new PostgresArtifactStore(journal);
        artifacts.Get(artifacts.Put([1, 2, 3]));
        artifacts.Remove(ArtifactId.Of([1, 2, 3]));
    }

    private static List<string> Plan(NpgsqlConnection connection, NpgsqlCommand statement)
    {
        using var explain = statement.Clone();
        explain.Connection = connection;
        explain.CommandText = $"EXPLAIN {statement.CommandText}";
        using var reader = explain.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
        {
            steps.Add(reader.GetString(0));
        }

        return steps;
    }

    private static bool IsQueryOrChange(string sql) => sql != "COMMIT"
        && !sql.Contains("migration", StringComparison.Ordinal)
        && !sql.Contains("pg_", StringComparison.Ordinal)
        && !sql.Contains("generate_series", StringComparison.Ordinal);
}
