namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>The clock that a store's leases go by. Only a planted fault ever sets it off.</summary>
public sealed class StoreClock(TimeProvider time) : TimeProvider
{
    /// <summary>How far the store's clock is ahead of true time.</summary>
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;
}

/// <summary>A node's own clock: it may be wrong by <paramref name="skew"/>, and its timers end with its process.</summary>
internal sealed class NodeClock(TimeProvider time, TimeSpan skew) : TimeProvider, IDisposable
{
    private readonly HashSet<NodeTimer> timers = [];

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + skew;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new NodeTimer(this, time.CreateTimer(callback, state, dueTime, period));
        timers.Add(timer);
        return timer;
    }

    public void Dispose()
    {
        foreach (var timer in timers.ToArray())
        {
            timer.Dispose();
        }
    }

    private sealed class NodeTimer(NodeClock owner, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            owner.timers.Remove(this);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
