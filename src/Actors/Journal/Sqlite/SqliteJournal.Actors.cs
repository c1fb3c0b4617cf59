using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    // From the running experiments to their free actors with mail: what finished or stopped long ago is never visited.
    internal const string FreeActorsWithMail =
        """
        SELECT a.id, e.name, a.role
        FROM experiment e JOIN actor a ON a.experiment_id = e.id
        WHERE e.status = 'running' AND a.oldest_mail IS NOT NULL AND a.lease_until <= ?1 AND (?3 IS NULL OR e.name = ?3)
        ORDER BY a.oldest_mail LIMIT ?2
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

    public ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, string? experiment = null)
    {
        JournalLimits.CheckName(node.Value, "node");
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var length = Milliseconds(lease);

        // A poll that finds nothing, the usual case, must not queue for the write lock.
        if (most == 0 || Read(() => reader.Integer(FreeActorsWithMail, Now(reader), 1, experiment)) is null)
        {
            return [];
        }

        return Write(
            () =>
            {
                var now = Now();
                var free = writer.Query(
                    FreeActorsWithMail, row => (Id: row.Integer(0), Actor: new ActorId(row.Text(1), row.Text(2))), now, most, experiment);
                return free.Select(found =>
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
