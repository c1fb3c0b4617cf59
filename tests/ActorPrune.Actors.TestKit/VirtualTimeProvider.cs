namespace ActorPrune.Actors.TestKit;

/// <summary>
/// A clock that stands still until it is told to go on. Timers fire in the order of their due times, equal ones in the order in which they
/// were set, in the thread that advances. Timers may be set from any thread.
/// </summary>
public sealed class VirtualTimeProvider : TimeProvider
{
    private const int MostInstants = 1_000_000;
    private readonly Lock gate = new();
    private readonly SortedSet<VirtualTimer> timers = new(VirtualTimer.ByDueTime);
    private DateTimeOffset now;
    private long sequence;

    /// <param name="start">Default: 1 January 2000, 0:00 UTC.</param>
    public VirtualTimeProvider(DateTimeOffset? start = null)
    {
        Start = start ?? new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        now = Start;
    }

    public DateTimeOffset Start { get; }

    /// <summary>Time since <see cref="Start"/>.</summary>
    public TimeSpan Elapsed => GetUtcNow() - Start;

    /// <summary>When the next timer is due; null when none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (gate)
            {
                return timers.Min?.Due;
            }
        }
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock on by <paramref name="by"/> (not negative), firing everything that falls due on the way at its own time, also what
    /// those timers set anew.
    /// </summary>
    /// <param name="by">How far.</param>
    /// <param name="afterInstant">Called after the timers of each instant, with the clock standing there; before the next due time is
    /// looked up.</param>
    public void Advance(TimeSpan by, Action? afterInstant = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = GetUtcNow() + by;
        for (var instants = 0; FireNextInstant(target); instants++)
        {
            if (instants == MostInstants)
            {
                throw new InvalidOperationException($"Timers fired at {MostInstants} instants within {by}: one seems to set itself anew endlessly.");
            }

            afterInstant?.Invoke();
        }

        lock (gate)
        {
            now = target;
        }
    }

    /// <summary>Moves to the next due time, if that is not after <paramref name="limit"/>, and fires what is due there. False: nothing
    /// is.</summary>
    public bool FireNextInstant(DateTimeOffset limit)
    {
        List<VirtualTimer> due = [];
        lock (gate)
        {
            if (timers.Min is not { } first || first.Due > limit)
            {
                return false;
            }

            now = first.Due;
            while (timers.Min is { } timer && timer.Due == now)
            {
                timers.Remove(timer);
                due.Add(timer);
                if (timer.Period > TimeSpan.Zero)
                {
                    Set(timer, timer.Period, timer.Period);
                }
            }
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }

        return true;
    }

    private void Set(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        timers.Remove(timer);
        if (timer.IsDisposed || dueTime == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        timer.Due = now + dueTime;
        timer.Period = period;
        timer.Sequence = sequence++;
        timers.Add(timer);
    }

    private sealed class VirtualTimer(VirtualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public static IComparer<VirtualTimer> ByDueTime { get; } =
            Comparer<VirtualTimer>.Create((a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Sequence.CompareTo(b.Sequence));

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Sequence { get; set; } = -1;

        public bool IsDisposed { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero && dueTime != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "Expected no negative time.");
            }

            lock (clock.gate)
            {
                clock.Set(this, dueTime, period);
                return !IsDisposed;
            }
        }

        public void Fire()
        {
            lock (clock.gate)
            {
                if (IsDisposed)
                {
                    return;
                }
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
                IsDisposed = true;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
