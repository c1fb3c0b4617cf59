using System.Diagnostics;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Scaling;

/// <summary>How long the store takes for what an evaluation needs of it.</summary>
internal sealed class TimedJournal(IJournal inner, CallTimes times) : JournalDecorator(inner), IDisposable
{
    public override JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null)
    {
        var begun = Stopwatch.GetTimestamp();
        var claimed = Inner.ClaimJob(node, lease, scope);
        if (claimed is not null)
        {
            times.Claims.Add(Stopwatch.GetElapsedTime(begun));
        }

        return claimed;
    }

    public override bool Complete(JobLease lease, JobResult result, double seconds) =>
        times.Results.Of(() => Inner.Complete(lease, result, seconds));

    public override CommitOutcome Commit(Turn turn) => times.Turns.Of(() => Inner.Commit(turn));

    void IDisposable.Dispose() => Inner.Dispose();
}

/// <summary>Calls of one run by what they are for.</summary>
internal sealed class CallTimes
{
    public CallTime Claims { get; } = new();

    public CallTime Results { get; } = new();

    public CallTime Turns { get; } = new();
}

/// <summary>Number and mean time of calls. Safe for use from several threads.</summary>
internal sealed class CallTime
{
    private long calls;
    private long ticks;

    public double Milliseconds => Interlocked.Read(ref calls) is > 0 and var n
        ? TimeSpan.FromTicks(Interlocked.Read(ref ticks) / n).TotalMilliseconds
        : 0;

    public void Add(TimeSpan time)
    {
        Interlocked.Increment(ref calls);
        Interlocked.Add(ref ticks, time.Ticks);
    }

    public T Of<T>(Func<T> call)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            return call();
        }
        finally
        {
            Add(Stopwatch.GetElapsedTime(begun));
        }
    }
}
