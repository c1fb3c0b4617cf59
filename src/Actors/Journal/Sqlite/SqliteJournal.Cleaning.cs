using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Sqlite.Native;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    public ImmutableHashSet<ArtifactId> NamedArtifacts() => Read(() => NamedArtifacts(reader));

    public bool DeleteUnaskedJobs() => Alone(() => writer.Run("DELETE FROM job WHERE id NOT IN (SELECT job_id FROM request)"));

    /// <remarks>Others that write wait, and give up after their time-out: removing many files takes seconds.</remarks>
    public bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return Alone(() => act(NamedArtifacts(writer)));
    }

    /// <summary>One transaction that no node can join in. False: a node lives, and nothing was done.</summary>
    private bool Alone(Action act) => Write(
        () =>
        {
            if (!ForgetLapsedNodes())
            {
                return false;
            }

            act();
            return true;
        },
        wake: false);

    /// <summary>False: a node lives, and none was forgotten.</summary>
    private bool ForgetLapsedNodes()
    {
        var now = Now();
        if (writer.Integer("SELECT count(*) FROM node WHERE heartbeat_until > ?1", now) > 0)
        {
            return false;
        }

        foreach (var lapsed in writer.Query("SELECT id FROM node", row => row.Text(0)))
        {
            Forget(lapsed, died: true);
        }

        return true;
    }

    private static ImmutableHashSet<ArtifactId> NamedArtifacts(SqliteConnection connection) =>
    [
        .. connection.Query(
            """
            WITH asked AS (SELECT * FROM job WHERE id IN (SELECT job_id FROM request))
            SELECT body FROM asked
            UNION ALL SELECT checkpoint FROM asked WHERE checkpoint IS NOT NULL
            UNION ALL SELECT outcome FROM asked WHERE outcome IS NOT NULL
            UNION ALL SELECT configuration FROM experiment
            """,
            row => ArtifactWords.In(row.Text(0)).ToImmutableArray()).SelectMany(ids => ids),
    ];
}
