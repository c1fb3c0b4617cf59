using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Sqlite.Native;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    private const string JobOffer = "SELECT id, priority, position, kind, body, attempts, checkpoint, experiment, "
        + "deaths + (status = 'leased'), started_at FROM job";

    // Nodes pass over what only experiments wait for that they may not serve.
    private const string WantedInScope =
        """
        wanted = 1 AND EXISTS (
            SELECT 1 FROM subscription s JOIN actor a ON a.id = s.actor_id JOIN experiment e ON e.id = a.experiment_id
            WHERE s.job_id = job.id AND e.status = 'running'
                AND (?1 IS NULL OR e.engine = ?1) AND (?2 IS NULL OR instr(?2, '/' || e.name || '/') > 0))
        """;

    internal const string FirstQueuedJob = $"{JobOffer} WHERE status = 'queued' AND wanted = 1 {HeadOfQueue}";

    internal const string FirstQueuedJobInScope = $"{JobOffer} WHERE status = 'queued' AND {WantedInScope} {HeadOfQueue}";

    // Only the lapsed leases are visited: no more than evaluators that died since the last claim. What the claimant itself holds is passed
    // over: it may be computing it.
    internal const string FirstLapsedJob =
        $"{JobOffer} WHERE status = 'leased' AND wanted = 1 AND lease_until <= ?1 AND node <> ?2 AND {SecondLapsed}?1 OR s.node = ?2)) "
        + HeadOfQueue;

    internal const string FirstLapsedJobInScope =
        $"{JobOffer} WHERE status = 'leased' AND {WantedInScope} AND lease_until <= ?3 AND node <> ?4 AND {SecondLapsed}?3 OR s.node = ?4)) "
        + HeadOfQueue;

    private const string HeadOfQueue = "ORDER BY priority DESC, position LIMIT 1";

    private const string SecondLapsed = "NOT EXISTS (SELECT 1 FROM straggler s WHERE s.job_id = job.id AND (s.lease_until > ";

    private sealed record Offer(
        long Id, long Priority, long Position, JobSpec Spec, int Attempts, ArtifactId? Checkpoint, string Experiment, int Deaths);

    public JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        var length = Milliseconds(lease);

        // A poll that finds nothing, the usual case, must not queue for the write lock.
        scope ??= WorkScope.All;
        if (scope.IsEmpty || Read(() => NextOffer(reader, Now(reader), node, scope)) is null)
        {
            return null;
        }

        return Write(
            () =>
            {
                var now = Now();
                if (NextOffer(writer, now, node, scope) is not { } offer)
                {
                    return null;
                }

                var token = NextNumber();
                var second = writer.Run("DELETE FROM straggler WHERE job_id = ?1", offer.Id);
                offer = offer with { Deaths = offer.Deaths + second };
                writer.Run(
                    """
                    UPDATE job SET status = 'leased', node = ?2, token = ?3, lease_until = ?4, attempts = attempts + 1, started_at = ?5,
                        deaths = ?6
                    WHERE id = ?1
                    """,
                    offer.Id, node.Value, token, now + length, now, offer.Deaths);
                return new JobLease(offer.Spec, node, token, offer.Attempts + 1, offer.Checkpoint, offer.Experiment, offer.Deaths);
            },
            claimed => claimed is not null,
            wake: false);
    }

    public ImmutableArray<long> UnwantedJobs(NodeId node) => Read(() => reader.Query(
        """
        SELECT token FROM job WHERE node = ?1 AND status = 'leased' AND wanted = 0
        UNION ALL SELECT s.token FROM straggler s JOIN job j ON j.id = s.job_id WHERE s.node = ?1 AND j.wanted = 0
        """,
        row => row.Integer(0),
        node.Value));

    public void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held)
    {
        var known = held.Select(l => l.Token).ToHashSet();
        if (Read(() => reader.Query(LeasesOfNode, row => row.Integer(1), node.Value)).All(known.Contains))
        {
            return;
        }

        _ = Write(
            () =>
            {
                foreach (var (id, token) in LeasesOf(node.Value).Where(j => !known.Contains(j.Token)))
                {
                    EndLease(id, token);
                }

                return true;
            },
            wake: true);
    }

    private static Offer? NextOffer(SqliteConnection connection, long now, NodeId node, WorkScope scope)
    {
        var (queued, lapsed) = scope == WorkScope.All
            ? (connection.First(FirstQueuedJob, ReadOffer), connection.First(FirstLapsedJob, ReadOffer, now, node.Value))
            : (connection.First(FirstQueuedJobInScope, ReadOffer, scope.Engine, Listed(scope)),
                connection.First(FirstLapsedJobInScope, ReadOffer, scope.Engine, Listed(scope), now, node.Value));
        return queued is null || (lapsed is not null && (-lapsed.Priority, lapsed.Position).CompareTo((-queued.Priority, queued.Position)) < 0)
            ? lapsed
            : queued;
    }

    public bool Checkpoint(JobLease lease, ArtifactId checkpoint)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Write(
            () => HeldJob(lease) is { } job && writer.Run("UPDATE job SET checkpoint = ?2 WHERE id = ?1", job, checkpoint.Hex) == 1,
            wake: false);
    }

    public bool Complete(JobLease lease, JobResult result, double seconds)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(result);
        var outcome = new JobOutcome(lease.Spec.Key, result, null).ToJson();
        JournalLimits.CheckBody(outcome, $"result of a job '{lease.Spec.Kind}'");
        return Write(
            () =>
            {
                if (HeldJob(lease) is not { } job)
                {
                    return false;
                }

                // The row of a job that is done names who did it.
                Promote(job, lease.Token);
                Finish(job, "done", outcome, seconds);
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
            () =>
            {
                if (HeldJob(lease) is not { } job)
                {
                    return false;
                }

                writer.Run("UPDATE job SET failed_attempts = failed_attempts + 1 WHERE id = ?1", job);
                if (writer.Integer("SELECT failed_attempts FROM job WHERE id = ?1", job) < maxAttempts)
                {
                    EndLease(job, lease.Token);
                }
                else
                {
                    Finish(job, "failed", outcome, 0);
                }

                return true;
            },
            wake: true);
    }

    public bool Release(JobLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Write(
            () =>
            {
                if (HeldJob(lease) is not { } job)
                {
                    return false;
                }

                EndLease(job, lease.Token);
                return true;
            },
            wake: true);
    }

    public int RetryFailed(string experiment) => Write(
        () =>
        {
            var asked = writer.Query(
                """
                SELECT DISTINCT r.job_id, r.actor_id
                FROM experiment e JOIN actor a ON a.experiment_id = e.id JOIN request r ON r.actor_id = a.id JOIN job j ON j.id = r.job_id
                WHERE e.name = ?1 AND j.status = 'failed' ORDER BY r.job_id, r.actor_id
                """,
                row => (Job: row.Integer(0), Actor: row.Integer(1)),
                experiment);
            foreach (var (job, actor) in asked)
            {
                // Takes the place of the outcome in the inbox, so that the asker has one answer to come and not two.
                writer.Run("DELETE FROM message WHERE actor_id = ?1 AND job_id = ?2", actor, job);
                writer.Run("INSERT INTO subscription (job_id, actor_id) VALUES (?1, ?2)", job, actor);
                MarkOldestMail(actor);
            }

            var jobs = asked.Select(a => a.Job).Distinct().ToList();
            foreach (var job in jobs)
            {
                RenewFailed(job);
                writer.Run(
                    "UPDATE job SET wanted = EXISTS (SELECT 1 FROM experiment WHERE name = ?2 AND status = 'running') WHERE id = ?1",
                    job, experiment);
            }

            return jobs.Count;
        },
        count => count > 0,
        wake: true);

    /// <summary>Queues a failed job anew, with its count of failures at 0.</summary>
    private void RenewFailed(long job) =>
        writer.Run("UPDATE job SET status = 'queued', outcome = NULL, node = NULL, failed_attempts = 0 WHERE id = ?1", job);

    /// <summary>The fence: the job if the token is that of its latest claim and nobody freed or finished it since; null
    /// otherwise.</summary>
    private long? HeldJob(JobLease lease) => writer.Integer(
        "SELECT id FROM job WHERE key = ?1 AND status = 'leased' AND node = ?2 AND token = ?3", lease.Spec.Key.Hex, lease.Node.Value, lease.Token)
        ?? HeldSecond(lease);

    private void Requeue(long job) => writer.Run("UPDATE job SET status = 'queued', node = NULL, lease_until = 0 WHERE id = ?1", job);

    /// <summary>Writes the outcome and hands it to all who wait, in one transaction with the caller's check of the token.</summary>
    private void Finish(long job, string status, string outcome, double seconds)
    {
        writer.Run(
            """
            UPDATE job SET status = ?2, outcome = ?3, seconds = ?4, completed_at = ?5, wanted = 0, lease_until = 0, checkpoint = NULL
            WHERE id = ?1
            """,
            job, status, outcome, seconds, Now());
        var waiting = writer.Query("SELECT actor_id FROM subscription WHERE job_id = ?1 ORDER BY actor_id", row => row.Integer(0), job);
        foreach (var actor in waiting)
        {
            writer.Run(
                "INSERT INTO message (actor_id, job_id, kind, body) VALUES (?1, ?2, ?3, ?4)", actor, job, JobMessages.Outcome, outcome);
            MarkMail(actor, writer.LastInsertId);
        }

        writer.Run("DELETE FROM subscription WHERE job_id = ?1", job);
        writer.Run("DELETE FROM straggler WHERE job_id = ?1", job);
    }

    private static Offer ReadOffer(SqliteStatement row) => new(
        row.Integer(0),
        row.Integer(1),
        row.Integer(2),
        new JobSpec(row.Text(3), row.Text(4)),
        checked((int)row.Integer(5)),
        row.TextOrNull(6) is { } hex ? new ArtifactId(hex) : null,
        row.Text(7),
        checked((int)row.Integer(8)));
}
