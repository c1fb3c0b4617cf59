namespace ActorPrune.Actors.Kernel;

/// <summary>
/// A tree of actors in this process: the guardian at the root, top-level actors below it, their children below them. Children stop before
/// their parents. All members are safe for use from any thread.
/// </summary>
public sealed class ActorSystem : IAsyncDisposable
{
    private readonly Action<KernelEvent>? onEvent;
    private readonly TaskCompletionSource terminated = new();
    private readonly ActorCell<Never> guardian;
    private long incarnations;

    public ActorSystem(string name, ActorSystemOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        options ??= new ActorSystemOptions();
        Name = name;
        Root = $"actor://{name}";
        Clock = options.Clock;
        Dispatcher = options.Dispatcher;
        Throughput = options.Throughput;
        onEvent = options.OnEvent;
        DeadLetters = new DeadLetters(this, options.OnDeadLetter);
        CoordinatedShutdown = new CoordinatedShutdown(this, options.ShutdownPhases);
        guardian = new ActorCell<Never>(
            this, null, "user", static () => new Guardian(), new ActorOptions { SupervisorStrategy = options.GuardianStrategy });
        guardian.Order(new SystemMessage.Start());
    }

    public string Name { get; }

    /// <summary>The time that timers, asks, back-off and shutdown phases go by.</summary>
    public TimeProvider Clock { get; }

    public IDispatcher Dispatcher { get; }

    public DeadLetters DeadLetters { get; }

    public CoordinatedShutdown CoordinatedShutdown { get; }

    /// <summary>Completes, on the dispatcher, when the last actor has stopped.</summary>
    public Task WhenTerminated => terminated.Task;

    internal string Root { get; }

    internal int Throughput { get; }

    /// <summary>Starts an actor; its <c>PreStart</c> runs soon, before its first message, and not in this thread.</summary>
    /// <param name="name">Unique among living siblings, without '/' and '#'.</param>
    /// <param name="factory">Makes an instance: called at the start and at each restart, so it must make a new one each time.</param>
    /// <param name="options">Default: <see cref="ActorOptions.Default"/>.</param>
    /// <exception cref="InvalidOperationException">The name is taken, or the parent is stopping.</exception>
    public ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> factory, ActorOptions? options = null) =>
        guardian.Spawn(name, factory, options);

    /// <summary>Stops an actor, wherever it is, after the message that it handles now. Nothing happens when it has stopped already.</summary>
    public void Stop(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (actor.System != this || actor.Cell is not { } cell)
        {
            throw new ArgumentException($"{actor.Path} is no actor of the system '{Name}'.", nameof(actor));
        }

        cell.Order(new SystemMessage.Stop());
    }

    /// <summary>Stops all actors, children before parents. Further calls return the same task. It waits for handlers that are running.</summary>
    public Task TerminateAsync()
    {
        guardian.Order(new SystemMessage.Stop());
        return WhenTerminated;
    }

    public ValueTask DisposeAsync() => new(TerminateAsync());

    internal long NextIncarnation() => Interlocked.Increment(ref incarnations);

    internal void Publish(KernelEvent what)
    {
        try
        {
            onEvent?.Invoke(what);
        }
        catch (Exception)
        {
            // There is nobody left to tell: the listener is the one that failed, and no actor may suffer for it.
        }
    }

    internal void GuardianTerminated() => Dispatcher.Schedule(() => terminated.TrySetResult());

    /// <summary>The guardian's messages: there are none.</summary>
    private abstract record Never;

    private sealed class Guardian : Actor<Never>
    {
        protected override void Receive(Never message) => throw new InvalidOperationException("The guardian takes no messages.");
    }
}
