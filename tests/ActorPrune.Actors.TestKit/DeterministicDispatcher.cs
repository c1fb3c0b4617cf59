using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Actors.TestKit;

/// <summary>
/// Runs work only when it is told to, one piece after another in the calling thread, picking among what is ready by a seeded generator: the
/// same seed gives the same interleaving. Continuations of tasks that complete within a piece of work run within it.
/// </summary>
public sealed class DeterministicDispatcher : IDispatcher
{
    private readonly Lock gate = new();
    private readonly List<Action> ready = [];
    private readonly CounterRandom random;

    public DeterministicDispatcher(long seed)
    {
        Seed = seed;
        random = CounterRandom.For(seed, "dispatcher", 0, 0, "order");
    }

    public long Seed { get; }

    /// <summary>Pieces of work run so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether something is ready to run.</summary>
    public bool HasWork
    {
        get
        {
            lock (gate)
            {
                return ready.Count > 0;
            }
        }
    }

    public void Schedule(Action work)
    {
        lock (gate)
        {
            ready.Add(work);
        }
    }

    /// <summary>Runs one piece of work. False: none is ready.</summary>
    public bool RunOne()
    {
        Action work;
        lock (gate)
        {
            if (ready.Count == 0)
            {
                return false;
            }

            var at = random.NextInt(ready.Count);
            work = ready[at];
            ready.RemoveAt(at);
        }

        Steps++;
        Inline(work);
        return true;
    }

    /// <summary>Runs until nothing is ready.</summary>
    /// <exception cref="InvalidOperationException">More than <paramref name="mostSteps"/>: actors seem to exchange messages
    /// endlessly.</exception>
    public void RunUntilIdle(long mostSteps = 10_000_000)
    {
        for (var steps = 0L; RunOne(); steps++)
        {
            if (steps == mostSteps)
            {
                throw new InvalidOperationException($"Still busy after {mostSteps} steps (seed {Seed}): actors seem to exchange messages endlessly.");
            }
        }
    }

    /// <summary>
    /// Calls <paramref name="work"/> without a synchronization context: a test runner's own would send continuations to other threads, out
    /// of the seeded order.
    /// </summary>
    public static void Inline(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
