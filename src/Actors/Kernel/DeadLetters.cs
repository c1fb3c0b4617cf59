namespace ActorPrune.Actors.Kernel;

public enum DeadLetterReason
{
    /// <summary>The receiver has stopped, or stopped before it came to the message.</summary>
    Terminated,

    /// <summary>The receiver's mailbox was full; the newest message is the one that is dropped.</summary>
    MailboxFull,

    /// <summary>The ask was answered already, or timed out.</summary>
    LateReply,

    /// <summary>The outcome of a task that an incarnation before a restart had started.</summary>
    EarlierIncarnation,
}

/// <summary>A message that was not delivered.</summary>
public sealed record DeadLetter(object? Message, string Recipient, DeadLetterReason Reason);

/// <summary>Counts what was not delivered and tells those who want to know.</summary>
public sealed class DeadLetters
{
    private readonly Lock gate = new();
    private readonly ActorSystem system;
    private Action<DeadLetter>[] observers = [];
    private long count;

    internal DeadLetters(ActorSystem system, Action<DeadLetter>? first)
    {
        this.system = system;
        observers = first is null ? [] : [first];
    }

    /// <summary>Since the system began.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Calls <paramref name="observer"/> for each dead letter from now on, in the sender's thread: it must be quick. Dispose to end.</summary>
    public IDisposable Subscribe(Action<DeadLetter> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (gate)
        {
            observers = [.. observers, observer];
        }

        return new Subscription(this, observer);
    }

    internal void Publish(DeadLetter letter)
    {
        Interlocked.Increment(ref count);
        foreach (var observer in Volatile.Read(ref observers))
        {
            try
            {
                observer(letter);
            }
            catch (Exception e)
            {
                system.Publish(new KernelEvent.ObserverFailed(letter.Recipient, e));
            }
        }
    }

    private sealed class Subscription(DeadLetters owner, Action<DeadLetter> observer) : IDisposable
    {
        public void Dispose()
        {
            lock (owner.gate)
            {
                var at = Array.IndexOf(owner.observers, observer);
                owner.observers = at < 0 ? owner.observers : [.. owner.observers[..at], .. owner.observers[(at + 1)..]];
            }
        }
    }
}
