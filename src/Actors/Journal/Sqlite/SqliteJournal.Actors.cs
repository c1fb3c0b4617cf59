using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    // From the running experiments to their free actors with mail: what finished or stopped long ago is never visited.
    internal const string FreeActorsWithMail =
        """
        SELECT a.id, e.id, e.name, a.role
        FROM experiment e JOIN actor a ON a.experiment_id = e.id
        WHERE e.status = 'running' AND a.oldest_mail IS NOT NULL AND a.lease_until <= ?1
            AND (?2 IS NULL OR e.engine = ?2) AND (?3 IS NULL OR instr(?3, '/' || e.name || '/') > 0)
        ORDER BY a.oldest_mail
        """;

    // Nodes that may own actors of the experiment.
    private const string NodesForExperiment =
        """
        SELECT count(*) FROM experiment e, node n
        WHERE e.id = ?1 AND n.heartbeat_until > ?2 AND n.roles LIKE '%"islands"%' AND n.engine = e.engine
            AND (n.experiment IS NULL OR n.experiment = e.name)
        """;

    internal const string InboxOf =
        """
        SELECT m.id, s.role, m.kind, m.body
        FROM message m LEFT JOIN actor s ON s.id = m.sender_id
        WHERE m.actor_id = ?1 ORDER BY m.id LIMIT ?2
        """;

    internal const string ActorByName =
        "SELECT a.id FROM experiment e JOIN actor a ON a.experiment_id = e.id WHERE e.name = ?1 AND a.role = ?2";

    internal const string EventsAfterSequence = "SELECT sequence, kind, body, at FROM event WHERE actor_id = ?1 AND sequence > ?2 ORDER BY sequence";

    public ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var length = Milliseconds(lease);
        scope ??= WorkScope.All;

        // A poll that finds nothing, the usual case, must not queue for the write lock.
        if (most == 0 || scope.IsEmpty || Read(() => Free(reader, Now(reader), node, 1, scope).IsEmpty))
        {
            return [];
        }

        return Write(
            () =>
            {
                var now = Now();
                return Free(writer, now, node, most, scope).Select(found =>
                {
                    var token = NextNumber();
                    writer.Run(
                        "UPDATE actor SET owner = ?2, token = ?3, lease_until = ?4 WHERE id = ?1", found.Id, node.Value, token, now + length);
                    return new ActorLease(found.Actor, node, token);
                }).ToImmutableArray();
            },
            claimed => !claimed.IsEmpty,
            wake: false);
    }

    public int FairShare(string experiment) => Read(() =>
        (int)(reader.Integer("SELECT id FROM experiment WHERE name = ?1 AND status = 'running'", experiment) is { } id
            ? Share(reader, Now(reader), id)
            : 0));

    /// <summary>Actors that the node may claim: of each experiment as many as its share leaves room for.</summary>
    private static ImmutableArray<(long Id, ActorId Actor)> Free(
        SqliteConnection connection, long now, NodeId node, int most, WorkScope scope)
    {
        const string Held = "SELECT count(*) FROM actor WHERE experiment_id = ?1 AND owner = ?2 AND lease_until > ?3";
        var room = new Dictionary<long, long>();
        var free = ImmutableArray.CreateBuilder<(long, ActorId)>();
        foreach (var found in connection.Query(
            FreeActorsWithMail,
            row => (Id: row.Integer(0), Experiment: row.Integer(1), Actor: new ActorId(row.Text(2), row.Text(3))),
            now, scope.Engine, Listed(scope)))
        {
            if (!room.TryGetValue(found.Experiment, out var left))
            {
                left = Share(connection, now, found.Experiment) - connection.Integer(Held, found.Experiment, node.Value, now)!.Value;
            }

            room[found.Experiment] = left - 1;
            if (left > 0)
            {
                free.Add((found.Id, found.Actor));
                if (free.Count == most)
                {
                    break;
                }
            }
        }

        return free.ToImmutable();
    }

    /// <summary>
    /// The experiment's actors over the living nodes that may own them, rounded up; the claimant is one, whatever its row says. Whoever
    /// claims keeps to it and whoever holds more gives back, so actors spread over the nodes without anybody who plans it.
    /// </summary>
    private static long Share(SqliteConnection connection, long now, long experiment)
    {
        var actors = connection.Integer("SELECT count(*) FROM actor WHERE experiment_id = ?1", experiment)!.Value;
        var nodes = Math.Max(1, connection.Integer(NodesForExperiment, experiment, now)!.Value);
        return (actors + nodes - 1) / nodes;
    }

    /// <summary>The names of a scope as one parameter, each between slashes, which no name holds; null: all.</summary>
    private static string? Listed(WorkScope scope) => scope.Experiments is { } names ? $"/{string.Join("/", names)}/" : null;

    public void Release(ActorLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        _ = Write(
            () => HeldActor(lease) is { } actor
                && writer.Run("UPDATE actor SET owner = NULL, lease_until = 0 WHERE id = ?1", actor.Id) == 1,
            wake: true);
    }

    public void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held)
    {
        const string Held = "SELECT id, token FROM actor WHERE owner = ?1";
        var known = held.Select(l => l.Token).ToHashSet();
        if (Read(() => reader.Query(Held, row => row.Integer(1), node.Value)).All(known.Contains))
        {
            return;
        }

        _ = Write(
            () =>
            {
                var unknown = writer.Query(Held, row => (Id: row.Integer(0), Token: row.Integer(1)), node.Value).Where(a => !known.Contains(a.Token));
                foreach (var (id, _) in unknown)
                {
                    writer.Run("UPDATE actor SET owner = NULL, lease_until = 0 WHERE id = ?1", id);
                }

                return true;
            },
            wake: true);
    }

    public StoredActor Load(ActorId actor) => Read(() =>
    {
        if (IdOf(actor) is not { } id)
        {
            return new StoredActor(null, []);
        }

        var snapshot = reader.First(
            "SELECT sequence, body FROM snapshot WHERE actor_id = ?1", row => new Snapshot(row.Integer(0), row.Text(1)), id);
        return new StoredActor(snapshot, reader.Query(EventsAfterSequence, ReadEvent, id, snapshot?.Sequence ?? 0));
    });

    public ImmutableArray<StoredEvent> Events(ActorId actor) =>
        Read(() => IdOf(actor) is { } id ? reader.Query(EventsAfterSequence, ReadEvent, id, 0) : []);

    public ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) =>
        Read(() => IdOf(actor) is { } id ? reader.Query(EventsAfterSequence, ReadEvent, id, sequence) : []);

    public ImmutableArray<Envelope> Inbox(ActorId actor, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        return Read(() => IdOf(actor) is not { } id
            ? []
            : reader.Query(
                InboxOf,
                row => new Envelope(
                    row.Integer(0),
                    row.IsNull(1) ? null : new ActorId(actor.Experiment, row.Text(1)),
                    actor,
                    row.Text(2),
                    row.Text(3)),
                id,
                most));
    }

    private long? IdOf(ActorId actor) => reader.Integer(ActorByName, actor.Experiment, actor.Role);

    private static StoredEvent ReadEvent(SqliteStatement row) => new(row.Integer(0), row.Text(1), row.Text(2), Time(row.Integer(3)));
}
