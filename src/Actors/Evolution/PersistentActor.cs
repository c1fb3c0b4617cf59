using System.Collections.Immutable;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Evolution;

/// <summary>One leased persistent actor in memory, whatever its state's type.</summary>
public interface IPersistentActor
{
    ActorLease Lease { get; }

    /// <summary>Answers what is in the inbox in one turn, committed at once.</summary>
    /// <exception cref="JournalUnavailableException">The store is away: nothing took effect, the turn may be tried again.</exception>
    TurnOutcome Turn();
}

public enum TurnOutcome
{
    /// <summary>The inbox was empty.</summary>
    Idle,

    /// <summary>A turn was committed; there may be more mail.</summary>
    Committed,

    /// <summary>Another node owns the actor now: drop this instance.</summary>
    Fenced,
}

/// <summary>
/// The impure half of a persistent actor: recovers the state from snapshot and events, and turns mail into committed turns through the
/// decider. The state in memory moves only when the commit succeeded.
/// </summary>
public sealed class PersistentActor<TState> : IPersistentActor
{
    /// <summary>A turn answers at most this many messages.</summary>
    public const int MaxMessages = 64;

    /// <summary>A snapshot is stored at the first good moment after this many events.</summary>
    public const int SnapshotInterval = 16;

    private readonly IJournal journal;
    private readonly IDecider<TState> decider;
    private TState state;
    private long sequence;

    // Of the latest snapshot that was stored, or would have been but for its size.
    private long snapshotSequence;

    /// <summary>Recovers the actor from the journal.</summary>
    /// <exception cref="OtherProgramException">This program would not have decided as the journal has it.</exception>
    public PersistentActor(IJournal journal, ActorLease lease, IDecider<TState> decider)
    {
        this.journal = journal;
        this.decider = decider;
        Lease = lease;
        (state, sequence, snapshotSequence) = Recover(journal, lease.Actor, decider);
    }

    public ActorLease Lease { get; }

    public TurnOutcome Turn()
    {
        var mail = journal.Inbox(Lease.Actor, MaxMessages);
        if (mail.IsEmpty)
        {
            return TurnOutcome.Idle;
        }

        var next = state;
        var effects = Effects.None;
        var events = ImmutableArray.CreateBuilder<NewEvent>();
        foreach (var message in mail)
        {
            foreach (var happened in decider.Decide(next, message))
            {
                var transition = decider.Apply(next, happened);
                next = transition.State;
                effects = effects.Then(transition.Effects);
                events.Add(happened);
            }
        }

        return Commit(mail, next, effects, events.ToImmutable());
    }

    private TurnOutcome Commit(ImmutableArray<Envelope> mail, TState next, Effects effects, ImmutableArray<NewEvent> events)
    {
        var after = sequence + events.Length;
        var snapshot = effects.WorthSnapshot && after - snapshotSequence >= SnapshotInterval ? decider.WriteSnapshot(next) : null;

        // One that is too large for the journal is left out: it saves a recovery time, and nothing depends on it.
        var stored = snapshot?.Length <= JournalLimits.BodyLength ? snapshot : null;
        var turn = new Turn(
            Lease, sequence, [.. mail.Select(m => m.Id)], events, effects.Messages, effects.Jobs, stored, effects.Status);
        if (journal.Commit(turn) == CommitOutcome.Fenced)
        {
            return TurnOutcome.Fenced;
        }

        (state, sequence) = (next, after);
        snapshotSequence = snapshot is null ? snapshotSequence : after;
        return TurnOutcome.Committed;
    }

    private static (TState State, long Sequence, long SnapshotSequence) Recover(IJournal journal, ActorId actor, IDecider<TState> decider)
    {
        var stored = journal.Load(actor);
        var recovered = stored.Snapshot is { } snapshot ? decider.ReadSnapshot(snapshot.Body) : decider.Initial;
        var asked = new List<JobRequest>();
        foreach (var happened in stored.Events)
        {
            (recovered, var effects) = decider.Apply(recovered, new NewEvent(happened.Kind, happened.Body));
            asked.AddRange(effects.Jobs);
        }

        // The effects were taken when the events happened, and jobs are never deleted: the outcome of one that is not there would be waited
        // for in vain.
        return asked.TrueForAll(j => journal.FindJob(j.Spec.Key) is not null)
            ? (recovered, stored.Sequence, stored.Snapshot?.Sequence ?? 0)
            : throw new OtherProgramException(actor.Experiment);
    }
}
