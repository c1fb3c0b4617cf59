using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    public ImmutableHashSet<ArtifactId> NamedArtifacts() => Read(NamedArtifacts);

    public bool DeleteUnaskedJobs() =>
        Alone(session => session.Run("DELETE FROM job j WHERE NOT EXISTS (SELECT 1 FROM request r WHERE r.job_id = j.id)"));

    public bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return Alone(session => act(NamedArtifacts(session)));
    }

    /// <summary>One transaction that no node can join in. False: a node lives, and nothing was done.</summary>
    private bool Alone(Action<PostgresSession> act) => Write(
        session =>
        {
            if (!ForgetLapsedNodes(session))
            {
                return false;
            }

            act(session);
            return true;
        },
        wake: false);

    /// <summary>Holds up whoever joins, until the transaction ends. False: a node lives, and none was forgotten.</summary>
    private static bool ForgetLapsedNodes(PostgresSession session)
    {
        session.Run("LOCK TABLE node IN SHARE ROW EXCLUSIVE MODE");
        if (session.Integer($"SELECT count(*) FROM node WHERE heartbeat_until > {PostgresSession.Now(1)}", session.Clock) > 0)
        {
            return false;
        }

        foreach (var lapsed in session.Query("SELECT id FROM node", row => row.GetString(0)))
        {
            Forget(session, lapsed, died: true);
        }

        return true;
    }

    private static ImmutableHashSet<ArtifactId> NamedArtifacts(PostgresSession session) =>
    [
        .. session.Query(
            """
            WITH asked AS (SELECT * FROM job j WHERE EXISTS (SELECT 1 FROM request r WHERE r.job_id = j.id))
            SELECT body FROM asked
            UNION ALL SELECT convert_to(checkpoint, 'UTF8') FROM asked WHERE checkpoint IS NOT NULL
            UNION ALL SELECT outcome FROM asked WHERE outcome IS NOT NULL
            UNION ALL SELECT configuration FROM experiment
            """,
            row => ArtifactWords.In(row.Body(0)).ToImmutableArray()).SelectMany(ids => ids),
    ];
}
