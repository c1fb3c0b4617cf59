namespace ActorPrune.Actors.Kernel;

/// <summary>What the kernel tells an actor about its life. Never dropped, and handled before all waiting messages.</summary>
internal abstract record SystemMessage
{
    public sealed record Start : SystemMessage;

    public sealed record Stop : SystemMessage;

    public sealed record Resume : SystemMessage;

    public sealed record Restart(Exception Cause, TimeSpan Backoff) : SystemMessage;

    public sealed record BackoffElapsed : SystemMessage;

    /// <param name="Child">Who failed.</param>
    /// <param name="Cause">Why.</param>
    /// <param name="RestartsSeen">How many Restart orders the child had handled: fewer than were given means that one is on its way
    /// already.</param>
    /// <param name="WhileStarting">There is no instance that could be resumed.</param>
    public sealed record ChildFailed(ActorCell Child, Exception Cause, int RestartsSeen, bool WhileStarting) : SystemMessage;

    public sealed record ChildTerminated(ActorCell Child) : SystemMessage;
}

/// <summary>A message whose delivery is decided when its turn has come, in the actor's thread: timers, watches, piped results.</summary>
internal abstract class DeferredMessage<TMessage>
{
    /// <summary>False: it was taken back in the meantime.</summary>
    public abstract bool TryTake(out TMessage message);

    /// <summary>What becomes a dead letter when the actor stops first; null for what matters to nobody then.</summary>
    public virtual object? Lost => null;
}

internal readonly record struct Envelope<TMessage>(TMessage Message, DeferredMessage<TMessage>? Deferred)
{
    public object? Lost => Deferred is null ? Message : Deferred.Lost;

    public bool TryTake(out TMessage message)
    {
        if (Deferred is not null)
        {
            return Deferred.TryTake(out message);
        }

        message = Message;
        return true;
    }
}

internal enum Posted
{
    /// <summary>The actor is running or scheduled: it will come to the message.</summary>
    Queued,

    /// <summary>The actor was idle: the caller must schedule it.</summary>
    QueuedWakeUp,

    /// <summary>Dropped.</summary>
    Full,

    /// <summary>Dropped, the first since there was room.</summary>
    FullFirst,

    /// <summary>The actor has stopped.</summary>
    Closed,
}

/// <summary>
/// The queues of one actor and the flag that says whether it is scheduled. One lock guards them together: an actor goes idle only in the
/// same critical section that found both queues empty, so no wake-up can be lost, and is scheduled only by whoever turns the flag on, so it
/// never runs twice at a time. The lock also hands the actor's state from one thread to the next.
/// </summary>
internal sealed class Mailbox<TMessage>(int capacity, bool conflates = false)
{
    private readonly Lock gate = new();
    private readonly Queue<SystemMessage> system = new();
    private readonly Queue<Envelope<TMessage>> waiting = new();
    private Queue<Envelope<TMessage>> front = new();

    // The newest of those that wait, as long as any do; kept only where it is compared, so that no handled message stays alive.
    private Envelope<TMessage> last;
    private bool scheduled;
    private bool closed;
    private bool overflowing;

    public Posted Post(in Envelope<TMessage> envelope)
    {
        lock (gate)
        {
            if (closed)
            {
                return Posted.Closed;
            }

            if (conflates && waiting.Count > 0 && envelope.Deferred is null && last.Deferred is null
                && EqualityComparer<TMessage>.Default.Equals(envelope.Message, last.Message))
            {
                return Posted.Queued;
            }

            if (envelope.Deferred is null && waiting.Count >= capacity)
            {
                var first = !overflowing;
                overflowing = true;
                return first ? Posted.FullFirst : Posted.Full;
            }

            overflowing = false;
            waiting.Enqueue(envelope);
            last = conflates ? envelope : default;
            return WakeUp();
        }
    }

    public Posted Post(SystemMessage message)
    {
        lock (gate)
        {
            if (closed)
            {
                return Posted.Closed;
            }

            system.Enqueue(message);
            return WakeUp();
        }
    }

    /// <summary>Puts messages before all others, in their order. Called within the actor's turn only.</summary>
    public void PutFirst(IReadOnlyCollection<TMessage> messages)
    {
        lock (gate)
        {
            var merged = new Queue<Envelope<TMessage>>(messages.Count + front.Count);
            foreach (var message in messages)
            {
                merged.Enqueue(new Envelope<TMessage>(message, null));
            }

            while (front.TryDequeue(out var envelope))
            {
                merged.Enqueue(envelope);
            }

            front = merged;
        }
    }

    /// <summary>The next thing to do; false: there is none, and the actor is idle from now on.</summary>
    public bool TryTake(bool alsoMessages, out SystemMessage? order, out Envelope<TMessage> envelope)
    {
        lock (gate)
        {
            envelope = default;
            if (system.TryDequeue(out order))
            {
                return true;
            }

            if (alsoMessages && (front.TryDequeue(out envelope) || waiting.TryDequeue(out envelope)))
            {
                return true;
            }

            scheduled = false;
            return false;
        }
    }

    /// <summary>Takes nothing from now on; returns what was not handled.</summary>
    public IReadOnlyList<Envelope<TMessage>> Close()
    {
        lock (gate)
        {
            closed = true;
            Envelope<TMessage>[] rest = [.. front, .. waiting];
            front.Clear();
            waiting.Clear();
            system.Clear();
            return rest;
        }
    }

    private Posted WakeUp()
    {
        if (scheduled)
        {
            return Posted.Queued;
        }

        scheduled = true;
        return Posted.QueuedWakeUp;
    }
}
