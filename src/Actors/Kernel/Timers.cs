namespace ActorPrune.Actors.Kernel;

/// <summary>
/// The timers of one instance. The clock's callback only puts an envelope into the mailbox; whether the timer still stands is asked when
/// the envelope's turn has come, in the actor's thread: that is what makes cancelling exact.
/// </summary>
internal sealed class Timers<TMessage>(ActorCell<TMessage> cell, ActorContext<TMessage> context) : ITimers<TMessage>
{
    private readonly Dictionary<object, Entry> active = [];

    public void StartSingle(object key, TimeSpan delay, TMessage message)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Start(key, delay, Timeout.InfiniteTimeSpan, message);
    }

    public void StartPeriodic(object key, TimeSpan interval, TMessage message)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, interval, interval, message);
    }

    public void Cancel(object key)
    {
        context.CheckTurn();
        if (active.Remove(key, out var entry))
        {
            entry.Dispose();
        }
    }

    public void CancelAll()
    {
        context.CheckTurn();
        Close();
    }

    public bool IsActive(object key)
    {
        context.CheckTurn();
        return active.ContainsKey(key);
    }

    internal void Close()
    {
        foreach (var entry in active.Values)
        {
            entry.Dispose();
        }

        active.Clear();
    }

    private void Start(object key, TimeSpan due, TimeSpan period, TMessage message)
    {
        Cancel(key);
        var entry = new Entry(this, key, message, period == Timeout.InfiniteTimeSpan);
        active.Add(key, entry);
        entry.Begin(cell.System.Clock, due, period);
    }

    private sealed class Entry(Timers<TMessage> owner, object key, TMessage message, bool single) : DeferredMessage<TMessage>, IDisposable
    {
        private ITimer? timer;
        private int inMailbox;

        public void Begin(TimeProvider clock, TimeSpan due, TimeSpan period) => timer = clock.CreateTimer(
            static self => ((Entry)self!).Fire(), this, due, period);

        public override bool TryTake(out TMessage taken)
        {
            Volatile.Write(ref inMailbox, 0);
            taken = message;
            if (!owner.active.TryGetValue(key, out var current) || !ReferenceEquals(current, this))
            {
                return false;
            }

            if (single)
            {
                owner.active.Remove(key);
                Dispose();
            }

            return true;
        }

        public void Dispose() => timer?.Dispose();

        private void Fire()
        {
            if (Interlocked.Exchange(ref inMailbox, 1) == 0)
            {
                owner.Post(this);
            }
        }
    }

    private void Post(Entry entry) => cell.Post(entry);
}
