using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using ActorPrune.Actors.Kernel;

namespace ActorPrune.Actors.TestKit;

/// <summary>
/// An actor system under test with all that it reported. <see cref="Deterministic"/>: seeded order and virtual time, nothing happens
/// between calls of <see cref="RunUntilIdle"/> and <see cref="Advance"/> (and the probes' expectations, which call them). <see
/// cref="OnThreadPool"/>: the real dispatcher and clock. Dispose terminates the system and fails when actors refuse to stop.
/// </summary>
public sealed class ActorTestSystem : IDisposable
{
    /// <summary>How long expectations wait: virtual time in a deterministic system, real time on the thread pool.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<KernelEvent> events = new();
    private readonly ConcurrentQueue<DeadLetter> deadLetters = new();
    private readonly DeterministicDispatcher? dispatcher;
    private readonly VirtualTimeProvider? clock;
    private readonly object changed = new();

    private ActorTestSystem(DeterministicDispatcher? dispatcher, ActorSystemOptions? options)
    {
        this.dispatcher = dispatcher;
        clock = dispatcher is null ? null : new VirtualTimeProvider();
        options ??= new ActorSystemOptions { Throughput = dispatcher is null ? 16 : 1 };
        System = new ActorSystem("test", options with
        {
            Dispatcher = dispatcher ?? options.Dispatcher,
            Clock = clock ?? options.Clock,
            OnEvent = e =>
            {
                events.Enqueue(e);
                options.OnEvent?.Invoke(e);
                SignalChange();
            },
            OnDeadLetter = d =>
            {
                deadLetters.Enqueue(d);
                options.OnDeadLetter?.Invoke(d);
                SignalChange();
            },
        });
    }

    public ActorSystem System { get; }

    public bool IsDeterministic => dispatcher is not null;

    /// <exception cref="InvalidOperationException">The system runs on the thread pool.</exception>
    public VirtualTimeProvider Clock => clock ?? throw NotDeterministic(nameof(Clock));

    /// <exception cref="InvalidOperationException">The system runs on the thread pool.</exception>
    public DeterministicDispatcher Dispatcher => dispatcher ?? throw NotDeterministic(nameof(Dispatcher));

    /// <summary>All kernel events so far, in the order of arrival.</summary>
    public ImmutableArray<KernelEvent> Events => [.. events];

    public ImmutableArray<DeadLetter> DeadLetters => [.. deadLetters];

    /// <param name="seed">Of the interleaving.</param>
    /// <param name="options">Clock and dispatcher are replaced. Default: one message a turn, so that the seed has the most to choose
    /// from.</param>
    public static ActorTestSystem Deterministic(long seed = 1, ActorSystemOptions? options = null) => new(new DeterministicDispatcher(seed), options);

    public static ActorTestSystem OnThreadPool(ActorSystemOptions? options = null) => new(null, options);

    public TestProbe<TMessage> Probe<TMessage>(string name = "probe") => new(this, name);

    public ActorRef<TMessage> Spawn<TMessage>(string name, Func<Actor<TMessage>> factory, ActorOptions? options = null) =>
        System.Spawn(name, factory, options);

    /// <summary>Runs all that is ready or due now; the clock stands still.</summary>
    public void RunUntilIdle() => Advance(TimeSpan.Zero);

    /// <summary>Moves the clock on; actors run until idle at each instant at which a timer fires.</summary>
    public void Advance(TimeSpan by)
    {
        Dispatcher.RunUntilIdle();
        DeterministicDispatcher.Inline(() => Clock.Advance(by, () => Dispatcher.RunUntilIdle()));
    }

    /// <summary>
    /// Runs (or waits) until <paramref name="condition"/> holds, which must be safe for use from this thread; false when it does not within
    /// <paramref name="patience"/>. In a deterministic system the clock moves from one due time to the next, and to the end of the
    /// patience.
    /// </summary>
    public bool RunUntil(Func<bool> condition, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return IsDeterministic ? RunVirtually(condition, patience ?? DefaultPatience) : WaitReally(condition, patience ?? DefaultPatience);
    }

    /// <summary>The result of a task of this system; its exception is thrown as it is.</summary>
    public TResult ResultOf<TResult>(Task<TResult> task, TimeSpan? patience = null)
    {
        Await(task, patience);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until the task is complete, however it ends.</summary>
    public void Await(Task task, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        task.ContinueWith(_ => SignalChange(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (!RunUntil(() => task.IsCompleted, patience))
        {
            throw new Xunit.Sdk.XunitException($"Expected a task to complete within {patience ?? DefaultPatience}, but it is {task.Status}. {Report()}");
        }
    }

    public void Dispose()
    {
        var terminated = System.TerminateAsync();
        Await(terminated);
    }

    /// <summary>What the system reported last, for a failed expectation's message.</summary>
    internal string Report()
    {
        var lines = events.TakeLast(20).Select(e => e.ToString()).Concat(deadLetters.TakeLast(20).Select(d => d.ToString()));
        var seed = dispatcher is null ? "thread pool" : $"seed {dispatcher.Seed}, virtual time {Clock.Elapsed}";
        return $"System ({seed}) reported last:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", lines.DefaultIfEmpty("nothing"))}";
    }

    internal void SignalChange()
    {
        lock (changed)
        {
            Monitor.PulseAll(changed);
        }
    }

    private static InvalidOperationException NotDeterministic(string what) =>
        new($"{what}: this test system runs on the thread pool in real time; use {nameof(ActorTestSystem)}.{nameof(Deterministic)}.");

    private bool RunVirtually(Func<bool> condition, TimeSpan patience)
    {
        var limit = Clock.GetUtcNow() + patience;
        do
        {
            while (!condition())
            {
                if (!Dispatcher.RunOne())
                {
                    break;
                }
            }

            if (condition())
            {
                return true;
            }
        }
        while (FireNextInstant(limit));

        Clock.Advance(limit - Clock.GetUtcNow());
        return condition();
    }

    private bool FireNextInstant(DateTimeOffset limit)
    {
        var fired = false;
        DeterministicDispatcher.Inline(() => fired = Clock.FireNextInstant(limit));
        return fired;
    }

    private bool WaitReally(Func<bool> condition, TimeSpan patience)
    {
        var begin = Stopwatch.GetTimestamp();
        lock (changed)
        {
            // The condition is looked at inside the lock that signals take: a change between look and wait cannot be missed.
            while (!condition())
            {
                var left = patience - Stopwatch.GetElapsedTime(begin);
                if (left <= TimeSpan.Zero || !Monitor.Wait(changed, left))
                {
                    return condition();
                }
            }

            return true;
        }
    }
}
