using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    // The leased ones are few. What has a second lease that is good is being seen to; what is locked at this moment changes its holder.
    private static readonly string LongLeased =
        $"""
        WITH long AS (
            SELECT j.id, j.kind, j.experiment, {PostgresSession.Now(2)} - j.started_at AS age FROM job j
            WHERE j.wanted AND j.status = 'leased' AND j.node <> $1 AND j.started_at <= {PostgresSession.Now(2)} - $3
                {WantedInScope}
                AND {SecondLapsed(2)}
            ORDER BY j.started_at)
        SELECT l.id FROM long l WHERE extract(epoch FROM l.age) > $6 * (
            SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY latest.seconds) FROM (
                SELECT d.seconds FROM job d WHERE d.experiment = l.experiment AND d.kind = l.kind AND d.status = 'done'
                ORDER BY d.id DESC LIMIT {StragglerRule.Sample}) latest
            HAVING count(*) >= $7)
        LIMIT 1
        """;

    public JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        ArgumentNullException.ThrowIfNull(rule);
        _ = PostgresColumns.Checked(lease);

        // Mostly there is none: a look takes no lock.
        scope ??= WorkScope.All;
        if (scope.IsEmpty || Read(session => NextStraggler(session, node, rule, scope)) is not { } job)
        {
            return null;
        }

        return Write(session => Second(session, job, node, lease), claimed => claimed is not null, wake: false);
    }

    private static long? NextStraggler(PostgresSession session, NodeId node, StragglerRule rule, WorkScope scope) => session.Integer(
        LongLeased, node.Value, session.Clock, rule.Least, scope.Engine, scope.Experiments?.ToArray(), rule.Factor,
        StragglerRule.FewestCompleted);

    /// <summary>A second lease on the job; null where it changed hands since somebody looked.</summary>
    private static JobLease? Second(PostgresSession session, long job, NodeId node, TimeSpan lease)
    {
        if (session.Integer("SELECT id FROM job WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", job) is null)
        {
            return null;
        }

        // Under the lock, in statements of their own: what others did until now is seen. One whose node fell silent gives way, as a lapsed
        // lease does.
        var silent = session.Run($"DELETE FROM straggler s WHERE s.job_id = $1 AND NOT {SecondGood(2)}", job, session.Clock);
        var token = session.Integer(
            $"""
            INSERT INTO straggler (job_id, node, token, lease_until, started_at)
            SELECT j.id, $2, nextval('number'), {PostgresSession.Now(4)} + $3, {PostgresSession.Now(4)} FROM job j
            WHERE j.id = $1 AND j.status = 'leased' AND j.wanted AND j.node <> $2
            ON CONFLICT (job_id) DO NOTHING RETURNING token
            """,
            job, node.Value, lease, session.Clock);
        return token is null ? null : session.First(
            """
            UPDATE job SET attempts = attempts + 1, deaths = deaths + $2 WHERE id = $1
            RETURNING kind, body, attempts, checkpoint, experiment, deaths
            """,
            row => new JobLease(
                new JobSpec(row.GetString(0), row.Body(1)), node, token.Value, row.GetInt32(2),
                row.TextOrNull(3) is { } hex ? new ArtifactId(hex) : null, row.GetString(4), row.GetInt32(5)),
            job, silent);
    }

    private sealed record Claimed(JobLease Lease, long Job, bool Lapsed);

    /// <summary>
    /// Ends the second lease of a job that lapsed, which has lapsed too, in statements that see what holds under the lock. Null, and the
    /// claim is not kept, where somebody was given a second lease before the lock was.
    /// </summary>
    private static JobLease? WithoutSecond(PostgresSession session, Claimed? claimed)
    {
        if (claimed is not { Lapsed: true })
        {
            return claimed?.Lease;
        }

        var silent = session.Run($"DELETE FROM straggler s WHERE s.job_id = $1 AND NOT {SecondGood(2)}", claimed.Job, session.Clock);
        if (silent == 0)
        {
            return session.Integer("SELECT job_id FROM straggler WHERE job_id = $1", claimed.Job) is null ? claimed.Lease : null;
        }

        session.Run("UPDATE job SET deaths = deaths + 1 WHERE id = $1", claimed.Job);
        return claimed.Lease with { Deaths = claimed.Lease.Deaths + 1 };
    }

    /// <summary>
    /// SQL: job j has no second lease that is good at the moment that <see cref="PostgresSession.Now"/> finds in the parameter, and none of
    /// the node $1, which asks and may be computing it.
    /// </summary>
    private static string SecondLapsed(int clock) =>
        $"NOT EXISTS (SELECT 1 FROM straggler s WHERE s.job_id = j.id AND (s.node = $1 OR {SecondGood(clock)}))";

    /// <summary>SQL: the second lease s has not lapsed.</summary>
    private static string SecondGood(int clock) =>
        $"""
        (s.lease_until > {PostgresSession.Now(clock)}
            OR EXISTS (SELECT 1 FROM node n WHERE n.id = s.node AND n.heartbeat_until > {PostgresSession.Now(clock)}))
        """;

    /// <summary>Ends all leases of a node but those with known tokens. Returns how many there were.</summary>
    private static int EndLeases(PostgresSession session, string node, long[] except, int deaths)
    {
        var held = session.Query(
            """
            SELECT j.key FROM job j WHERE j.node = $1 AND j.status = 'leased' AND j.token <> ALL ($2)
            UNION SELECT j.key FROM straggler s JOIN job j ON j.id = s.job_id WHERE s.node = $1 AND s.token <> ALL ($2)
            """,
            row => row.GetString(0), node, except);
        if (held.IsEmpty)
        {
            return 0;
        }

        LockJobs(session, held);
        var leases = session.Query(
            """
            SELECT j.id, j.token FROM job j WHERE j.node = $1 AND j.status = 'leased' AND j.token <> ALL ($2) AND j.key = ANY ($3)
            UNION ALL SELECT s.job_id, s.token FROM straggler s JOIN job j ON j.id = s.job_id
                WHERE s.node = $1 AND s.token <> ALL ($2) AND j.key = ANY ($3)
            """,
            row => (Job: row.GetInt64(0), Token: row.GetInt64(1)), node, except, held.ToArray());
        foreach (var (job, token) in leases)
        {
            if (deaths > 0)
            {
                session.Run("UPDATE job SET deaths = deaths + $2 WHERE id = $1", job, deaths);
            }

            EndLease(session, job, token);
        }

        return leases.Length;
    }

    /// <summary>Ends one of the job's leases: the other, if there is one, holds it from now on; else it is queued again.</summary>
    private static void EndLease(PostgresSession session, long job, long token)
    {
        if (session.Run("DELETE FROM straggler WHERE job_id = $1 AND token = $2", job, token) == 1)
        {
            return;
        }

        if (session.Integer("SELECT token FROM straggler WHERE job_id = $1", job) is { } second)
        {
            Promote(session, job, second);
        }
        else
        {
            Requeue(session, job);
        }
    }

    /// <summary>Moves a second lease, if <paramref name="token"/> is that of one, into the job's own row.</summary>
    private static void Promote(PostgresSession session, long job, long token) => session.Defer(
        """
        WITH second AS (DELETE FROM straggler WHERE job_id = $1 AND token = $2 RETURNING node, token, lease_until, started_at)
        UPDATE job j SET node = s.node, token = s.token, lease_until = s.lease_until, started_at = s.started_at FROM second s WHERE j.id = $1
        """,
        job, token);
}
