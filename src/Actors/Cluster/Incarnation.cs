using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;

namespace ActorPrune.Actors.Cluster;

/// <summary>There may be mail.</summary>
public sealed record CheckMail;

/// <summary>
/// A persistent actor at work on this node: one kernel actor for each lease. A store that is away fails it, and its supervisor starts it
/// again from the journal after a back-off; losing the lease stops it; an error of its own fails the experiment with the reason.
/// </summary>
public sealed class Incarnation(IJournal journal, ActorLease lease, Func<ActorLease, IPersistentActor> recover, Action<string> log)
    : Actor<CheckMail>
{
    /// <summary>Without mail for this long an actor is given back and leaves memory; its next mail brings it to life again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private IPersistentActor? actor;
    private long lastTurn;

    /// <summary>How an incarnation is to be spawned: one look at the mail answers all that call for it.</summary>
    public static ActorOptions SpawnOptions { get; } = new() { Conflates = true };

    protected override void PreStart()
    {
        lastTurn = Context.System.Clock.GetTimestamp();
        Context.Self.Tell(new CheckMail());
    }

    protected override void Receive(CheckMail message)
    {
        try
        {
            actor ??= recover(lease);
            switch (actor.Turn())
            {
                case TurnOutcome.Committed:
                    lastTurn = Context.System.Clock.GetTimestamp();
                    Context.Self.Tell(message);
                    break;
                case TurnOutcome.Idle when Context.System.Clock.GetElapsedTime(lastTurn) > Patience:
                    Context.StopSelf();
                    break;
                case TurnOutcome.Fenced:
                    log($"{lease.Actor} was taken over by another node.");
                    Context.StopSelf();
                    break;
            }
        }
        catch (OtherProgramException e)
        {
            log(e.Message);
            FailExperiment(e.Message);
            Context.StopSelf();
        }
#pragma warning disable CA1031 // an actor that cannot go on must say why in the store, whatever the cause
        catch (Exception e) when (e is not (JournalUnavailableException or JournalIncompatibleException))
#pragma warning restore CA1031
        {
            log($"{lease.Actor} cannot go on: {e}");
            FailExperiment($"{lease.Actor}: {e.GetType().Name}: {e.Message}");
            Context.StopSelf();
        }
    }

    /// <summary>As a turn, so that an owner that was paused and replaced meanwhile cannot fail what the new owner goes on with.</summary>
    private void FailExperiment(string reason)
    {
        var sequence = journal.Load(lease.Actor).Sequence;
        journal.Commit(new Turn(lease, sequence, [], [], [], [], Snapshot: null, (ExperimentStatus.Failed, reason)));
    }
}
