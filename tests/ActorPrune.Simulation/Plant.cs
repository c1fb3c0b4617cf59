using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>Faults that are planted to show that the simulation finds them. They live in layers around the real parts.</summary>
internal enum Plant
{
    None,

    /// <summary>A turn is committed whoever owns the actor now.</summary>
    NoFence,

    /// <summary>Leases go by the clock of the node that asks.</summary>
    LocalTime,

    /// <summary>Messages are delivered twice.</summary>
    DoubleDelivery,

    /// <summary>A generation's results are told in the order of their arrival.</summary>
    ArrivalOrder,

    /// <summary>A result is counted although its lease was lost.</summary>
    LateResult,

    /// <summary>A commit whose answer is lost forgets who waits for the jobs that it asked for.</summary>
    LostSubscription,
}

/// <summary>What the planted faults need to know across nodes.</summary>
internal sealed class PlantedFaults(Plant plant, StoreClock clock)
{
    /// <summary>Who owns what now, for those that do without a fence.</summary>
    public Dictionary<ActorId, ActorLease> Actors { get; } = [];

    public Dictionary<JobKey, JobLease> Jobs { get; } = [];

    public Plant Plant => plant;

    public StoreClock Clock => clock;

    /// <summary>The layer on one node's line.</summary>
    /// <param name="store">The real one.</param>
    /// <param name="skew">Of the node's clock.</param>
    /// <param name="losesAnswer">Whether the node will not hear the answer to its present call.</param>
    public IJournal Layer(IJournal store, TimeSpan skew, Func<bool> losesAnswer) => plant switch
    {
        Plant.None or Plant.ArrivalOrder => store,
        Plant.LocalTime => new LocalTimeJournal(store, clock, skew),
        _ => new PlantedJournal(store, this, losesAnswer),
    };

    /// <summary>Brings an actor to life, on a decider that is wrong where that is the fault.</summary>
    public Func<IJournal, ActorLease, IPersistentActor>? Recover(IStudy study) => plant != Plant.ArrivalOrder
        ? null
        : (journal, lease) => Addresses.IslandName(lease.Actor) is { } island
            ? new PersistentActor<IslandState>(
                journal, lease, new ArrivalOrderDecider(new IslandDecider(lease.Actor.Experiment, island, study)))
            : new ActorRecovery(journal, _ => study).Recover(lease);
}

internal sealed class PlantedJournal(IJournal inner, PlantedFaults faults, Func<bool> losesAnswer) : JournalDecorator(inner)
{
    public override ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null)
    {
        var claimed = Inner.ClaimActors(node, most, lease, scope);
        foreach (var actor in claimed)
        {
            faults.Actors[actor.Actor] = actor;
        }

        return claimed;
    }

    public override JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null)
    {
        var claimed = Inner.ClaimJob(node, lease, scope);
        if (claimed is not null)
        {
            faults.Jobs[claimed.Spec.Key] = claimed;
        }

        return claimed;
    }

    public override CommitOutcome Commit(Turn turn) => faults.Plant switch
    {
        Plant.NoFence => Inner.Commit(Unfenced(turn)),
        Plant.DoubleDelivery => Inner.Commit(turn with { Messages = [.. turn.Messages.SelectMany(m => new[] { m, m })] }),
        Plant.LostSubscription when losesAnswer() => Inner.Commit(turn with { Jobs = [] }),
        _ => Inner.Commit(turn),
    };

    public override bool Complete(JobLease lease, JobResult result, double seconds) =>
        Inner.Complete(faults.Plant == Plant.LateResult ? faults.Jobs[lease.Spec.Key] : lease, result, seconds);

    /// <summary>As a store would take it that asks neither for the token nor for the sequence.</summary>
    private Turn Unfenced(Turn turn)
    {
        var there = Inner.Inbox(turn.Lease.Actor, int.MaxValue).Select(m => m.Id).ToHashSet();
        return turn with
        {
            Lease = faults.Actors[turn.Lease.Actor],
            ExpectedSequence = Inner.Load(turn.Lease.Actor).Sequence,
            Consumed = [.. turn.Consumed.Where(there.Contains)],
        };
    }
}

/// <summary>Leases by the clock of the node that asks.</summary>
internal sealed class LocalTimeJournal(IJournal inner, StoreClock clock, TimeSpan skew) : JournalDecorator(inner)
{
    public override ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null) =>
        Here(() => Inner.ClaimActors(node, most, lease, scope));

    public override JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null) =>
        Here(() => Inner.ClaimJob(node, lease, scope));

    public override bool Join(NodeInfo node, TimeSpan lease) => Here(() => Inner.Join(node, lease));

    public override bool Renew(NodeId node, TimeSpan lease) => Here(() => Inner.Renew(node, lease));

    private T Here<T>(Func<T> call)
    {
        clock.Offset = skew;
        try
        {
            return call();
        }
        finally
        {
            clock.Offset = TimeSpan.Zero;
        }
    }
}

/// <summary>Gives the first result that arrives to the first genome, the second to the second.</summary>
internal sealed class ArrivalOrderDecider(IslandDecider inner) : IDecider<IslandState>
{
    public IslandState Initial => inner.Initial;

    public ImmutableArray<NewEvent> Decide(IslandState state, Envelope message)
    {
        var decided = inner.Decide(state, message);
        if (message.Kind != JobMessages.Outcome)
        {
            return decided;
        }

        var outcome = JobOutcome.Parse(message.Body);
        if (!state.Awaited.Contains(outcome.Key))
        {
            return decided;
        }

        var next = state.Awaited.Distinct().ElementAt(state.Outcomes.Count);
        return inner.Decide(state, message with { Body = (outcome with { Key = next }).ToJson() });
    }

    public Transition<IslandState> Apply(IslandState state, NewEvent happened) => inner.Apply(state, happened);

    public string WriteSnapshot(IslandState state) => inner.WriteSnapshot(state);

    public IslandState ReadSnapshot(string text) => inner.ReadSnapshot(text);
}
