namespace ActorPrune.Actors.Kernel;

/// <summary>No reply came in time. The question may have been handled all the same: ask again only what may be asked twice.</summary>
public sealed class AskTimeoutException(string path, Type messageType, TimeSpan timeout)
    : TimeoutException($"{path} did not reply to {messageType.Name} within {timeout.TotalSeconds:0.###} s. "
        + "It may be busy, suspended after a failure, or stopped: see the system's dead letters and kernel events.")
{
    /// <summary>Who was asked.</summary>
    public string Path { get; } = path;

    /// <summary>The type of the question.</summary>
    public Type MessageType { get; } = messageType;

    public TimeSpan Timeout { get; } = timeout;
}

/// <summary>The reply address of one ask: takes one message, the rest are dead letters.</summary>
internal sealed class ReplyRef<TReply> : ActorRef<TReply>
{
    private readonly TaskCompletionSource<TReply> completion = new();
    private ITimer? timer;
    private int done;

    public ReplyRef(ActorSystem system)
        : this(system, system.NextIncarnation())
    {
    }

    private ReplyRef(ActorSystem system, long incarnation)
        : base(system, $"{system.Root}/temp/ask-{incarnation}", incarnation)
    {
    }

    public Task<TReply> Await(string path, Type messageType, TimeSpan timeout)
    {
        timer = System.Clock.CreateTimer(
            _ => Complete(() => completion.SetException(new AskTimeoutException(path, messageType, timeout))),
            null, timeout, Timeout.InfiniteTimeSpan);
        return completion.Task;
    }

    public override void Tell(TReply message)
    {
        if (!Complete(() => completion.SetResult(message)))
        {
            System.DeadLetters.Publish(new DeadLetter(message, Path, DeadLetterReason.LateReply));
        }
    }

    private bool Complete(Action complete)
    {
        if (Interlocked.Exchange(ref done, 1) == 1)
        {
            return false;
        }

        timer?.Dispose();

        // Continuations run inside this call: on the dispatcher they neither hold up the replying actor nor escape a deterministic scheduler.
        System.Dispatcher.Schedule(complete);
        return true;
    }
}
