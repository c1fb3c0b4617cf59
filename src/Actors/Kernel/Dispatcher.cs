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

/// <summary>
/// Threads of its own, first come, first served: for actors that wait for a store in their turns. In the thread pool such turns hold the
/// threads that the store's own continuations need; the pool then adds one only every half second, and everything stands still till then.
/// </summary>
public sealed class DedicatedThreadDispatcher : IDispatcher, IDisposable
{
    private readonly Queue<Action> waiting = new();
    private bool ended;

    /// <param name="name">Of the threads, for people.</param>
    /// <param name="threads">Turns at once, at least 1.</param>
    public DedicatedThreadDispatcher(string name, int threads)
    {
        for (var i = 0; i < Limit.Positive(threads, nameof(threads)); i++)
        {
            new Thread(Run) { Name = name, IsBackground = true }.Start();
        }
    }

    /// <summary>After <see cref="Dispose"/> the work runs in the thread pool.</summary>
    public void Schedule(Action work)
    {
        lock (waiting)
        {
            if (!ended)
            {
                waiting.Enqueue(work);
                Monitor.Pulse(waiting);
                return;
            }
        }

        ThreadPoolDispatcher.Instance.Schedule(work);
    }

    /// <summary>The threads end after what is scheduled; nobody waits for that, so it may be called in one of them.</summary>
    public void Dispose()
    {
        lock (waiting)
        {
            ended = true;
            Monitor.PulseAll(waiting);
        }
    }

    private void Run()
    {
        while (Next() is { } work)
        {
            work();
        }
    }

    private Action? Next()
    {
        lock (waiting)
        {
            while (waiting.Count == 0 && !ended)
            {
                Monitor.Wait(waiting);
            }

            return waiting.TryDequeue(out var work) ? work : null;
        }
    }
}
