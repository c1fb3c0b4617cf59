using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;

namespace ActorPrune.Actors.Evaluation;

/// <summary>
/// The evaluators of one device. Claims a job for each idle evaluator, and writes what they finish. While the store is away finished
/// results stay here and are written when it is back.
/// </summary>
public sealed class DevicePool : Actor<PoolMessage>
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);

    private const string RetryTimer = "retry";
    private const string PauseTimer = "pause";

    private readonly DevicePoolOptions options;
    private readonly Slot[] slots;
    private readonly Queue<(Attempt Attempt, JobContext Context)> unwritten = new();
    private ActorRef<Drained>? drainedTo;
    private TimeSpan retry = FirstRetry;

    private Doubt? doubt;

    // When a straggler was last asked for.
    private long? lookedAt;

    public DevicePool(DevicePoolOptions options)
    {
        this.options = options;
        slots = new Slot[options.Evaluators];
    }

    /// <summary>How a pool is to be spawned: wake-ups come by the dozen.</summary>
    public static ActorOptions SpawnOptions { get; } = new() { Conflates = true };

    protected override void PreStart()
    {
        for (var i = 0; i < slots.Length; i++)
        {
            var index = i;
            var self = Context.Self;
            var name = $"{options.Device}/{i}";
            IJobRunner Make(CreateJobRunner create) =>
                create(name, options.CreateEvaluator, attempt => self.Tell(new PoolMessage.Ended(index, attempt)));
            slots[i] = new Slot(
                name, Make(options.CreateRunner), options.CreateIsolatedRunner is { } isolated ? () => Make(isolated) : null);
        }

        doubt = new Doubt(Context.System.Clock, options.Lease, options.PollInterval);
        Context.Timers.StartPeriodic("poll", options.PollInterval, new PoolMessage.Wake());
        Context.Timers.StartPeriodic("recall", options.PollInterval, new PoolMessage.Recall());
        Context.Self.Tell(new PoolMessage.Wake());
    }

    protected override void PostStop()
    {
        foreach (var slot in slots)
        {
            slot?.Context?.Cancel();
            slot?.Stop();
        }
    }

    protected override void Receive(PoolMessage message)
    {
        switch (message)
        {
            case PoolMessage.Wake:
                Fill();
                break;
            case PoolMessage.Ended ended:
                Ended(slots[ended.Slot], ended.Attempt);
                break;
            case PoolMessage.Recall:
                Recall();
                break;
            case PoolMessage.Flush:
                Flush();
                break;
            case PoolMessage.Drain drain:
                drainedTo = drain.ReplyTo;
                Array.ForEach(slots, s => s.Context?.Cancel());
                AnswerDrained();
                break;
            case PoolMessage.Look look:
                look.ReplyTo.Tell([.. slots.Select(
                    s => new EvaluatorStatus(s.Name, s.Context?.Lease, s.Context?.StartedAt, s.Context?.Progress))]);
                break;
        }
    }

    private void Ended(Slot slot, Attempt attempt)
    {
        // An attempt that an instance before this one had started: its job has been freed, and may even run again here.
        if (slot.Context is not { } context || context.Lease != attempt.Lease)
        {
            return;
        }

        context.Dispose();
        slot.Context = null;
        if (attempt is Attempt.Unable { Reason: var reason })
        {
            // Jobs would come and go in a tight loop, without one ever being computed.
            Context.Timers.StartSingle(PauseTimer, LastRetry, new PoolMessage.Wake());
            options.Log(reason);
            options.Stuck?.Invoke(reason);
        }

        unwritten.Enqueue((attempt, context));
        Flush();
    }

    /// <summary>Gives every idle evaluator a job, as long as there are any; none while the store is away or this machine cannot
    /// compute.</summary>
    private void Fill()
    {
        if (drainedTo is not null || unwritten.Count > 0 || Context.Timers.IsActive(RetryTimer) || Context.Timers.IsActive(PauseTimer))
        {
            return;
        }

        if (doubt!.IsLookDue && !TryStore(FreeUnknown, out _))
        {
            return;
        }

        foreach (var slot in slots.Where(s => s.Context is null))
        {
            if (!TryStore(() => options.Journal.ClaimJob(options.Node, options.Lease, options.Scope()) ?? Straggler(), out var lease)
                || lease is null)
            {
                return;
            }

            slot.Context = new JobContext(lease, options.Rules(lease.Experiment), options.Journal, options.Artifacts, options.Clock);
            RunnerFor(slot.Context, slot).Start(lease, slot.Context);
        }
    }

    /// <summary>
    /// A job that somebody else takes unusually long for; asked for once a poll, however often this pool is woken in between: who waits for
    /// a straggler is in no hurry, and idle nodes must not keep the store busy.
    /// </summary>
    private JobLease? Straggler()
    {
        var clock = Context.System.Clock;
        if (options.Stragglers is not { } rule || (lookedAt is { } last && clock.GetElapsedTime(last) < options.PollInterval / 2))
        {
            return null;
        }

        lookedAt = clock.GetTimestamp();
        var lease = options.Journal.ClaimStraggler(options.Node, options.Lease, rule, options.Scope());
        if (lease is not null)
        {
            options.Log($"Job {lease.Spec.Kind} {lease.Spec.Key.Hex[..12]} takes another node unusually long: it is computed here too, and "
                + "the first result counts.");
        }

        return lease;
    }

    /// <summary>
    /// Interruptions count for nothing, so that innocent jobs survive any number of kills. But one whose process died again and again may
    /// be the cause: in a process of its own it either completes, or ends that process and not this one.
    /// </summary>
    private IJobRunner RunnerFor(JobContext context, Slot slot)
    {
        var (lease, rules) = (context.Lease, context.Rules);
        var isolated = lease.Deaths >= rules.IsolateAfter ? slot.Isolated : null;
        var job = $"Job {lease.Spec.Kind} {lease.Spec.Key.Hex[..12]}";
        if (isolated is not null && lease.Deaths > 0)
        {
            options.Log($"{job} was being computed when its process died or fell silent, {lease.Deaths} times so far: "
                + "it is computed in a process of its own.");
        }
        else if (isolated is null && lease.Attempt > rules.MaxAttempts)
        {
            options.Log($"{job} is started for time {lease.Attempt}: "
                + "earlier attempts failed, were handed back or did not live to tell how they ended. "
                + "If it ends its process each time, memory and the system's log may tell why.");
        }

        return isolated ?? slot.Runner;
    }

    /// <summary>Takes back, with their checkpoints, the jobs that no running experiment waits for any more.</summary>
    private void Recall()
    {
        var busy = slots.Where(s => s.Context is not null).ToList();
        if (busy.Count == 0 || Context.Timers.IsActive(RetryTimer)
            || !TryStore(() => options.Journal.UnwantedJobs(options.Node), out var unwanted))
        {
            return;
        }

        foreach (var slot in busy.Where(s => unwanted.Contains(s.Context!.Lease.Token)))
        {
            slot.Context!.Cancel();
        }
    }

    private bool FreeUnknown()
    {
        options.Journal.FreeJobsExcept(options.Node, [.. slots.Where(s => s.Context is not null).Select(s => s.Context!.Lease)]);
        doubt!.Looked();
        return true;
    }

    /// <summary>Writes what has been finished, in order; what the store refuses was taken over by somebody else and is dropped.</summary>
    private void Flush()
    {
        while (unwritten.TryPeek(out var ended))
        {
            if (!TryStore(() => Write(ended.Attempt, ended.Context), out _))
            {
                break;
            }

            unwritten.Dequeue();
        }

        Fill();
        AnswerDrained();
    }

    private bool Write(Attempt attempt, JobContext context) => attempt switch
    {
        Attempt.Succeeded done => Complete(done, context),
        Attempt.Failed failed => options.Journal.Fail(failed.Lease, failed.Reason, failed.Final ? 1 : context.Rules.MaxAttempts),
        _ => options.Journal.Release(attempt.Lease),
    };

    private bool Complete(Attempt.Succeeded done, JobContext context)
    {
        try
        {
            var isOurs = options.Journal.Complete(done.Lease, done.Result, done.Seconds);
            if (isOurs)
            {
                context.DiscardCheckpoint();
            }

            return isOurs;
        }
        catch (ArgumentException e)
        {
            // A result that no journal takes, for instance one that is too large.
            return options.Journal.Fail(done.Lease, e.Message, maxAttempts: 1);
        }
    }

    private void AnswerDrained()
    {
        if (drainedTo is not null && unwritten.Count == 0 && slots.All(s => s.Context is null))
        {
            drainedTo.Tell(new Drained());
        }
    }

    /// <summary>Calls the store; when it is away, arms a retry with back-off and says so once.</summary>
    private bool TryStore<T>(Func<T> call, out T? result)
    {
        try
        {
            result = call();
            retry = FirstRetry;
            return true;
        }
        catch (JournalUnavailableException e)
        {
            doubt!.Raise();
            if (e.NeedsPerson)
            {
                options.Stuck?.Invoke(e.Message);
            }

            if (retry == FirstRetry)
            {
                options.Log($"{e.Message} Finished results are kept and written when it is back.");
            }

            Context.Timers.StartSingle(RetryTimer, retry, new PoolMessage.Flush());
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
            result = default;
            return false;
        }
    }

    /// <param name="name">For people.</param>
    /// <param name="runner">For the usual job.</param>
    /// <param name="isolate">Makes what computes a suspected one; null where there is no such thing.</param>
    private sealed class Slot(string name, IJobRunner runner, Func<IJobRunner>? isolate)
    {
        private IJobRunner? isolated;

        public string Name => name;

        public IJobRunner Runner => runner;

        public IJobRunner? Isolated => isolated ??= isolate?.Invoke();

        /// <summary>Null while the evaluator is idle.</summary>
        public JobContext? Context { get; set; }

        public void Stop()
        {
            runner.Stop();
            isolated?.Stop();
        }
    }
}

