using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    private const string JobColumns = "SELECT j.kind, j.body, j.status, j.attempts, j.outcome, j.node, j.started_at, j.seconds FROM job j";

    public JobRow? FindJob(JobKey key) => Read(session => session.First($"{JobColumns} WHERE j.key = $1", ReadJob, key.Hex));

    public ImmutableArray<JobRow> Jobs(string experiment) => Read(session => session.Query(
        $"""
        {JobColumns}
        JOIN (
            SELECT r.job_id, min(r.id) AS asked
            FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id
            WHERE e.name = $1 GROUP BY r.job_id) f ON f.job_id = j.id
        ORDER BY f.asked
        """,
        ReadJob,
        experiment));

    /// <remarks>requested = computed + cached + failed + those without an outcome yet.</remarks>
    public EvaluationCounts Counts(string experiment) => Read(session => session.First(
        """
        SELECT count(*),
            count(*) FILTER (WHERE NOT r.cached AND j.status = 'done'),
            count(*) FILTER (WHERE r.cached AND j.status = 'done'),
            count(*) FILTER (WHERE j.status = 'failed'),
            coalesce(sum(j.attempts) FILTER (WHERE NOT r.cached), 0)
        FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id JOIN job j ON j.id = r.job_id
        WHERE e.name = $1 AND j.kind = $2
        """,
        row => new EvaluationCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
        experiment,
        JobKinds.Evaluate)!);

    public long? QueuedJobs() => Read(session => session.Integer("SELECT count(*) FROM job WHERE wanted AND status = 'queued'"));

    private static JobRow ReadJob(NpgsqlDataReader row)
    {
        var outcome = row.BodyOrNull(4) is { } json ? JobOutcome.Parse(json) : null;
        return new JobRow(
            new JobSpec(row.GetString(0), row.Body(1)),
            JobStatusOf(row.GetString(2)),
            row.GetInt32(3),
            outcome?.Result,
            outcome?.Failure,
            row.TextOrNull(5) is { } node ? new NodeId(node) : null,
            row.IsDBNull(6) ? null : row.Time(6),
            row.GetDouble(7));
    }

    private static JobStatus JobStatusOf(string word) => word switch
    {
        "queued" => JobStatus.Queued,
        "leased" => JobStatus.Leased,
        "done" => JobStatus.Done,
        "failed" => JobStatus.Failed,
        _ => throw new JournalIncompatibleException($"The journal holds a job of the unknown status '{word}'."),
    };
}
