using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Sqlite.Native;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    private const string JobColumns = "SELECT j.kind, j.body, j.status, j.attempts, j.outcome, j.node, j.started_at, j.seconds FROM job j";

    public JobRow? FindJob(JobKey key) => Read(() => reader.First($"{JobColumns} WHERE j.key = ?1", ReadJob, key.Hex));

    public ImmutableArray<JobRow> Jobs(string experiment) => Read(() => reader.Query(
        $"""
        {JobColumns}
        JOIN (
            SELECT r.job_id, min(r.id) AS asked
            FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id
            WHERE e.name = ?1 GROUP BY r.job_id) f ON f.job_id = j.id
        ORDER BY f.asked
        """,
        ReadJob,
        experiment));

    /// <remarks>requested = computed + cached + failed + those without an outcome yet.</remarks>
    public EvaluationCounts Counts(string experiment) => Read(() => reader.First(
        """
        SELECT count(*),
            coalesce(sum(r.cached = 0 AND j.status = 'done'), 0),
            coalesce(sum(r.cached = 1 AND j.status = 'done'), 0),
            coalesce(sum(j.status = 'failed'), 0),
            coalesce(sum(CASE WHEN r.cached = 0 THEN j.attempts ELSE 0 END), 0)
        FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id JOIN job j ON j.id = r.job_id
        WHERE e.name = ?1 AND j.kind = ?2
        """,
        row => new EvaluationCounts(row.Integer(0), row.Integer(1), row.Integer(2), row.Integer(3), row.Integer(4)),
        experiment,
        JobKinds.Evaluate)!);

    public long? QueuedJobs() => Read(() => reader.Integer("SELECT count(*) FROM job WHERE status = 'queued' AND wanted = 1"));

    private static JobRow ReadJob(SqliteStatement row)
    {
        var outcome = row.TextOrNull(4) is { } json ? JobOutcome.Parse(json) : null;
        return new JobRow(
            new JobSpec(row.Text(0), row.Text(1)),
            JobStatusOf(row.Text(2)),
            checked((int)row.Integer(3)),
            outcome?.Result,
            outcome?.Failure,
            row.TextOrNull(5) is { } node ? new NodeId(node) : null,
            row.IsNull(6) ? null : Time(row.Integer(6)),
            row.Real(7));
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
