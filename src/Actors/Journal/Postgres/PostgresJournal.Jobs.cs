using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    // Nodes pass over what only experiments wait for that they may not serve. OFFSET 0 changes nothing but the plan: without it the planner
    // joins all that the experiments wait for and sorts it, for each claim.
    private const string WantedInScope =
        """
        AND EXISTS (
                SELECT 1 FROM subscription s JOIN actor a ON a.id = s.actor_id JOIN experiment e ON e.id = a.experiment_id
                WHERE s.job_id = j.id AND e.status = 'running'
                    AND ($4::text IS NULL OR e.engine = $4) AND ($5::text[] IS NULL OR e.name = ANY ($5))
                OFFSET 0)
        """;

    internal static readonly string ClaimAnyJob = ClaimFirst("");

    internal static readonly string ClaimJobInScope = ClaimFirst(WantedInScope);

    /// <summary>
    /// The head of the queue: what is queued or has lapsed, in the order of priority and position. What another claims, or asks for, at
    /// this moment is passed over and not waited for; so is what the claimant itself holds, which it may be computing.
    /// </summary>
    /// <remarks>The condition on the lease stands alone, where it is cheap: whoever claims walks over all that others compute.</remarks>
    private static string ClaimFirst(string condition) =>
        $"""
        WITH offer AS (
            SELECT j.id, j.status = 'leased' AS lapsed FROM job j
            WHERE j.wanted AND j.status IN ('queued', 'leased')
                AND (j.status = 'queued' OR j.lease_until <= {PostgresSession.Now(3)})
                AND (j.status = 'queued' OR (j.node <> $1 AND {SecondLapsed(3)}
                    AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = j.node AND n.heartbeat_until > {PostgresSession.Now(3)})))
                {condition}
            ORDER BY j.priority DESC, j.position LIMIT 1
            FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE job j SET status = 'leased', node = $1, token = nextval('number'), lease_until = {PostgresSession.Now(3)} + $2,
            attempts = attempts + 1, started_at = {PostgresSession.Now(3)}, deaths = deaths + offer.lapsed::integer
        FROM offer WHERE j.id = offer.id
        RETURNING j.kind, j.body, j.token, j.attempts, j.checkpoint, j.experiment, j.deaths, j.id, offer.lapsed
        """;

    public JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        _ = PostgresColumns.Checked(lease);
        scope ??= WorkScope.All;
        if (scope.IsEmpty)
        {
            return null;
        }

        JobLease ReadLease(Npgsql.NpgsqlDataReader row) => new(
            new JobSpec(row.GetString(0), row.Body(1)), node, row.GetInt64(2), row.GetInt32(3),
            row.TextOrNull(4) is { } hex ? new ArtifactId(hex) : null, row.GetString(5), row.GetInt32(6));
        Claimed Read(Npgsql.NpgsqlDataReader row) => new(ReadLease(row), row.GetInt64(7), row.GetBoolean(8));
        return Write(
            session => WithoutSecond(session, scope == WorkScope.All
                ? session.First(ClaimAnyJob, Read, node.Value, lease, session.Clock)
                : session.First(
                    ClaimJobInScope, Read, node.Value, lease, session.Clock, scope.Engine, scope.Experiments?.ToArray())),
            claimed => claimed is not null,
            wake: false);
    }

    public ImmutableArray<long> UnwantedJobs(NodeId node) => Read(session => session.Query(
        """
        SELECT token FROM job WHERE node = $1 AND status = 'leased' AND NOT wanted
        UNION ALL SELECT s.token FROM straggler s JOIN job j ON j.id = s.job_id WHERE s.node = $1 AND NOT j.wanted
        """,
        row => row.GetInt64(0),
        node.Value));

    public void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held) => _ = Write(
        session => EndLeases(session, node.Value, except: [.. held.Select(l => l.Token)], deaths: 0) > 0, wake: true);

    public bool Checkpoint(JobLease lease, ArtifactId checkpoint)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Write(
            session => HeldJob(session, lease) is { } job
                && session.Run("UPDATE job SET checkpoint = $2 WHERE id = $1", job, checkpoint.Hex) == 1,
            wake: false);
    }

    public bool Complete(JobLease lease, JobResult result, double seconds)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(result);
        var outcome = new JobOutcome(lease.Spec.Key, result, null).ToJson();
        JournalLimits.CheckBody(outcome, $"result of a job '{lease.Spec.Kind}'");
        return Write(
            session =>
            {
                if (HeldJob(session, lease) is not { } job)
                {
                    return false;
                }

                // The row of a job that is done names who did it.
                Promote(session, job, lease.Token);
                Finish(session, job, "done", outcome, seconds);
                return true;
            },
            wake: true);
    }

    public bool Fail(JobLease lease, string reason, int maxAttempts)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        var outcome = new JobOutcome(lease.Spec.Key, null, reason).ToJson();
        JournalLimits.CheckBody(outcome, $"failure of a job '{lease.Spec.Kind}'");
        return Write(
            session =>
            {
                if (HeldJob(session, lease) is not { } job)
                {
                    return false;
                }

                var failed = session.Integer(
                    "UPDATE job SET failed_attempts = failed_attempts + 1 WHERE id = $1 RETURNING failed_attempts::bigint", job);
                if (failed < maxAttempts)
                {
                    EndLease(session, job, lease.Token);
                }
                else
                {
                    Finish(session, job, "failed", outcome, 0);
                }

                return true;
            },
            wake: true);
    }

    public bool Release(JobLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Write(
            session =>
            {
                if (HeldJob(session, lease) is not { } job)
                {
                    return false;
                }

                EndLease(session, job, lease.Token);
                return true;
            },
            wake: true);
    }

    public int RetryFailed(string experiment) => Write(
        session =>
        {
            // Shared with turns, against a change of the status that decides whether the jobs are handed out.
            var running = session.First(
                "SELECT status = 'running' FROM experiment WHERE name = $1 FOR SHARE", row => (object)row.GetBoolean(0), experiment);
            if (running is null)
            {
                return 0;
            }

            const string FailedOf =
                """
                FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id JOIN job j ON j.id = r.job_id
                WHERE e.name = $1 AND j.status = 'failed'
                """;
            var keys = session.Query($"SELECT DISTINCT j.key {FailedOf}", row => row.GetString(0), experiment);
            LockJobs(session, keys);
            var asked = session.Query(
                $"SELECT DISTINCT j.id, a.id {FailedOf} AND j.key = ANY ($2)", row => (Job: row.GetInt64(0), Actor: row.GetInt64(1)),
                experiment, keys.ToArray());
            var (jobs, actors) = (asked.Select(a => a.Job).ToArray(), asked.Select(a => a.Actor).ToArray());
            session.Run("SELECT id FROM actor WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", actors.Distinct().ToArray());

            // The subscription takes the place of the outcome in the inbox, so that the asker has one answer to come and not two.
            session.Run(
                "DELETE FROM message m USING unnest($1, $2) AS a (job_id, actor_id) WHERE m.actor_id = a.actor_id AND m.job_id = a.job_id",
                jobs, actors);
            session.Run("INSERT INTO subscription (job_id, actor_id) SELECT * FROM unnest($1, $2)", jobs, actors);
            return session.Run(
                """
                UPDATE job SET status = 'queued', outcome = NULL, node = NULL, lease_until = NULL, failed_attempts = 0, wanted = $2
                WHERE id = ANY ($1)
                """,
                jobs.Distinct().ToArray(), running);
        },
        count => count > 0,
        wake: true);

    /// <summary>The fence: the job, locked, if the token is that of one of its leases and nobody ended that or finished the job since; null
    /// otherwise.</summary>
    private static long? HeldJob(PostgresSession session, JobLease lease)
    {
        // Locked first and looked at in a statement of its own, which sees what holds under the lock: a second lease can take the place of
        // the first at any moment until then, and whoever looked for it in both places before the lock could miss it in both.
        session.Defer("SELECT id FROM job WHERE key = $1 AND status = 'leased' FOR NO KEY UPDATE", lease.Spec.Key.Hex);
        return session.Integer(
            """
            SELECT j.id FROM job j WHERE j.key = $1 AND j.status = 'leased' AND ((j.node = $2 AND j.token = $3)
                OR EXISTS (SELECT 1 FROM straggler s WHERE s.job_id = j.id AND s.node = $2 AND s.token = $3))
            """,
            lease.Spec.Key.Hex, lease.Node.Value, lease.Token);
    }

    private static void Requeue(PostgresSession session, long job) =>
        session.Defer("UPDATE job SET status = 'queued', node = NULL, lease_until = NULL WHERE id = $1", job);

    /// <summary>Writes the outcome and hands it to all who wait, in one transaction with the caller's check of the token.</summary>
    private static void Finish(PostgresSession session, long job, string status, string outcome, double seconds)
    {
        session.Defer(
            $"""
            UPDATE job SET status = $2, outcome = $3, seconds = $4, completed_at = {PostgresSession.Now(5)}, wanted = false,
                lease_until = NULL, checkpoint = NULL
            WHERE id = $1
            """,
            job, status, PostgresColumns.Bytes(outcome), seconds, session.Clock);

        // Whoever subscribes, or leaves, holds the job's lock: these are all, and they stay.
        session.Defer(
            "SELECT a.id FROM subscription s JOIN actor a ON a.id = s.actor_id WHERE s.job_id = $1 ORDER BY a.id FOR NO KEY UPDATE OF a",
            job);
        session.Defer(
            """
            INSERT INTO message (actor_id, job_id, kind, body)
            SELECT s.actor_id, j.id, $2, j.outcome FROM job j JOIN subscription s ON s.job_id = j.id WHERE j.id = $1 ORDER BY s.actor_id
            """,
            job, JobMessages.Outcome);
        session.Defer("DELETE FROM subscription WHERE job_id = $1", job);
        session.Defer("DELETE FROM straggler WHERE job_id = $1", job);
    }
}
