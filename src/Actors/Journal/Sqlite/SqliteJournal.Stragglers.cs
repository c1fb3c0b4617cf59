using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    private const string LeasesOfNode =
        """
        SELECT id, token FROM job WHERE node = ?1 AND status = 'leased'
        UNION ALL SELECT job_id, token FROM straggler WHERE node = ?1
        """;

    // The leased ones are few. What has a second lease that is good is being seen to.
    private const string LongLeased =
        $"""
        {JobOffer} WHERE status = 'leased' AND {WantedInScope} AND node <> ?3 AND started_at <= ?4 AND {SecondLapsed}?5 OR s.node = ?3))
        ORDER BY started_at
        """;

    public JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        ArgumentNullException.ThrowIfNull(rule);
        var length = Milliseconds(lease);

        // Mostly there is none: a look must not queue for the write lock.
        scope ??= WorkScope.All;
        if (scope.IsEmpty || Read(() => NextStraggler(reader, Now(reader), node, rule, scope)) is null)
        {
            return null;
        }

        return Write(
            () =>
            {
                var now = Now();
                if (NextStraggler(writer, now, node, rule, scope) is not { } offer)
                {
                    return null;
                }

                var token = NextNumber();

                // One whose node fell silent gives way, as a lapsed lease does.
                var silent = writer.Run("DELETE FROM straggler WHERE job_id = ?1", offer.Id);
                writer.Run(
                    "INSERT INTO straggler (job_id, node, token, lease_until, started_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    offer.Id, node.Value, token, now + length, now);
                writer.Run("UPDATE job SET attempts = attempts + 1, deaths = deaths + ?2 WHERE id = ?1", offer.Id, silent);

                // The offer counts its first lease as ended, which it is not.
                return new JobLease(
                    offer.Spec, node, token, offer.Attempts + 1, offer.Checkpoint, offer.Experiment, offer.Deaths - 1 + silent);
            },
            claimed => claimed is not null,
            wake: false);
    }

    private static Offer? NextStraggler(SqliteConnection connection, long now, NodeId node, StragglerRule rule, WorkScope scope) => connection
        .Query(LongLeased, ReadStraggler, scope.Engine, Listed(scope), node.Value, now - (long)rule.Least.TotalMilliseconds, now)
        .FirstOrDefault(s => Median(connection, s.Offer) is { } median && now - s.StartedAt > 1000 * rule.Patience(median))
        ?.Offer;

    /// <summary>Seconds that a job of this kind usually takes; null where too few are done.</summary>
    private static double? Median(SqliteConnection connection, Offer offer)
    {
        var latest = connection.Query(
            "SELECT seconds FROM job WHERE experiment = ?1 AND kind = ?2 AND status = 'done' ORDER BY id DESC LIMIT ?3",
            row => row.Real(0), offer.Experiment, offer.Spec.Kind, (long)StragglerRule.Sample);
        return latest.Length >= StragglerRule.FewestCompleted ? latest.Order().ElementAt((latest.Length - 1) / 2) : null;
    }

    private System.Collections.Immutable.ImmutableArray<(long Job, long Token)> LeasesOf(string node) =>
        [.. writer.Query(LeasesOfNode, row => (Job: row.Integer(0), Token: row.Integer(1)), node)];

    /// <summary>The fence for a second lease.</summary>
    private long? HeldSecond(JobLease lease) => writer.Integer(
        "SELECT s.job_id FROM job j JOIN straggler s ON s.job_id = j.id WHERE j.key = ?1 AND j.status = 'leased' AND s.node = ?2 AND s.token = ?3",
        lease.Spec.Key.Hex, lease.Node.Value, lease.Token);

    /// <summary>Ends one of the job's leases: the other, if there is one, holds it from now on; else it is queued again.</summary>
    private void EndLease(long job, long token)
    {
        if (writer.Run("DELETE FROM straggler WHERE job_id = ?1 AND token = ?2", job, token) == 1)
        {
            return;
        }

        if (writer.Integer("SELECT token FROM straggler WHERE job_id = ?1", job) is { } second)
        {
            Promote(job, second);
        }
        else
        {
            Requeue(job);
        }
    }

    /// <summary>Moves a second lease, if <paramref name="token"/> is that of one, into the job's own row.</summary>
    private void Promote(long job, long token)
    {
        var moved = writer.Run(
            """
            UPDATE job SET node = s.node, token = s.token, lease_until = s.lease_until, started_at = s.started_at
            FROM straggler s WHERE job.id = ?1 AND s.job_id = ?1 AND s.token = ?2
            """,
            job, token);
        if (moved == 1)
        {
            writer.Run("DELETE FROM straggler WHERE job_id = ?1", job);
        }
    }

    private static StragglerOffer ReadStraggler(SqliteStatement row) => new(ReadOffer(row), row.Integer(9));

    private sealed record StragglerOffer(Offer Offer, long StartedAt);
}
