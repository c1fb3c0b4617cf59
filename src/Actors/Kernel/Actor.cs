using System.Collections.Immutable;

namespace ActorPrune.Actors.Kernel;

/// <summary>
/// State and behaviour behind an <see cref="ActorRef{TMessage}"/>. All members are called by one thread at a time, each seeing what the one
/// before wrote, so fields need no locks. <see cref="Receive"/> must not block: hand long work to a task and pipe its result back.
/// </summary>
public abstract class Actor<TMessage>
{
    private IActorContext<TMessage>? context;

    /// <summary>Valid from <see cref="PreStart"/> to the end of <see cref="PostStop"/>, and only within a call of this actor.</summary>
    /// <exception cref="InvalidOperationException">Used in the constructor.</exception>
    protected IActorContext<TMessage> Context =>
        context ?? throw new InvalidOperationException($"{GetType().Name}: Context is there from PreStart on, not in the constructor.");

    /// <summary>Handles one message. What it throws is a failure that the parent decides about.</summary>
    protected abstract void Receive(TMessage message);

    /// <summary>Before the first message, in every instance. A failure here is supervised too; no other hook of the instance is then
    /// called.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>After the last message and after all children have stopped; once per instance.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>
    /// In the failed instance, before it is replaced; its children are stopped afterwards. Calls <see cref="PostStop"/>, so that an
    /// instance gives back what it holds however it ends: an override that does not call the base must see to that itself.
    /// </summary>
    protected virtual void PreRestart(Exception cause) => PostStop();

    internal void Start(IActorContext<TMessage> itsContext)
    {
        context = itsContext;
        PreStart();
    }

    internal void Handle(TMessage message) => Receive(message);

    internal void Stopped() => PostStop();

    internal void Restarting(Exception cause) => PreRestart(cause);
}

/// <summary>
/// What an actor can do besides handling messages. Belongs to one instance: timers, watches, the stash and piped results end with a restart
/// (stashed messages go back to the mailbox's front), and <c>PreStart</c> of the next instance sets up its own.
/// </summary>
/// <remarks>All members but <see cref="Self"/> and <see cref="System"/> throw <see cref="InvalidOperationException"/> when they are used
/// outside the actor's own calls, for instance after an <c>await</c> or in another thread.</remarks>
public interface IActorContext<TMessage>
{
    ActorRef<TMessage> Self { get; }

    ActorSystem System { get; }

    ITimers<TMessage> Timers { get; }

    /// <summary>Living children in the order of their names (ordinal).</summary>
    ImmutableArray<ActorRef> Children { get; }

    /// <inheritdoc cref="ActorSystem.Spawn{TChild}"/>
    ActorRef<TChild> Spawn<TChild>(string name, Func<Actor<TChild>> factory, ActorOptions? options = null);

    /// <summary>Stops a child after the message that it handles now. Nothing happens when it has stopped already.</summary>
    /// <exception cref="ArgumentException">Not a child of this actor.</exception>
    void Stop(ActorRef child);

    /// <summary>Stops this actor after the message that it handles now; the rest of its mailbox goes to dead letters.</summary>
    void StopSelf();

    /// <summary>
    /// Asks for <paramref name="onTerminated"/> once the target has stopped, after all that it had sent here before; at once when it has
    /// stopped already. Watching again replaces the message.
    /// </summary>
    /// <exception cref="ArgumentException">The target is this actor itself, or no actor (the reply address of an ask).</exception>
    void Watch(ActorRef target, TMessage onTerminated);

    /// <summary>Takes <see cref="Watch"/> back, even when the message is in the mailbox already.</summary>
    void Unwatch(ActorRef target);

    /// <summary>Puts the message that is being handled aside until <see cref="UnstashAll"/>.</summary>
    /// <exception cref="StashOverflowException">More than <see cref="ActorOptions.StashCapacity"/>.</exception>
    /// <exception cref="InvalidOperationException">No message is being handled, or it was stashed already.</exception>
    void Stash();

    /// <summary>Puts the stashed messages, in their order, before all that waits in the mailbox.</summary>
    void UnstashAll();

    /// <summary>
    /// Sends this actor the outcome of a task. The functions run as part of handling the message, so they may touch the actor's state.
    /// Cancelled tasks report <see cref="OperationCanceledException"/>. An outcome that comes after a restart or stop is a dead letter.
    /// </summary>
    void PipeToSelf<TResult>(Task<TResult> task, Func<TResult, TMessage> onSuccess, Func<Exception, TMessage> onFailure);

    /// <summary>Sends <paramref name="message"/> whenever no message was handled for <paramref name="after"/> (positive), again and
    /// again.</summary>
    void SetReceiveTimeout(TimeSpan after, TMessage message);

    void CancelReceiveTimeout();
}

/// <summary>
/// Messages to the actor itself, later. A timer that was cancelled or replaced never fires, even when its message is in the mailbox
/// already.
/// </summary>
public interface ITimers<TMessage>
{
    /// <summary>Sends the message once after <paramref name="delay"/> (not negative). Replaces a timer with the same key.</summary>
    void StartSingle(object key, TimeSpan delay, TMessage message);

    /// <summary>
    /// Sends the message after each <paramref name="interval"/> (positive), the first after one. A tick is left out while the one before
    /// still waits in the mailbox. Replaces a timer with the same key.
    /// </summary>
    void StartPeriodic(object key, TimeSpan interval, TMessage message);

    void Cancel(object key);

    void CancelAll();

    bool IsActive(object key);
}

/// <summary>More messages were stashed than <see cref="ActorOptions.StashCapacity"/> allows.</summary>
public sealed class StashOverflowException(string path, int capacity)
    : InvalidOperationException($"{path} stashed more than {capacity} messages: unstash earlier, or raise {nameof(ActorOptions)}.StashCapacity.");
