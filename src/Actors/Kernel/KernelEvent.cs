namespace ActorPrune.Actors.Kernel;

/// <summary>What the kernel tells about itself, for logs and tests. <paramref name="Path"/>: the actor that it is about.</summary>
public abstract record KernelEvent(string Path)
{
    /// <summary>An actor threw while handling <paramref name="MessageType"/>, or while starting (null). Its parent decides what follows.</summary>
    public sealed record ActorFailed(string Path, Exception Cause, Type? MessageType) : KernelEvent(Path);

    /// <summary>The failure was forgiven: state and mailbox stay.</summary>
    public sealed record ActorResumed(string Path) : KernelEvent(Path);

    /// <summary>A new instance will go on with the mailbox after <paramref name="Backoff"/>. <paramref name="Restarts"/>: within the window.</summary>
    public sealed record ActorRestarting(string Path, Exception Cause, int Restarts, TimeSpan Backoff) : KernelEvent(Path);

    /// <summary>More failures than the strategy allows within its window: the actor is stopped.</summary>
    public sealed record RestartLimitReached(string Path, Exception Cause, int MaxRestarts, TimeSpan Window) : KernelEvent(Path);

    /// <summary>A parent did not know what to do about a child's failure and fails itself.</summary>
    public sealed record FailureEscalated(string Path, string Child, Exception Cause) : KernelEvent(Path);

    /// <summary>The failure came up to the guardian: the system terminates.</summary>
    public sealed record GuardianFailed(string Path, Exception Cause) : KernelEvent(Path);

    public sealed record ActorStopped(string Path) : KernelEvent(Path);

    /// <summary>The first message was dropped since the mailbox last had room. Each dropped message is also a dead letter.</summary>
    public sealed record MailboxOverflowed(string Path, int Capacity) : KernelEvent(Path);

    /// <summary><c>PostStop</c> or <c>PreRestart</c> threw; stopping or restarting went on.</summary>
    public sealed record HookFailed(string Path, string Hook, Exception Cause) : KernelEvent(Path);

    /// <summary>A dead-letter observer threw.</summary>
    public sealed record ObserverFailed(string Path, Exception Cause) : KernelEvent(Path);

    public sealed record ShutdownPhaseStarted(string Path, string Phase) : KernelEvent(Path);

    /// <summary>Tasks of the phase were still running: the shutdown went on without them.</summary>
    public sealed record ShutdownPhaseTimedOut(string Path, string Phase, TimeSpan Timeout, string Unfinished) : KernelEvent(Path);

    /// <summary>A task failed: the shutdown went on.</summary>
    public sealed record ShutdownTaskFailed(string Path, string Phase, string Task, Exception Cause) : KernelEvent(Path);
}
