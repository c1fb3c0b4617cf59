using System.Collections.Concurrent;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>An evaluator that is a process: computes what comes through its standard input, until that is closed.</summary>
public sealed class EvaluatorChild : IDisposable
{
    private readonly MessageChannel channel;
    private readonly Func<IEvaluator> create;
    private readonly BlockingCollection<ChildJob> jobs = [];
    private readonly Lock gate = new();

    // Set from a job's arrival to its end, under the gate.
    private ChildJob? current;

    private EvaluatorChild(MessageChannel channel, Func<IEvaluator> create) => (this.channel, this.create) = (channel, create);

    /// <summary>
    /// Serves the process that started this one. Ends with it, whatever the evaluator is doing then; ignores the signals that ask for an
    /// end, since they are meant for the parent, which tells what to do about them.
    /// </summary>
    /// <param name="create">Makes the evaluator, on its own thread.</param>
    /// <returns>The exit code of the process.</returns>
    public static int Serve(Func<IEvaluator> create)
    {
        using var channel = ChildProcess.Begin();
        using var child = new EvaluatorChild(channel, create);
        return child.Run();
    }

    public void Dispose() => jobs.Dispose();

    private int Run()
    {
        var thread = new Thread(Work) { Name = "evaluator", IsBackground = true };
        thread.Start();
        try
        {
            channel.Send(new EvaluatorMessage.Ready());
            while (channel.Read() is { } message)
            {
                Take(message);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Console.Error.WriteLine(e.Message);
        }

        if (Current is not null)
        {
            // Nobody waits for the result. An orderly exit would run the destructors of native libraries under the evaluator's feet.
            ChildProcess.End(1);
        }

        jobs.CompleteAdding();
        thread.Join();
        return 0;
    }

    private void Take(EvaluatorMessage message)
    {
        switch (message)
        {
            case EvaluatorMessage.Compute compute:
                var job = new ChildJob(channel, compute);
                Current = job;
                jobs.Add(job);
                break;
            case EvaluatorMessage.Cancel cancel:
                lock (gate)
                {
                    if (current?.Number == cancel.Number)
                    {
                        current.Cancel();
                    }
                }

                break;
            default:
                (Current ?? throw new InvalidDataException($"Expected a job, found a message '{message.GetType().Name}'.")).Hear(message);
                break;
        }
    }

    private ChildJob? Current
    {
        get
        {
            lock (gate)
            {
                return current;
            }
        }

        set
        {
            lock (gate)
            {
                current = value;
            }
        }
    }

    private void Work()
    {
        IEvaluator? evaluator = null;
        foreach (var job in jobs.GetConsumingEnumerable())
        {
            var attempt = Attempt.At(job.Lease, job, ref evaluator, create);
            Current = null;
            job.Dispose();
            try
            {
                Tell(attempt);
            }
            catch (IOException)
            {
                // The parent is gone, which the other thread sees too.
            }
        }

        evaluator?.Dispose();
    }

    private void Tell(Attempt attempt)
    {
        try
        {
            channel.Send(EndingOf(attempt));
        }
        catch (InvalidDataException e)
        {
            // A result that is too large for the pipe is too large for the journal.
            channel.Send(new EvaluatorMessage.Ended(Ending.Failed, null, e.Message, Final: true, attempt.Seconds));
        }
    }

    private static EvaluatorMessage.Ended EndingOf(Attempt attempt) => attempt switch
    {
        Attempt.Succeeded done => new(
            Ending.Succeeded, new JobOutcome(done.Lease.Spec.Key, done.Result, null).ToJson(), null, Final: false, done.Seconds),
        Attempt.Failed failed => new(Ending.Failed, null, failed.Reason, failed.Final, failed.Seconds),
        Attempt.Unable unable => new(Ending.Unable, null, unable.Reason, Final: false, unable.Seconds),
        _ => new(Ending.Cancelled, null, null, Final: false, attempt.Seconds),
    };
}
