using System.Collections.Immutable;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    private sealed record HeldActor(long Experiment, bool Runs, long Id);

    public CommitOutcome Commit(Turn turn)
    {
        JournalLimits.Check(turn);
        return Write(session => TryCommit(session, turn), outcome => outcome == CommitOutcome.Committed, wake: true);
    }

    private static CommitOutcome TryCommit(PostgresSession session, Turn turn)
    {
        // A token or a sequence that has moved on never comes back: what is fenced here, before any lock, is fenced for good.
        if (Held(session, turn) is not { } actor)
        {
            return CommitOutcome.Fenced;
        }

        var jobs = turn.Jobs.IsEmpty ? [] : QueueNew(session, turn);
        var awaited = turn.Status is null ? [] : AwaitedKeys(session, actor.Experiment);
        LockJobs(session, [.. awaited, .. turn.Jobs.Select(j => j.Spec.Key.Hex)]);
        var self = turn.Lease.Actor.Role;
        LockActors(session, actor.Experiment, [self, .. turn.Messages.Select(m => m.To.Role)]);

        // From here nobody else can commit, deliver to, or take over this actor.
        if (!StillHeld(session, actor, turn))
        {
            return CommitOutcome.Fenced;
        }

        Consume(session, actor, turn);
        Append(session, actor, turn);
        Deliver(session, actor.Experiment, actor.Id, turn.Messages);

        // After the messages were consumed: an outcome that this turn consumed does not answer a request that it makes.
        if (!turn.Jobs.IsEmpty)
        {
            Ask(session, actor, turn, jobs);
        }

        if (turn.Status is { } status)
        {
            ChangeStatus(session, actor.Experiment, status.Status, status.Reason);
        }

        return CommitOutcome.Committed;
    }

    /// <summary>The actor if the lease and the sequence are current, with its experiment's status locked; null otherwise.</summary>
    private static HeldActor? Held(PostgresSession session, Turn turn) => session.First(
        $"""
        SELECT e.id, e.status = 'running', a.id
        FROM experiment e JOIN actor a ON a.experiment_id = e.id
        WHERE e.name = $1 AND a.role = $2 AND a.owner = $3 AND a.token = $4 AND a.sequence = $5
        FOR {(turn.Status is null ? "SHARE" : "NO KEY UPDATE")} OF e
        """,
        row => new HeldActor(row.GetInt64(0), row.GetBoolean(1), row.GetInt64(2)),
        turn.Lease.Actor.Experiment, turn.Lease.Actor.Role, turn.Lease.Node.Value, turn.Lease.Token, turn.ExpectedSequence);

    /// <summary>Locks the jobs with these keys, always in the order of the keys.</summary>
    private static void LockJobs(PostgresSession session, ImmutableArray<string> keys)
    {
        if (!keys.IsEmpty)
        {
            session.Defer("SELECT id FROM job WHERE key = ANY ($1) ORDER BY key FOR NO KEY UPDATE", (object)keys.Distinct().ToArray());
        }
    }

    /// <summary>Creates the actors of these roles that are new and locks all of them, always in the order of their ids.</summary>
    private static void LockActors(PostgresSession session, long experiment, ImmutableArray<string> roles)
    {
        var distinct = roles.Distinct().Order(StringComparer.Ordinal).ToArray();
        session.Defer(
            """
            INSERT INTO actor (experiment_id, role)
            SELECT $1, r.role FROM unnest($2) WITH ORDINALITY AS r (role, place)
            WHERE NOT EXISTS (SELECT 1 FROM actor a WHERE a.experiment_id = $1 AND a.role = r.role)
            ORDER BY r.place ON CONFLICT (experiment_id, role) DO NOTHING
            """,
            experiment, distinct);
        session.Defer(
            "SELECT id FROM actor WHERE experiment_id = $1 AND role = ANY ($2) ORDER BY id FOR NO KEY UPDATE", experiment, distinct);
    }

    /// <summary>Under the actor's lock: whether lease and sequence are still current, and all that the turn answers still lies in the
    /// inbox.</summary>
    private static bool StillHeld(PostgresSession session, HeldActor actor, Turn turn) => session.Integer(
        """
        SELECT id FROM actor
        WHERE id = $1 AND owner = $2 AND token = $3 AND sequence = $4
            AND (SELECT count(*) FROM message WHERE actor_id = $1 AND id = ANY ($5)) = $6
        """,
        actor.Id, turn.Lease.Node.Value, turn.Lease.Token, turn.ExpectedSequence, turn.Consumed.ToArray(),
        (long)turn.Consumed.Length) is not null;

    /// <summary>Takes the answered messages away.</summary>
    private static void Consume(PostgresSession session, HeldActor actor, Turn turn)
    {
        if (!turn.Consumed.IsEmpty)
        {
            session.Defer("DELETE FROM message WHERE actor_id = $1 AND id = ANY ($2)", actor.Id, turn.Consumed.ToArray());
        }
    }

    private static void Append(PostgresSession session, HeldActor actor, Turn turn)
    {
        var sequence = turn.ExpectedSequence + turn.Events.Length;
        if (!turn.Events.IsEmpty)
        {
            session.Defer(
                $"""
                INSERT INTO event (actor_id, sequence, at, kind, body)
                SELECT $1, $2 + e.place, {PostgresSession.Now(5)}, e.kind, e.body
                FROM unnest($3, $4) WITH ORDINALITY AS e (kind, body, place)
                """,
                actor.Id, turn.ExpectedSequence, turn.Events.Select(e => e.Kind).ToArray(),
                turn.Events.Select(e => PostgresColumns.Bytes(e.Body)).ToArray(), session.Clock);
            session.Defer("UPDATE actor SET sequence = $2 WHERE id = $1", actor.Id, sequence);
        }

        if (turn.Snapshot is { } snapshot)
        {
            session.Defer(
                """
                INSERT INTO snapshot (actor_id, sequence, body) VALUES ($1, $2, $3)
                ON CONFLICT (actor_id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
                """,
                actor.Id, sequence, PostgresColumns.Bytes(snapshot));
        }
    }

    /// <summary>Puts messages into inboxes of the experiment, whose actors are there and locked.</summary>
    private static void Deliver(PostgresSession session, long experiment, long? sender, ImmutableArray<OutgoingMessage> messages)
    {
        if (messages.IsEmpty)
        {
            return;
        }

        session.Defer(
            """
            INSERT INTO message (actor_id, sender_id, kind, body)
            SELECT a.id, $2::bigint, m.kind, m.body
            FROM unnest($3, $4, $5) WITH ORDINALITY AS m (role, kind, body, place)
            JOIN actor a ON a.experiment_id = $1 AND a.role = m.role
            ORDER BY m.place
            """,
            experiment, sender, messages.Select(m => m.To.Role).ToArray(), messages.Select(m => m.Kind).ToArray(),
            messages.Select(m => PostgresColumns.Bytes(m.Body)).ToArray());
    }
}
