using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    private sealed record ActorRow(long Id, long Experiment, long Sequence);

    private sealed record AskedJob(long Id, string Status);

    public CommitOutcome Commit(Turn turn)
    {
        JournalLimits.Check(turn);
        return Write(() => TryCommit(turn), outcome => outcome == CommitOutcome.Committed, wake: true);
    }

    private CommitOutcome TryCommit(Turn turn)
    {
        if (HeldActor(turn.Lease) is not { } actor || actor.Sequence != turn.ExpectedSequence || !Consume(actor, turn))
        {
            return CommitOutcome.Fenced;
        }

        Append(actor, turn);
        foreach (var message in turn.Messages)
        {
            Deliver(actor.Experiment, actor.Id, message);
        }

        // After the messages were consumed: an outcome that this turn consumed does not answer a request that it makes.
        foreach (var job in turn.Jobs)
        {
            Ask(actor, turn.Lease.Actor.Experiment, job);
        }

        if (turn.Status is { } status)
        {
            ChangeStatus(actor.Experiment, status.Status, status.Reason);
        }

        return CommitOutcome.Committed;
    }

    /// <summary>The fence: the actor if the token is that of its latest acquisition and nobody freed it since; null otherwise.</summary>
    private ActorRow? HeldActor(ActorLease lease) => writer.First(
        """
        SELECT a.id, a.experiment_id, a.sequence
        FROM experiment e JOIN actor a ON a.experiment_id = e.id
        WHERE e.name = ?1 AND a.role = ?2 AND a.owner = ?3 AND a.token = ?4
        """,
        row => new ActorRow(row.Integer(0), row.Integer(1), row.Integer(2)),
        lease.Actor.Experiment, lease.Actor.Role, lease.Node.Value, lease.Token);

    /// <summary>Takes the answered messages away. False: one was gone already.</summary>
    private bool Consume(ActorRow actor, Turn turn)
    {
        foreach (var id in turn.Consumed)
        {
            if (writer.Run("DELETE FROM message WHERE id = ?1 AND actor_id = ?2", id, actor.Id) != 1)
            {
                return false;
            }
        }

        if (turn.Consumed.Length > 0)
        {
            MarkOldestMail(actor.Id);
        }

        return true;
    }

    private void MarkOldestMail(long actor) => writer.Run(
        "UPDATE actor SET oldest_mail = (SELECT min(id) FROM message WHERE actor_id = ?1) WHERE id = ?1", actor);

    private void Append(ActorRow actor, Turn turn)
    {
        var sequence = actor.Sequence;
        var now = Now();
        foreach (var item in turn.Events)
        {
            writer.Run(
                "INSERT INTO event (actor_id, sequence, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                actor.Id, ++sequence, now, item.Kind, item.Body);
        }

        writer.Run("UPDATE actor SET sequence = ?2 WHERE id = ?1", actor.Id, sequence);
        if (turn.Snapshot is { } snapshot)
        {
            writer.Run("INSERT OR REPLACE INTO snapshot (actor_id, sequence, body) VALUES (?1, ?2, ?3)", actor.Id, sequence, snapshot);
        }
    }

    /// <summary>Puts a message into an inbox of the experiment and creates the receiver if it is new.</summary>
    private void Deliver(long experiment, long? sender, OutgoingMessage message)
    {
        writer.Run("INSERT OR IGNORE INTO actor (experiment_id, role) VALUES (?1, ?2)", experiment, message.To.Role);
        var receiver = writer.Integer("SELECT id FROM actor WHERE experiment_id = ?1 AND role = ?2", experiment, message.To.Role)!.Value;
        writer.Run(
            "INSERT INTO message (actor_id, sender_id, kind, body) VALUES (?1, ?2, ?3, ?4)",
            receiver, sender is { } id ? id : default(Native.SqliteValue), message.Kind, message.Body);
        MarkMail(receiver, writer.LastInsertId);
    }

    private void MarkMail(long actor, long message) =>
        writer.Run("UPDATE actor SET oldest_mail = coalesce(oldest_mail, ?2) WHERE id = ?1", actor, message);

    private void Ask(ActorRow actor, string experiment, JobRequest request)
    {
        var (job, cached) = FindOrQueue(actor, request, experiment);
        writer.Run("INSERT INTO request (actor_id, job_id, cached) VALUES (?1, ?2, ?3)", actor.Id, job.Id, cached ? 1 : 0);
        if (job.Status is "done" or "failed")
        {
            DeliverKnownOutcome(actor.Id, job.Id);
            return;
        }

        // An outcome can still lie in the inbox of a job that is open again: another experiment had its failure retried.
        if (writer.Run("DELETE FROM message WHERE actor_id = ?1 AND job_id = ?2", actor.Id, job.Id) > 0)
        {
            MarkOldestMail(actor.Id);
        }

        writer.Run("INSERT OR IGNORE INTO subscription (job_id, actor_id) VALUES (?1, ?2)", job.Id, actor.Id);
        writer.Run(
            """
            UPDATE job SET priority = max(priority, ?2), wanted = wanted OR EXISTS (SELECT 1 FROM experiment WHERE id = ?3 AND status = 'running')
            WHERE id = ?1
            """,
            job.Id, request.Priority, actor.Experiment);
    }

    /// <summary>
    /// The job's row, and whether it was there already. A queued job that all who asked have left (their experiments were deleted) counts
    /// as new: it takes a new place in the queue, and this experiment is the first to ask. So does one that failed before this experiment
    /// asked for it: what it failed of may have been mended since.
    /// </summary>
    private (AskedJob Job, bool Cached) FindOrQueue(ActorRow actor, JobRequest request, string experiment)
    {
        var key = request.Spec.Key.Hex;
        var found = writer.First("SELECT id, status FROM job WHERE key = ?1", row => new AskedJob(row.Integer(0), row.Text(1)), key);
        if (found is null)
        {
            writer.Run(
                """
                INSERT INTO job (key, kind, body, status, wanted, priority, position, experiment)
                VALUES (?1, ?2, ?3, 'queued', 0, ?4, ?5, ?6)
                """,
                key, request.Spec.Kind, request.Spec.Body, request.Priority, NextNumber(), experiment);
            return (new AskedJob(writer.LastInsertId, "queued"), false);
        }

        if (found.Status == "failed" && !HasAsked(actor.Experiment, found.Id))
        {
            RenewFailed(found.Id);
            found = found with { Status = "queued" };
        }

        if (found.Status != "queued" || writer.Integer("SELECT 1 FROM subscription WHERE job_id = ?1 LIMIT 1", found.Id) is not null)
        {
            return (found, true);
        }

        writer.Run(
            "UPDATE job SET priority = ?2, position = ?3, experiment = ?4 WHERE id = ?1",
            found.Id, request.Priority, NextNumber(), experiment);
        return (found, false);
    }

    private bool HasAsked(long experiment, long job) => writer.Integer(
        "SELECT 1 FROM actor a JOIN request r ON r.actor_id = a.id WHERE a.experiment_id = ?1 AND r.job_id = ?2 LIMIT 1",
        experiment, job) is not null;

    /// <summary>Delivers a stored outcome, unless it lies in the actor's inbox already: then that one answers this request too.</summary>
    private void DeliverKnownOutcome(long actor, long job)
    {
        var delivered = writer.Run(
            """
            INSERT OR IGNORE INTO message (actor_id, job_id, kind, body) SELECT ?1, id, ?3, outcome FROM job WHERE id = ?2
            """,
            actor, job, JobMessages.Outcome);
        if (delivered == 1)
        {
            MarkMail(actor, writer.LastInsertId);
        }
    }
}
