namespace ActorPrune.Actors.Kernel;

/// <summary>Is told once that an actor has stopped, in that actor's thread.</summary>
internal interface IWatcher
{
    void Terminated(ActorRef actor);
}

/// <summary>
/// The life of one actor whatever its messages are: starting, failing, restarting, stopping, and the same of its children. How it
/// supervises them is in the other part of this class. What is not guarded by <c>gate</c> is touched within the actor's turn only.
/// </summary>
internal abstract partial class ActorCell
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ActorCell> children = new(StringComparer.Ordinal);
    private readonly List<IWatcher> watchers = [];
    private bool takesChildren = true;
    private bool isTerminated;
    private State state = State.Created;
    private ITimer? backoffTimer;
    private TimeSpan backoff;
    private int restartsSeen;

    protected ActorCell(ActorSystem system, ActorCell? parent, string name, ActorOptions options)
    {
        System = system;
        Parent = parent;
        Name = name;
        Path = parent is null ? $"{system.Root}/{name}" : $"{parent.Path}/{name}";
        Options = options;
        Incarnation = system.NextIncarnation();
    }

    private enum State
    {
        Created,
        Running,

        /// <summary>Waits for the parent's decision.</summary>
        Failed,

        /// <summary>Waits for its children to stop; then for the back-off.</summary>
        Restarting,
        BackingOff,

        /// <summary>Waits for its children to stop.</summary>
        Stopping,
        Terminated,
    }

    public ActorSystem System { get; }

    public ActorCell? Parent { get; }

    public string Name { get; }

    public string Path { get; }

    public long Incarnation { get; }

    public ActorOptions Options { get; }

    public abstract ActorRef Ref { get; }

    protected bool TakesMessages => state == State.Running;

    /// <summary>Sends a system message.</summary>
    public abstract void Order(SystemMessage message);

    public IReadOnlyList<ActorCell> Children()
    {
        lock (gate)
        {
            return [.. children.Values];
        }
    }

    public ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> factory, ActorOptions? options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(factory);
        if (name.AsSpan().IndexOfAny('/', '#') >= 0)
        {
            throw new ArgumentException($"'{name}' cannot be an actor's name: expected a text without '/' and '#'.", nameof(name));
        }

        var child = new ActorCell<TChild>(System, this, name, factory, options ?? ActorOptions.Default);
        lock (gate)
        {
            if (!takesChildren)
            {
                throw new InvalidOperationException($"{Path} is stopping or restarting: it cannot spawn '{name}'.");
            }

            if (!children.TryAdd(name, child))
            {
                throw new InvalidOperationException($"{Path} has a child '{name}' already: choose another name, or watch it and wait.");
            }
        }

        child.Order(new SystemMessage.Start());
        return child.Self;
    }

    public void AddWatcher(IWatcher watcher)
    {
        lock (gate)
        {
            if (!isTerminated)
            {
                watchers.Add(watcher);
                return;
            }
        }

        watcher.Terminated(Ref);
    }

    public void RemoveWatcher(IWatcher watcher)
    {
        lock (gate)
        {
            watchers.Remove(watcher);
        }
    }

    /// <summary>Makes an instance and starts it; may throw.</summary>
    protected abstract void StartInstance();

    /// <summary>Lets the instance, if there is one, prepare for being replaced, and drops it.</summary>
    protected abstract void DropInstance(Exception cause);

    /// <summary>Lets the instance, if there is one, clean up, closes the mailbox and sends the rest to dead letters.</summary>
    protected abstract void CloseInstance();

    protected abstract bool HasInstance { get; }

    protected void Fail(Exception cause, Type? messageType)
    {
        System.Publish(new KernelEvent.ActorFailed(Path, cause, messageType));
        Suspend(cause);
    }

    protected void Handle(SystemMessage message)
    {
        switch (message)
        {
            case SystemMessage.Start when state == State.Created:
                Start();
                break;
            case SystemMessage.Stop when state < State.Stopping:
                Stop();
                break;
            case SystemMessage.Resume when state == State.Failed:
                Resume();
                break;
            case SystemMessage.Restart restart:
                restartsSeen++;
                Restart(restart);
                break;
            case SystemMessage.BackoffElapsed when state == State.BackingOff:
                backoffTimer?.Dispose();
                Start();
                break;
            case SystemMessage.ChildFailed failed when state <= State.Failed:
                Supervise(failed);
                break;
            case SystemMessage.ChildTerminated terminated:
                ChildGone(terminated.Child);
                break;
            default:
                // Orders that a later state has overtaken, for instance to restart an actor that is stopping.
                break;
        }
    }

    private void Start()
    {
        SetTakesChildren(true);
        state = State.Running;
        try
        {
            StartInstance();
        }
        catch (Exception e)
        {
            Fail(e, null);
        }
    }

    private void Suspend(Exception cause)
    {
        state = State.Failed;
        if (Parent is { } parent)
        {
            parent.Order(new SystemMessage.ChildFailed(this, cause, restartsSeen, !HasInstance));
        }
        else
        {
            System.Publish(new KernelEvent.GuardianFailed(Path, cause));
            System.TerminateAsync();
        }
    }

    private void Resume()
    {
        state = State.Running;
        System.Publish(new KernelEvent.ActorResumed(Path));
        foreach (var failure in escalated.ToArray())
        {
            ResumeChild(failure);
        }

        escalated.Clear();
    }

    private void Restart(SystemMessage.Restart order)
    {
        if (state > State.Failed)
        {
            return;
        }

        DropInstance(order.Cause);
        escalated.Clear();
        state = State.Restarting;
        backoff = order.Backoff;
        SetTakesChildren(false);
        StopChildren();
    }

    private void Stop()
    {
        backoffTimer?.Dispose();
        state = State.Stopping;
        SetTakesChildren(false);
        StopChildren();
    }

    private void StopChildren()
    {
        foreach (var child in Children())
        {
            child.Order(new SystemMessage.Stop());
        }

        GoOnWhenAlone();
    }

    private void ChildGone(ActorCell child)
    {
        lock (gate)
        {
            children.Remove(child.Name);
        }

        escalated.RemoveAll(f => f.Child == child);
        GoOnWhenAlone();
    }

    private void GoOnWhenAlone()
    {
        lock (gate)
        {
            if (children.Count > 0)
            {
                return;
            }
        }

        if (state == State.Stopping)
        {
            Terminate();
        }
        else if (state == State.Restarting && backoff == TimeSpan.Zero)
        {
            Start();
        }
        else if (state == State.Restarting)
        {
            state = State.BackingOff;
            backoffTimer = System.Clock.CreateTimer(
                static cell => ((ActorCell)cell!).Order(new SystemMessage.BackoffElapsed()), this, backoff, Timeout.InfiniteTimeSpan);
        }
    }

    private void Terminate()
    {
        state = State.Terminated;
        CloseInstance();
        IWatcher[] toTell;
        lock (gate)
        {
            isTerminated = true;
            toTell = [.. watchers];
            watchers.Clear();
        }

        System.Publish(new KernelEvent.ActorStopped(Path));

        // The parent first: when a watcher hears of it, the name is free again as far as the parent can see.
        Parent?.Order(new SystemMessage.ChildTerminated(this));
        foreach (var watcher in toTell)
        {
            watcher.Terminated(Ref);
        }

        if (Parent is null)
        {
            System.GuardianTerminated();
        }
    }

    private void SetTakesChildren(bool value)
    {
        lock (gate)
        {
            takesChildren = value;
        }
    }
}
