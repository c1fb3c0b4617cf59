using System.Collections.Immutable;

namespace ActorPrune.Actors.Kernel;

/// <summary>The context of one instance; closed when the instance ends, so that nothing of it reaches the next.</summary>
internal sealed class ActorContext<TMessage> : IActorContext<TMessage>
{
    private static readonly object ReceiveTimeoutKey = new();
    private readonly ActorCell<TMessage> cell;
    private readonly Timers<TMessage> timers;
    private readonly Dictionary<ActorRef, WatchEntry> watches = [];
    private readonly List<TMessage> stash = [];
    private (TimeSpan After, TMessage Message)? receiveTimeout;
    private (TMessage Message, bool CanStash) current;
    private bool closed;

    public ActorContext(ActorCell<TMessage> cell)
    {
        this.cell = cell;
        timers = new Timers<TMessage>(cell, this);
    }

    public ActorRef<TMessage> Self => cell.Self;

    public ActorSystem System => cell.System;

    public ITimers<TMessage> Timers => timers;

    public ImmutableArray<ActorRef> Children
    {
        get
        {
            CheckTurn();
            return [.. cell.Children().OrderBy(c => c.Path, StringComparer.Ordinal).Select(c => c.Ref)];
        }
    }

    public ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> factory, ActorOptions? options)
    {
        CheckTurn();
        return cell.Spawn(name, factory, options);
    }

    public void Stop(ActorRef child)
    {
        CheckTurn();
        if (child.Cell is not { } target || target.Parent != cell)
        {
            throw new ArgumentException($"{cell.Path} can stop its own children only, and {child.Path} is none.", nameof(child));
        }

        target.Order(new SystemMessage.Stop());
    }

    public void StopSelf()
    {
        CheckTurn();
        cell.Order(new SystemMessage.Stop());
    }

    public void Watch(ActorRef target, TMessage onTerminated)
    {
        CheckTurn();
        if (target.Cell is not { } watched || watched == cell)
        {
            throw new ArgumentException($"{cell.Path} cannot watch {target.Path}: expected another actor.", nameof(target));
        }

        Unwatch(target);
        var entry = new WatchEntry(this, watched.Ref, onTerminated);
        watches.Add(watched.Ref, entry);
        watched.AddWatcher(entry);
    }

    public void Unwatch(ActorRef target)
    {
        CheckTurn();
        if (target.Cell is { } watched && watches.Remove(watched.Ref, out var entry))
        {
            watched.RemoveWatcher(entry);
        }
    }

    public void Stash()
    {
        CheckTurn();
        if (!current.CanStash)
        {
            throw new InvalidOperationException($"{cell.Path}: no message is being handled, or it was stashed already.");
        }

        if (stash.Count >= cell.Options.StashCapacity)
        {
            throw new StashOverflowException(cell.Path, cell.Options.StashCapacity);
        }

        current.CanStash = false;
        stash.Add(current.Message);
    }

    public void UnstashAll()
    {
        CheckTurn();
        cell.PutFirst(stash);
        stash.Clear();
    }

    public void PipeToSelf<TResult>(Task<TResult> task, Func<TResult, TMessage> onSuccess, Func<Exception, TMessage> onFailure)
    {
        CheckTurn();
        ArgumentNullException.ThrowIfNull(onSuccess);
        ArgumentNullException.ThrowIfNull(onFailure);

        // The continuation only fills the mailbox, so it may run wherever the task ends.
        task.ContinueWith(
            done => cell.Post(new PipedResult<TResult>(this, done, onSuccess, onFailure)),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void SetReceiveTimeout(TimeSpan after, TMessage message)
    {
        CheckTurn();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(after, TimeSpan.Zero);
        receiveTimeout = (after, message);
        timers.StartSingle(ReceiveTimeoutKey, after, message);
    }

    public void CancelReceiveTimeout()
    {
        receiveTimeout = null;
        timers.Cancel(ReceiveTimeoutKey);
    }

    internal void Begin(TMessage message) => current = (message, true);

    internal void End()
    {
        current = default;
        if (receiveTimeout is { } timeout)
        {
            timers.StartSingle(ReceiveTimeoutKey, timeout.After, timeout.Message);
        }
    }

    /// <summary>Ends timers and watches; returns what is still stashed.</summary>
    internal IReadOnlyCollection<TMessage> Close()
    {
        closed = true;
        timers.Close();
        foreach (var entry in watches.Values)
        {
            entry.Target.Cell!.RemoveWatcher(entry);
        }

        watches.Clear();
        return stash;
    }

    internal void CheckTurn()
    {
        if (closed || !cell.IsInTurn)
        {
            throw new InvalidOperationException($"{cell.Path}: the context was used outside the actor's turn (after an await, in another thread, "
                + "or by an instance that was replaced). Use PipeToSelf or Tell to come back into the actor.");
        }
    }

    private sealed class WatchEntry(ActorContext<TMessage> owner, ActorRef target, TMessage message) : DeferredMessage<TMessage>, IWatcher
    {
        public ActorRef Target => target;

        public void Terminated(ActorRef actor) => owner.cell.Post(this);

        public override bool TryTake(out TMessage taken)
        {
            taken = message;
            return owner.watches.TryGetValue(target, out var entry) && ReferenceEquals(entry, this) && owner.watches.Remove(target);
        }
    }

    private sealed class PipedResult<TResult>(
        ActorContext<TMessage> owner, Task<TResult> task, Func<TResult, TMessage> onSuccess, Func<Exception, TMessage> onFailure)
        : DeferredMessage<TMessage>
    {
        public override object? Lost => task.IsCompletedSuccessfully ? task.Result : Failure();

        public override bool TryTake(out TMessage message)
        {
            if (owner.closed)
            {
                message = default!;
                owner.System.DeadLetters.Publish(new DeadLetter(Lost, owner.cell.Path, DeadLetterReason.EarlierIncarnation));
                return false;
            }

            message = task.IsCompletedSuccessfully ? onSuccess(task.Result) : onFailure(Failure());
            return true;
        }

        private Exception Failure() => task.Exception?.InnerException ?? new TaskCanceledException(task);
    }
}
