using System.Collections.Immutable;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    private const string NodeColumns =
        "n.id, n.name, n.host, n.process, n.process_start, n.roles, n.engine, n.description, n.experiment, n.joined_at, n.seen_at, "
        + "n.heartbeat_until";

    public bool Join(NodeInfo node, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(node);
        JournalLimits.CheckName(node.Id.Value, "node");
        JournalLimits.CheckName(node.Name, "node");
        _ = PostgresColumns.Checked(lease);
        return Write(
            session =>
            {
                CommitMarks.Sweep(session);

                // Of several that take one name at once the later ones see the first.
                session.Run("SELECT pg_advisory_xact_lock(hashtextextended('actorprune.' || $1 || '.join', 0))", database.Address.Schema);
                var named = session.First(
                    $"SELECT id, heartbeat_until > {PostgresSession.Now(2)} FROM node WHERE name = $1 FOR UPDATE",
                    row => (Tuple<string, bool>)new(row.GetString(0), row.GetBoolean(1)),
                    node.Name, session.Clock);
                if (named is not null && named.Item1 != node.Id.Value)
                {
                    if (named.Item2)
                    {
                        return false;
                    }

                    // Taking over the name of a node whose heartbeat lapsed declares that one dead.
                    Forget(session, named.Item1, died: true);
                }

                var silent = session.Query(
                    $"SELECT id FROM node WHERE heartbeat_until < {PostgresSession.Now(1)} - $2 AND id <> $3",
                    row => row.GetString(0),
                    session.Clock, JournalLimits.LongestSilence, node.Id.Value);
                foreach (var gone in silent)
                {
                    Forget(session, gone, died: true);
                }

                session.Run(
                    $"""
                    INSERT INTO node 
                        (id, name, host, process, process_start, roles, engine, description, experiment, joined_at, seen_at,
                        heartbeat_until)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $11, {PostgresSession.Now(10)}, {PostgresSession.Now(10)},
                        {PostgresSession.Now(10)} + $9)
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host, process = excluded.process,
                        process_start = excluded.process_start, roles = excluded.roles, engine = excluded.engine,
                        description = excluded.description, experiment = excluded.experiment, joined_at = excluded.joined_at,
                        seen_at = excluded.seen_at, heartbeat_until = excluded.heartbeat_until
                    """,
                    node.Id.Value, node.Name, node.Host, node.Process, node.ProcessStart, node.Roles.ToArray(), node.Engine,
                    node.Description, lease, session.Clock, node.Experiment);
                return true;
            },
            wake: true);
    }

    /// <remarks>
    /// One row: the leases of actors and jobs hold as long as the heartbeat of their node does. So no turn's locks can hold a renewal up,
    /// and leases that lapsed but that nobody took over are this node's again.
    /// </remarks>
    public bool Renew(NodeId node, TimeSpan lease)
    {
        _ = PostgresColumns.Checked(lease);
        return Write(
            session => session.Run(
                $"UPDATE node SET seen_at = {PostgresSession.Now(3)}, heartbeat_until = {PostgresSession.Now(3)} + $2 WHERE id = $1",
                node.Value, lease, session.Clock) == 1,
            done => done,
            wake: false,
            beat: true);
    }

    public void Leave(NodeId node) => _ = Write(
        session =>
        {
            Forget(session, node.Value, died: false);
            return true;
        },
        wake: true);

    public void DeclareDead(NodeId node) => _ = Write(
        session =>
        {
            Forget(session, node.Value, died: true);
            return true;
        },
        wake: true);

    public ImmutableArray<NodeRow> Nodes() => Read(session => session.Query(
        $"SELECT {NodeColumns}, n.heartbeat_until > {PostgresSession.Now(1)} FROM node n ORDER BY n.joined_at, n.id",
        ReadNode,
        session.Clock));

    public Activity Activity(TimeSpan window)
    {
        _ = PostgresColumns.Checked(window);
        return Read(
            session =>
            {
                var now = session.Query($"SELECT {PostgresSession.Now(1)}", row => row.Time(0), session.Clock)[0];
                var jobs = session.Query(
                    "SELECT node, kind, experiment, started_at, attempts FROM job WHERE status = 'leased' ORDER BY started_at",
                    row => (Node: row.GetString(0), Job: new JobInFlight(row.GetString(1), row.GetString(2), row.Time(3), row.GetInt32(4))))
                    .ToLookup(j => j.Node, j => j.Job);
                return new Activity(now, session.Query(
                    $"""
                    SELECT {NodeColumns}, n.heartbeat_until > $1,
                        (SELECT count(*) FROM actor a WHERE a.owner = n.id),
                        (SELECT count(*) FROM job j WHERE j.node = n.id AND j.status = 'done' AND j.completed_at > $1 - $2)
                    FROM node n ORDER BY n.joined_at, n.id
                    """,
                    row =>
                    {
                        var node = ReadNode(row);
                        var since = now - node.JoinedAt;
                        return new NodeActivity(
                            node, [.. jobs[node.Info.Id.Value]], (int)row.GetInt64(13), row.GetInt64(14), since < window ? since : window);
                    },
                    now, window));
            },
            oneState: true);
    }

    private static void Forget(PostgresSession session, string node, bool died)
    {
        session.Run("DELETE FROM node WHERE id = $1", node);
        EndLeases(session, node, except: [], deaths: died ? 1 : 0);
        session.Run(
            """
            WITH held AS (SELECT id FROM actor WHERE owner = $1 ORDER BY id FOR NO KEY UPDATE)
            UPDATE actor a SET owner = NULL, lease_until = NULL FROM held WHERE a.id = held.id
            """,
            node);
    }

    private static NodeRow ReadNode(NpgsqlDataReader row) => new(
        new NodeInfo(
            new NodeId(row.GetString(0)), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4),
            [.. row.GetFieldValue<string[]>(5)], row.GetString(6), row.GetString(7)) { Experiment = row.TextOrNull(8) },
        row.Time(9),
        row.Time(11),
        row.GetBoolean(12)) { SeenAt = row.Time(10) };
}
