namespace ActorPrune.Actors.Kernel;

/// <summary>
/// The address of an actor whatever it understands: what <c>Watch</c> and <c>Stop</c> need. Two references are equal when path and
/// incarnation are: an actor that was spawned again under the same name is another one, a restarted actor is the same.
/// </summary>
public abstract class ActorRef : IEquatable<ActorRef>
{
    internal ActorRef(ActorSystem system, string path, long incarnation)
    {
        System = system;
        Path = path;
        Incarnation = incarnation;
    }

    /// <summary>For instance <c>actor://node/user/islands/u1</c>.</summary>
    public string Path { get; }

    /// <summary>Unique in an actor system.</summary>
    public long Incarnation { get; }

    internal ActorSystem System { get; }

    /// <summary>The actor behind the reference; null for what is no actor (the reply address of an ask, a probe).</summary>
    internal virtual ActorCell? Cell => null;

    /// <summary>Tells adapters with different translations apart; null for the actor's own address.</summary>
    internal virtual object? Adapter => null;

    public bool Equals(ActorRef? other) =>
        other is not null && other.Incarnation == Incarnation && other.Path == Path && ReferenceEquals(other.Adapter, Adapter);

    public override bool Equals(object? obj) => Equals(obj as ActorRef);

    public override int GetHashCode() => HashCode.Combine(Path, Incarnation);

    public override string ToString() => $"{Path}#{Incarnation}";
}

/// <summary>The address of an actor that understands <typeparamref name="TMessage"/>. Safe for use from any thread.</summary>
public abstract class ActorRef<TMessage> : ActorRef
{
    internal ActorRef(ActorSystem system, string path, long incarnation)
        : base(system, path, incarnation)
    {
    }

    /// <summary>
    /// Puts the message into the mailbox and returns at once. Messages of one sender to one receiver arrive in the order of sending. What
    /// cannot be delivered (the actor has stopped, its mailbox is full) goes to <see cref="ActorSystem.DeadLetters"/>; nothing is thrown.
    /// </summary>
    public abstract void Tell(TMessage message);

    /// <summary>
    /// Sends the message that <paramref name="make"/> builds around a reply address and returns the first reply. Continuations run on the
    /// system's dispatcher, never inside the replying actor. A reply that comes too late is a dead letter.
    /// </summary>
    /// <param name="make">Builds the message; called once, at once.</param>
    /// <param name="timeout">Positive; measured on the system's clock. After it the task fails with <see cref="AskTimeoutException"/>.</param>
    public Task<TReply> Ask<TReply>(Func<ActorRef<TReply>, TMessage> make, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var reply = new ReplyRef<TReply>(System);
        var message = make(reply);
        var task = reply.Await(Path, message?.GetType() ?? typeof(TMessage), timeout);
        Tell(message);
        return task;
    }

    /// <summary>
    /// An address of the same actor for senders that speak <typeparamref name="TOther"/>: <paramref name="map"/> translates in the sender's
    /// thread, so it must be pure. The adapter equals only itself; watching it watches the actor.
    /// </summary>
    public ActorRef<TOther> ContravariantMap<TOther>(Func<TOther, TMessage> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new MappedRef<TOther, TMessage>(this, map);
    }

    /// <summary>The same actor, for senders that know only a part of its messages. Equal to this reference.</summary>
    public ActorRef<TNarrow> Narrow<TNarrow>()
        where TNarrow : TMessage => new NarrowedRef<TNarrow, TMessage>(this);
}

internal sealed class CellRef<TMessage>(ActorCell<TMessage> cell) : ActorRef<TMessage>(cell.System, cell.Path, cell.Incarnation)
{
    internal override ActorCell Cell => cell;

    public override void Tell(TMessage message) => cell.Tell(message);
}

internal sealed class MappedRef<TOther, TMessage>(ActorRef<TMessage> target, Func<TOther, TMessage> map)
    : ActorRef<TOther>(target.System, target.Path, target.Incarnation)
{
    internal override ActorCell? Cell => target.Cell;

    internal override object Adapter => this;

    public override void Tell(TOther message) => target.Tell(map(message));
}

internal sealed class NarrowedRef<TNarrow, TMessage>(ActorRef<TMessage> target)
    : ActorRef<TNarrow>(target.System, target.Path, target.Incarnation)
    where TNarrow : TMessage
{
    internal override ActorCell? Cell => target.Cell;

    internal override object? Adapter => target.Adapter;

    public override void Tell(TNarrow message) => target.Tell(message);
}
