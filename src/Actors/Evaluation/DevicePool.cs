using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>What a device pool is told.</summary>
public abstract record PoolMessage
{
    private PoolMessage()
    {
    }

    /// <summary>There may be jobs.</summary>
    public sealed record Wake : PoolMessage;

    /// <summary>An evaluator's attempt has ended.</summary>
    public sealed record Ended(int Slot, Attempt Attempt) : PoolMessage;

    /// <summary>The store was away: try to write what has been finished meanwhile.</summary>
    public sealed record Flush : PoolMessage;

    /// <summary>Take no more jobs and hand back those that run, with checkpoints; answered when all are back.</summary>
    public sealed record Drain(ActorRef<Drained> ReplyTo) : PoolMessage;

    /// <summary>What each evaluator is doing.</summary>
    public sealed record Look(ActorRef<ImmutableArray<EvaluatorStatus>> ReplyTo) : PoolMessage;
}

public sealed record Drained;

/// <summary>What one evaluator is doing; <paramref name="Job"/> is null while it is idle.</summary>
public sealed record EvaluatorStatus(string Evaluator, JobLease? Job, DateTimeOffset? StartedAt, JobProgress? Progress);

/// <summary>
/// The evaluators of one device. Claims a job for each idle evaluator, and writes what they finish. While the store is away finished results stay
/// here and are written when it is back.
/// </summary>
public sealed class DevicePool : Actor<PoolMessage>
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);

    private readonly DevicePoolOptions options;
    private readonly Slot[] slots;
    private readonly Queue<Attempt> unwritten = new();
    private ActorRef<Drained>? drainedTo;
    private TimeSpan retry = FirstRetry;

    public DevicePool(DevicePoolOptions options)
    {
        this.options = options;
        slots = new Slot[options.Evaluators];
    }

    protected override void PreStart()
    {
        for (var i = 0; i < slots.Length; i++)
        {
            var index = i;
            var self = Context.Self;
            slots[i] = new Slot(
                $"{options.Device}/{i}",
                new EvaluatorThread($"{options.Device}/{i}", options.CreateEvaluator, attempt => self.Tell(new PoolMessage.Ended(index, attempt))));
        }

        Context.Timers.StartPeriodic("poll", options.PollInterval, new PoolMessage.Wake());
        Context.Self.Tell(new PoolMessage.Wake());
    }

    protected override void PostStop()
    {
        foreach (var slot in slots)
        {
            slot.Context?.Cancel();
            slot.Thread.Stop();
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
                slots[ended.Slot].Context!.Dispose();
                slots[ended.Slot].Context = null;
                if (ended.Attempt is Attempt.Unwritable { Reason: var reason })
                {
                    options.Stuck?.Invoke(reason);
                }

                unwritten.Enqueue(ended.Attempt);
                Flush();
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
                look.ReplyTo.Tell([.. slots.Select(s => new EvaluatorStatus(s.Name, s.Context?.Lease, s.Context?.StartedAt, s.Context?.Progress))]);
                break;
        }
    }

    /// <summary>Gives every idle evaluator a job, as long as there are any.</summary>
    private void Fill()
    {
        if (drainedTo is not null || unwritten.Count > 0)
        {
            return;
        }

        foreach (var slot in slots.Where(s => s.Context is null))
        {
            if (!TryStore(() => options.Journal.ClaimJob(options.Node, options.Lease), out var lease) || lease is null)
            {
                return;
            }

            slot.Context = new JobContext(lease, options.Journal, options.Artifacts, options.Clock);
            slot.Thread.Start(lease, slot.Context);
        }
    }

    /// <summary>Writes what has been finished, in order; what the store refuses was taken over by somebody else and is dropped.</summary>
    private void Flush()
    {
        while (unwritten.TryPeek(out var attempt))
        {
            if (!TryStore(() => Write(attempt), out _))
            {
                break;
            }

            unwritten.Dequeue();
        }

        Fill();
        AnswerDrained();
    }

    private bool Write(Attempt attempt) => attempt switch
    {
        Attempt.Succeeded done => options.Journal.Complete(done.Lease, done.Result, done.Seconds),
        Attempt.Failed failed => options.Journal.Fail(failed.Lease, failed.Reason, failed.Final ? 1 : options.MaxAttempts),
        _ => options.Journal.Release(attempt.Lease),
    };

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
            if (e.NeedsPerson)
            {
                options.Stuck?.Invoke(e.Message);
            }

            if (retry == FirstRetry)
            {
                options.Log($"{e.Message} Finished results are kept and written when it is back.");
            }

            Context.Timers.StartSingle("retry", retry, new PoolMessage.Flush());
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
            result = default;
            return false;
        }
    }

    private sealed class Slot(string name, EvaluatorThread thread)
    {
        public string Name => name;

        public EvaluatorThread Thread => thread;

        /// <summary>Null while the evaluator is idle.</summary>
        public JobContext? Context { get; set; }
    }
}

/// <summary>How a device's evaluators work.</summary>
public sealed record DevicePoolOptions
{
    /// <summary>"cpu", "cuda:0".</summary>
    public required string Device { get; init; }

    /// <summary>Number of evaluators, each on its own thread.</summary>
    public required int Evaluators { get; init; }

    /// <summary>Makes one evaluator; called on its own thread.</summary>
    public required Func<IEvaluator> CreateEvaluator { get; init; }

    public required IJournal Journal { get; init; }

    public required IArtifactStore Artifacts { get; init; }

    public required NodeId Node { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>A job that failed this often (not: that was interrupted) has failed for good.</summary>
    public required int MaxAttempts { get; init; }

    /// <summary>Wake-ups may be lost: look for jobs at least this often.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public required Action<string> Log { get; init; }

    /// <summary>Called when the store cannot be written for a reason that waiting does not cure.</summary>
    public Action<string>? Stuck { get; init; }
}
