using System.Collections.Immutable;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    private static readonly string Lapsed =
        $"""
        (a.lease_until <= {PostgresSession.Now(1)}
            AND NOT EXISTS (SELECT 1 FROM node h WHERE h.id = a.owner AND h.heartbeat_until > {PostgresSession.Now(1)}))
        """;

    // The experiment's actors over the living nodes that may own them, rounded up; the claimant is one, whatever its row says. Whoever
    // claims keeps to it and whoever holds more gives back, so actors spread over the nodes without anybody who plans it.
    private static readonly string ShareOfExperiment =
        $"""
        (SELECT (count(*) + nodes.number - 1) / nodes.number
            FROM actor m, LATERAL (
                SELECT greatest(1, count(*)) AS number FROM node n
                WHERE n.heartbeat_until > {PostgresSession.Now(1)} AND 'islands' = ANY (n.roles) AND n.engine = e.engine
                    AND (n.experiment IS NULL OR n.experiment = e.name)) nodes
            WHERE m.experiment_id = e.id GROUP BY nodes.number)
        """;

    // From the running experiments to their free actors with mail: what finished or stopped long ago is never visited. Actors that another
    // claims, or commits a turn of, at this moment are passed over.
    private static readonly string ClaimFreeActors =
        $"""
        WITH offer AS (
            SELECT e.id, e.name, {ShareOfExperiment}
                - (SELECT count(*) FROM actor a WHERE a.experiment_id = e.id AND a.owner = $2 AND NOT {Lapsed}) AS room
            FROM experiment e
            WHERE e.status = 'running' AND ($5::text IS NULL OR e.engine = $5) AND ($6::text[] IS NULL OR e.name = ANY ($6))),
        free AS (
            SELECT f.id, o.name, f.oldest
            FROM offer o
            CROSS JOIN LATERAL (
                SELECT a.id, mail.oldest
                FROM actor a CROSS JOIN LATERAL (SELECT min(m.id) AS oldest FROM message m WHERE m.actor_id = a.id) mail
                WHERE a.experiment_id = o.id AND mail.oldest IS NOT NULL AND (a.owner IS NULL OR {Lapsed})
                ORDER BY mail.oldest LIMIT greatest(o.room, 0)
                FOR NO KEY UPDATE OF a SKIP LOCKED) f
            ORDER BY f.oldest LIMIT $3)
        UPDATE actor a SET owner = $2, token = nextval('number'), lease_until = {PostgresSession.Now(1)} + $4
        FROM free WHERE a.id = free.id
        RETURNING free.name, a.role, a.token, free.oldest
        """;

    // Shards look at every wake-up, and mostly there is none.
    private static readonly string AnyFreeActor =
        $"""
        SELECT a.id FROM experiment e JOIN actor a ON a.experiment_id = e.id
        WHERE e.status = 'running' AND ($2::text IS NULL OR e.engine = $2) AND ($3::text[] IS NULL OR e.name = ANY ($3))
            AND (a.owner IS NULL OR {Lapsed}) AND EXISTS (SELECT 1 FROM message m WHERE m.actor_id = a.id)
        LIMIT 1
        """;

    private static readonly string RunningShare =
        $"SELECT {ShareOfExperiment} FROM experiment e WHERE e.name = $2 AND e.status = 'running'";

    private const string ActorByName =
        "SELECT a.id FROM experiment e JOIN actor a ON a.experiment_id = e.id WHERE e.name = $1 AND a.role = $2";

    private const string EventsAfterSequence =
        $"SELECT sequence, kind, body, at FROM event WHERE actor_id = ({ActorByName}) AND sequence > $3 ORDER BY sequence";

    public ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        _ = PostgresColumns.Checked(lease);
        scope ??= WorkScope.All;
        var experiments = scope.Experiments?.ToArray();
        if (most == 0 || scope.IsEmpty
            || Read(session => session.Integer(AnyFreeActor, session.Clock, scope.Engine, experiments)) is null)
        {
            return [];
        }

        var claimed = Write(
            session => session.Query(
                ClaimFreeActors,
                row => (
                    Lease: new ActorLease(new ActorId(row.GetString(0), row.GetString(1)), node, row.GetInt64(2)),
                    Mail: row.GetInt64(3)),
                session.Clock, node.Value, most, lease, scope.Engine, experiments),
            claimed => !claimed.IsEmpty,
            wake: false);
        return [.. claimed.OrderBy(c => c.Mail).Select(c => c.Lease)];
    }

    public int FairShare(string experiment) =>
        (int)(Read(session => session.Integer(RunningShare, session.Clock, experiment)) ?? 0);

    public void Release(ActorLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        _ = Write(
            session => session.Run(
                $"UPDATE actor SET owner = NULL, lease_until = NULL WHERE id = ({ActorByName}) AND owner = $3 AND token = $4",
                lease.Actor.Experiment, lease.Actor.Role, lease.Node.Value, lease.Token) == 1,
            wake: true);
    }

    public void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held) => _ = Write(
        session => session.Run(
            """
            WITH unknown AS (SELECT id FROM actor WHERE owner = $1 AND token <> ALL ($2) ORDER BY id FOR NO KEY UPDATE)
            UPDATE actor a SET owner = NULL, lease_until = NULL FROM unknown WHERE a.id = unknown.id
            """,
            node.Value, held.Select(l => l.Token).ToArray()) > 0,
        wake: true);

    public StoredActor Load(ActorId actor) => Read(
        session =>
        {
            var snapshot = session.First(
                $"SELECT sequence, body FROM snapshot WHERE actor_id = ({ActorByName})",
                row => new Snapshot(row.GetInt64(0), row.Body(1)),
                actor.Experiment, actor.Role);
            return new StoredActor(
                snapshot, session.Query(EventsAfterSequence, ReadEvent, actor.Experiment, actor.Role, snapshot?.Sequence ?? 0));
        },
        oneState: true);

    public ImmutableArray<StoredEvent> Events(ActorId actor) => EventsAfter(actor, 0);

    public ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) =>
        Read(session => session.Query(EventsAfterSequence, ReadEvent, actor.Experiment, actor.Role, sequence));

    public ImmutableArray<Envelope> Inbox(ActorId actor, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        return Read(session => session.Query(
            $"""
            SELECT m.id, s.role, m.kind, m.body
            FROM message m LEFT JOIN actor s ON s.id = m.sender_id
            WHERE m.actor_id = ({ActorByName}) ORDER BY m.id LIMIT $3
            """,
            row => new Envelope(
                row.GetInt64(0), row.TextOrNull(1) is { } role ? new ActorId(actor.Experiment, role) : null, actor, row.GetString(2),
                row.Body(3)),
            actor.Experiment, actor.Role, most));
    }

    private static StoredEvent ReadEvent(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetString(1), row.Body(2), row.Time(3));
}
