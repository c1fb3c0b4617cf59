namespace ActorPrune.Actors.Kernel;

/// <summary>
/// Where actors run. Each piece of work is one actor's turn of at most <see cref="ActorSystemOptions.Throughput"/> messages. Work must
/// never run inside the call that schedules it, each piece must run once, and all that happened before the call must be visible to the
/// work.
/// </summary>
public interface IDispatcher
{
    /// <summary>Must not throw.</summary>
    void Schedule(Action work);
}

/// <summary>The .NET thread pool, first come, first served.</summary>
public sealed class ThreadPoolDispatcher : IDispatcher
{
    private ThreadPoolDispatcher()
    {
    }

    public static ThreadPoolDispatcher Instance { get; } = new();

    // Unsafe: a turn belongs to the actor, not to whoever woke it, so the sender's ExecutionContext must not flow into it.
    public void Schedule(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static w => w(), work, preferLocal: false);
}
