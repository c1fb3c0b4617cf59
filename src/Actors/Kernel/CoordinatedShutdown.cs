using System.Collections.Immutable;

namespace ActorPrune.Actors.Kernel;

/// <summary>One step of a shutdown. <paramref name="Timeout"/>: positive; what is not done by then is left behind.</summary>
public sealed record ShutdownPhase(string Name, TimeSpan Timeout)
{
    /// <summary>No new work is accepted.</summary>
    public const string StopTakingWork = "stop-taking-work";

    /// <summary>Work in progress saves how far it came.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>What others can go on with is given back to them.</summary>
    public const string HandBack = "hand-back";

    /// <summary>Always the last: all actors are stopped.</summary>
    public const string TerminateActors = "terminate-actors";

    /// <summary>The three phases above with 5 s, 30 s and 10 s.</summary>
    public static ImmutableArray<ShutdownPhase> Defaults { get; } =
    [
        new(StopTakingWork, TimeSpan.FromSeconds(5)), new(Checkpoint, TimeSpan.FromSeconds(30)), new(HandBack, TimeSpan.FromSeconds(10)),
    ];
}

/// <summary>
/// Ends a process in order: the phases one after another, the tasks of a phase side by side, each phase within its time. A task that fails
/// or is late is reported (<see cref="KernelEvent"/>) and never holds up the rest. The last phase terminates the actor system.
/// </summary>
public sealed class CoordinatedShutdown
{
    private readonly Lock gate = new();
    private readonly ActorSystem system;
    private readonly ImmutableArray<ShutdownPhase> phases;
    private readonly List<(string Phase, string Name, Func<CancellationToken, Task> Run)> tasks = [];
    private Task? running;

    internal CoordinatedShutdown(ActorSystem system, ImmutableArray<ShutdownPhase> phases)
    {
        this.system = system;
        this.phases = phases.Any(p => p.Name == ShutdownPhase.TerminateActors)
            ? phases
            : [.. phases, new ShutdownPhase(ShutdownPhase.TerminateActors, TimeSpan.FromSeconds(10))];
        if (this.phases.Select(p => p.Name).Distinct(StringComparer.Ordinal).Count() != this.phases.Length
            || this.phases.Any(p => p.Timeout <= TimeSpan.Zero)
            || this.phases[^1].Name != ShutdownPhase.TerminateActors)
        {
            throw new ArgumentException($"Shutdown phases need distinct names, positive time-outs and '{ShutdownPhase.TerminateActors}' "
                + $"last; found {string.Join(", ", this.phases)}.", nameof(phases));
        }

        AddTask(ShutdownPhase.TerminateActors, "actor-system", _ => system.TerminateAsync());
    }

    /// <summary>Why the shutdown began; null before.</summary>
    public string? Reason { get; private set; }

    /// <summary>Adds a task to a phase. The token is cancelled when the phase's time is over.</summary>
    /// <exception cref="ArgumentException">No such phase.</exception>
    /// <exception cref="InvalidOperationException">The shutdown has begun.</exception>
    public void AddTask(string phase, string name, Func<CancellationToken, Task> task)
    {
        if (!phases.Any(p => p.Name == phase))
        {
            throw new ArgumentException($"There is no shutdown phase '{phase}': expected one of {string.Join(", ", phases.Select(p => p.Name))}.");
        }

        lock (gate)
        {
            if (running is not null)
            {
                throw new InvalidOperationException($"The shutdown has begun ({Reason}): task '{name}' comes too late.");
            }

            tasks.Add((phase, name, task));
        }
    }

    /// <summary>Runs all phases, once: further calls return the same task, which never fails.</summary>
    public Task RunAsync(string reason)
    {
        // The phases must not start inside the lock, since their tasks are foreign code.
        var begin = new TaskCompletionSource();
        lock (gate)
        {
            if (running is not null)
            {
                return running;
            }

            Reason = reason;
            running = RunPhasesAsync(begin.Task);
        }

        system.Dispatcher.Schedule(begin.SetResult);
        return running;
    }

    private async Task RunPhasesAsync(Task begin)
    {
        await begin.ConfigureAwait(false);
        foreach (var phase in phases)
        {
            system.Publish(new KernelEvent.ShutdownPhaseStarted(system.Root, phase.Name));
            await RunPhaseAsync(phase).ConfigureAwait(false);
        }
    }

    private async Task RunPhaseAsync(ShutdownPhase phase)
    {
        // Never disposed: a late task may look at its token long after the phase.
        var late = new CancellationTokenSource();
        var timeout = new TaskCompletionSource();
        var started = tasks.Where(t => t.Phase == phase.Name).Select(t => (t.Name, Task: GuardAsync(phase, t.Name, t.Run, late.Token))).ToList();
        var timer = system.Clock.CreateTimer(
            _ => system.Dispatcher.Schedule(() => timeout.TrySetResult()), null, phase.Timeout, Timeout.InfiniteTimeSpan);
        await using (timer.ConfigureAwait(false))
        {
            var all = Task.WhenAll(started.Select(t => t.Task));
            await Task.WhenAny(all, timeout.Task).ConfigureAwait(false);
            if (!all.IsCompleted)
            {
                var unfinished = string.Join(", ", started.Where(t => !t.Task.IsCompleted).Select(t => t.Name));
                system.Publish(new KernelEvent.ShutdownPhaseTimedOut(system.Root, phase.Name, phase.Timeout, unfinished));
                Cancel(phase, late);
            }
        }
    }

    private void Cancel(ShutdownPhase phase, CancellationTokenSource late)
    {
        try
        {
            late.Cancel();
        }
        catch (AggregateException e)
        {
            system.Publish(new KernelEvent.ShutdownTaskFailed(system.Root, phase.Name, "cancellation callbacks", e));
        }
    }

    private async Task GuardAsync(ShutdownPhase phase, string name, Func<CancellationToken, Task> run, CancellationToken late)
    {
        try
        {
            await run(late).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // Already reported as late.
        }
        catch (Exception e)
        {
            system.Publish(new KernelEvent.ShutdownTaskFailed(system.Root, phase.Name, name, e));
        }
    }
}
