using System.Collections.Immutable;

namespace ActorPrune.Actors.Kernel;

/// <summary>How one actor is run.</summary>
public sealed record ActorOptions
{
    public static ActorOptions Default { get; } = new();

    /// <summary>
    /// Messages that may wait, at least 1; default 100,000. Beyond it the newest is dropped: a dead letter, and a <see
    /// cref="KernelEvent.MailboxOverflowed"/> for the first of a series. System messages, and what the actor ordered itself (timers, piped
    /// results, terminations), are never dropped.
    /// </summary>
    public int MailboxCapacity { get; init => field = Limit.Positive(value, nameof(MailboxCapacity)); } = 100_000;

    /// <summary>A message that equals the last of those that wait is not queued; default: all are. For wake-ups, which say nothing that
    /// the one that waits does not say.</summary>
    public bool Conflates { get; init; }

    /// <summary>Messages that may be stashed, at least 1; default 1,000. Beyond it <c>Stash</c> throws <see
    /// cref="StashOverflowException"/>.</summary>
    public int StashCapacity { get; init => field = Limit.Positive(value, nameof(StashCapacity)); } = 1_000;

    /// <summary>What this actor does about failures of its children.</summary>
    public SupervisorStrategy SupervisorStrategy { get; init; } = SupervisorStrategy.Default;
}

/// <summary>How an actor system is run.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>Time for timers, asks, back-off and shutdown phases. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Default: the thread pool.</summary>
    public IDispatcher Dispatcher { get; init; } = ThreadPoolDispatcher.Instance;

    /// <summary>Messages that an actor may handle before others have their turn, at least 1; default 16.</summary>
    public int Throughput { get; init => field = Limit.Positive(value, nameof(Throughput)); } = 16;

    /// <summary>What happens when a top-level actor fails.</summary>
    public SupervisorStrategy GuardianStrategy { get; init; } = SupervisorStrategy.Default;

    /// <summary>Phases of <see cref="ActorSystem.CoordinatedShutdown"/>, in order, before the actors are terminated.</summary>
    public ImmutableArray<ShutdownPhase> ShutdownPhases { get; init; } = ShutdownPhase.Defaults;

    /// <summary>Called in the thread where it happened: must be quick and safe for use from several threads. What it throws is
    /// lost.</summary>
    public Action<KernelEvent>? OnEvent { get; init; }

    /// <summary>The first observer of <see cref="ActorSystem.DeadLetters"/>, called in the sender's thread.</summary>
    public Action<DeadLetter>? OnDeadLetter { get; init; }
}

internal static class Limit
{
    public static int Positive(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }
}
