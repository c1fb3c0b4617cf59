using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>What a device pool is told.</summary>
public abstract record PoolMessage
{
    private PoolMessage()
    {
    }

    /// <summary>There may be jobs.</summary>
    public sealed record Wake : PoolMessage;

    /// <summary>An evaluator's attempt has ended.</summary>
    public sealed record Ended(int Slot, Attempt Attempt) : PoolMessage;

    /// <summary>Experiments may have been stopped: take back what nobody waits for.</summary>
    public sealed record Recall : PoolMessage;

    /// <summary>The store was away: try to write what has been finished meanwhile.</summary>
    public sealed record Flush : PoolMessage;

    /// <summary>Take no more jobs and hand back those that run, with checkpoints; answered when all are back.</summary>
    public sealed record Drain(ActorRef<Drained> ReplyTo) : PoolMessage;

    /// <summary>What each evaluator is doing.</summary>
    public sealed record Look(ActorRef<ImmutableArray<EvaluatorStatus>> ReplyTo) : PoolMessage;
}

public sealed record Drained;

/// <summary>What one evaluator is doing; <paramref name="Job"/> is null while it is idle.</summary>
public sealed record EvaluatorStatus(string Evaluator, JobLease? Job, DateTimeOffset? StartedAt, JobProgress? Progress);
