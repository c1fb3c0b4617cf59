namespace ActorPrune.Actors.Kernel;

/// <summary>What a parent does about a child that failed.</summary>
public enum Directive
{
    /// <summary>Goes on with the next message; the state stays. A child that failed while starting is restarted instead.</summary>
    Resume,

    /// <summary>A new instance goes on with the next message; the mailbox stays, the state is lost.</summary>
    Restart,

    /// <summary>Stops the child for good.</summary>
    Stop,

    /// <summary>The parent fails with the same exception: its own parent decides.</summary>
    Escalate,
}

/// <summary>
/// How an actor deals with failures of its children. A child that throws handles no message until its parent has decided; the message that
/// it threw on is lost. The n-th restart within the window waits MinBackoff · 2ⁿ⁻¹, at most MaxBackoff (no jitter: runs are
/// repeatable).
/// </summary>
public sealed record SupervisorStrategy
{
    private static readonly Func<Exception, Directive> RestartAlways = _ => Directive.Restart;

    private SupervisorStrategy(
        bool allForOne, Func<Exception, Directive>? decider, int? maxRestarts, TimeSpan? window, TimeSpan? minBackoff, TimeSpan? maxBackoff)
    {
        IsAllForOne = allForOne;
        Decider = decider ?? RestartAlways;
        MaxRestarts = maxRestarts;
        Window = window ?? TimeSpan.FromMinutes(10);
        MinBackoff = minBackoff ?? TimeSpan.FromMilliseconds(100);
        MaxBackoff = maxBackoff ?? (MinBackoff > TimeSpan.FromSeconds(30) ? MinBackoff : TimeSpan.FromSeconds(30));
        if (MaxRestarts < 0 || Window <= TimeSpan.Zero || MinBackoff < TimeSpan.Zero || MaxBackoff < MinBackoff)
        {
            throw new ArgumentException("Expected maxRestarts >= 0, window > 0 and 0 <= minBackoff <= maxBackoff; found "
                + $"{MaxRestarts}, {Window}, {MinBackoff}, {MaxBackoff}.");
        }

        // Restarts leave the window while later ones still wait: such a limit would be a promise that nothing keeps.
        var waited = TimeSpan.Zero;
        for (var n = 1; n <= MaxRestarts && waited < Window; n++)
        {
            waited += Backoff(n);
        }

        if (waited >= Window)
        {
            throw new ArgumentException($"The limit of {MaxRestarts} restarts in {Window} can never be reached, since their back-off alone "
                + "takes longer: widen the window, or lower maxRestarts or maxBackoff.");
        }
    }

    /// <summary>One-for-one: restart with back-off from 100 ms to 30 s, at most 10 times within 10 minutes.</summary>
    public static SupervisorStrategy Default { get; } = OneForOne();

    /// <summary>Stops a child at its first failure.</summary>
    public static SupervisorStrategy Stopping { get; } = OneForOne(_ => Directive.Stop);

    /// <summary>Whether Restart and Stop apply to all children, not only to the one that failed. The restarts are then counted
    /// together.</summary>
    public bool IsAllForOne { get; }

    /// <summary>Must be pure. What it throws becomes the parent's own failure.</summary>
    public Func<Exception, Directive> Decider { get; }

    /// <summary>Restarts allowed within <see cref="Window"/>; the next failure stops the child. Null: no limit.</summary>
    public int? MaxRestarts { get; }

    public TimeSpan Window { get; }

    public TimeSpan MinBackoff { get; }

    public TimeSpan MaxBackoff { get; }

    /// <exception cref="ArgumentException">Negative values, or a limit that can never be reached within the window.</exception>
    public static SupervisorStrategy OneForOne(
        Func<Exception, Directive>? decider = null, int? maxRestarts = 10, TimeSpan? window = null,
        TimeSpan? minBackoff = null, TimeSpan? maxBackoff = null) =>
        new(false, decider, maxRestarts, window, minBackoff, maxBackoff);

    /// <inheritdoc cref="OneForOne"/>
    public static SupervisorStrategy AllForOne(
        Func<Exception, Directive>? decider = null, int? maxRestarts = 10, TimeSpan? window = null,
        TimeSpan? minBackoff = null, TimeSpan? maxBackoff = null) =>
        new(true, decider, maxRestarts, window, minBackoff, maxBackoff);

    /// <summary>The wait before the <paramref name="restart"/>-th restart within the window, counted from 1.</summary>
    public TimeSpan Backoff(int restart)
    {
        // 2^62 times any wait that can be told from zero is beyond every MaxBackoff.
        var ticks = MinBackoff.Ticks * Math.Pow(2, Math.Min(restart - 1, 62));
        return ticks >= MaxBackoff.Ticks ? MaxBackoff : TimeSpan.FromTicks((long)ticks);
    }
}

/// <summary>When a child (or, all-for-one, any child) was restarted. Touched by the parent's thread alone.</summary>
internal sealed class RestartHistory
{
    private readonly Queue<long> restarts = new();

    public int Count => restarts.Count;

    /// <summary>False: the limit is reached.</summary>
    public bool TryRestart(SupervisorStrategy strategy, TimeProvider clock, out TimeSpan backoff)
    {
        var now = clock.GetTimestamp();
        while (restarts.TryPeek(out var oldest) && clock.GetElapsedTime(oldest, now) >= strategy.Window)
        {
            restarts.Dequeue();
        }

        backoff = strategy.Backoff(restarts.Count + 1);
        if (restarts.Count >= strategy.MaxRestarts)
        {
            return false;
        }

        restarts.Enqueue(now);
        return true;
    }
}
