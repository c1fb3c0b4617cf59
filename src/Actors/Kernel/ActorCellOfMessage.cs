namespace ActorPrune.Actors.Kernel;

/// <summary>One actor with its mailbox and its present instance.</summary>
internal sealed class ActorCell<TMessage> : ActorCell
{
    private readonly Func<Actor<TMessage>> factory;
    private readonly Mailbox<TMessage> mailbox;
    private readonly Action run;
    private Actor<TMessage>? instance;
    private ActorContext<TMessage>? context;
    private int threadInTurn;

    public ActorCell(ActorSystem system, ActorCell? parent, string name, Func<Actor<TMessage>> factory, ActorOptions options)
        : base(system, parent, name, options)
    {
        this.factory = factory;
        mailbox = new Mailbox<TMessage>(options.MailboxCapacity, options.Conflates);
        run = Run;
        Self = new CellRef<TMessage>(this);
    }

    public ActorRef<TMessage> Self { get; }

    public override ActorRef Ref => Self;

    /// <summary>Whether the calling thread is the one that handles something for this actor now.</summary>
    public bool IsInTurn => Volatile.Read(ref threadInTurn) == Environment.CurrentManagedThreadId;

    protected override bool HasInstance => instance is not null;

    public void Tell(TMessage message)
    {
        var posted = mailbox.Post(new Envelope<TMessage>(message, null));
        switch (posted)
        {
            case Posted.Queued:
                return;
            case Posted.QueuedWakeUp:
                System.Dispatcher.Schedule(run);
                return;
            case Posted.FullFirst:
                System.Publish(new KernelEvent.MailboxOverflowed(Path, Options.MailboxCapacity));
                break;
            default:
                break;
        }

        var reason = posted == Posted.Closed ? DeadLetterReason.Terminated : DeadLetterReason.MailboxFull;
        System.DeadLetters.Publish(new DeadLetter(message, Path, reason));
    }

    public void Post(DeferredMessage<TMessage> message)
    {
        var posted = mailbox.Post(new Envelope<TMessage>(default!, message));
        if (posted == Posted.QueuedWakeUp)
        {
            System.Dispatcher.Schedule(run);
        }
        else if (posted == Posted.Closed && message.Lost is { } lost)
        {
            System.DeadLetters.Publish(new DeadLetter(lost, Path, DeadLetterReason.Terminated));
        }
    }

    public override void Order(SystemMessage message)
    {
        if (mailbox.Post(message) == Posted.QueuedWakeUp)
        {
            System.Dispatcher.Schedule(run);
        }
    }

    public void PutFirst(IReadOnlyCollection<TMessage> messages) => mailbox.PutFirst(messages);

    protected override void StartInstance()
    {
        var itsContext = new ActorContext<TMessage>(this);
        try
        {
            var made = factory() ?? throw new InvalidOperationException($"The factory of {Path} returned null.");
            context = itsContext;
            made.Start(itsContext);
            instance = made;
        }
        catch
        {
            // Half-started: what it stashed cannot be anything yet, and its timers and watches must not reach the next instance.
            itsContext.Close();
            context = null;
            throw;
        }
    }

    protected override void DropInstance(Exception cause)
    {
        if (instance is { } old)
        {
            CallHook(nameof(Actor<TMessage>) + ".PreRestart", () => old.Restarting(cause));
        }

        instance = null;
        if (context is { } itsContext)
        {
            PutFirst(itsContext.Close());
            context = null;
        }
    }

    protected override void CloseInstance()
    {
        if (instance is { } old)
        {
            CallHook(nameof(Actor<TMessage>) + ".PostStop", old.Stopped);
        }

        instance = null;
        foreach (var message in context?.Close() ?? [])
        {
            System.DeadLetters.Publish(new DeadLetter(message, Path, DeadLetterReason.Terminated));
        }

        context = null;
        foreach (var envelope in mailbox.Close())
        {
            if (envelope.Lost is { } lost)
            {
                System.DeadLetters.Publish(new DeadLetter(lost, Path, DeadLetterReason.Terminated));
            }
        }
    }

    private void Run()
    {
        for (var handled = 0; handled < System.Throughput; handled++)
        {
            if (!mailbox.TryTake(TakesMessages, out var order, out var envelope))
            {
                // Idle: from here on another thread may run this actor, so nothing of it may be touched.
                return;
            }

            Volatile.Write(ref threadInTurn, Environment.CurrentManagedThreadId);
            if (order is not null)
            {
                Handle(order);
            }
            else
            {
                Handle(envelope);
            }

            Volatile.Write(ref threadInTurn, 0);
        }

        System.Dispatcher.Schedule(run);
    }

    private void Handle(in Envelope<TMessage> envelope)
    {
        Type? messageType = null;
        try
        {
            if (!envelope.TryTake(out var message))
            {
                return;
            }

            messageType = message?.GetType();
            context!.Begin(message);
            instance!.Handle(message);
            context.End();
        }
        catch (Exception e)
        {
            context!.End();
            Fail(e, messageType ?? typeof(TMessage));
        }
    }

    private void CallHook(string hook, Action call)
    {
        try
        {
            call();
        }
        catch (Exception e)
        {
            System.Publish(new KernelEvent.HookFailed(Path, hook, e));
        }
    }
}
