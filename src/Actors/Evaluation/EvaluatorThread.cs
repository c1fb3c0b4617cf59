using System.Diagnostics;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>How one attempt at a job ended on an evaluator.</summary>
public abstract record Attempt(JobLease Lease, double Seconds)
{
    public sealed record Succeeded(JobLease Lease, JobResult Result, double Seconds) : Attempt(Lease, Seconds);

    /// <param name="Final">Trying again cannot help.</param>
    public sealed record Failed(JobLease Lease, string Reason, bool Final, double Seconds) : Attempt(Lease, Seconds);

    /// <summary>The store cannot take a result or checkpoint until somebody acts: nothing is wrong with the job.</summary>
    public sealed record Unwritable(JobLease Lease, string Reason, double Seconds) : Attempt(Lease, Seconds);

    /// <summary>The engine took the job back.</summary>
    public sealed record Cancelled(JobLease Lease, double Seconds) : Attempt(Lease, Seconds);
}

/// <summary>
/// One evaluator: a thread of its own with one <see cref="IEvaluator"/>, so that native work never holds up an actor, a timer or a lease. It is
/// handed one job at a time and tells how the attempt ended; it never touches the journal except through the job's context.
/// </summary>
public sealed class EvaluatorThread : IDisposable
{
    private readonly Func<IEvaluator> create;
    private readonly Action<Attempt> ended;
    private readonly SemaphoreSlim work = new(0);
    private readonly Thread thread;
    private (JobLease Lease, IJobContext Context)? job;
    private volatile bool stopping;

    /// <param name="name">For people: "cpu/0".</param>
    /// <param name="create">Makes the evaluator, on its own thread.</param>
    /// <param name="ended">Called on this thread when an attempt has ended; must not block or throw.</param>
    public EvaluatorThread(string name, Func<IEvaluator> create, Action<Attempt> ended)
    {
        this.create = create;
        this.ended = ended;
        thread = new Thread(Run) { Name = $"evaluator {name}", IsBackground = true };
        thread.Start();
    }

    /// <summary>Hands over the next job; only when the last attempt has ended.</summary>
    public void Start(JobLease lease, IJobContext context)
    {
        job = (lease, context);
        work.Release();
    }

    /// <summary>Lets the present attempt end, then ends the thread; waits for neither.</summary>
    public void Stop()
    {
        stopping = true;
        work.Release();
    }

    public void Dispose()
    {
        Stop();
        thread.Join();
        work.Dispose();
    }

    private void Run()
    {
        IEvaluator? evaluator = null;
        try
        {
            while (true)
            {
                work.Wait();
                if (stopping)
                {
                    return;
                }

                var (lease, context) = job!.Value;
                ended(Attempted(ref evaluator, lease, context));
            }
        }
        finally
        {
            evaluator?.Dispose();
        }
    }

    private Attempt Attempted(ref IEvaluator? evaluator, JobLease lease, IJobContext context)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            evaluator ??= create();
            return new Attempt.Succeeded(lease, evaluator.Evaluate(lease.Spec, context), clock.Elapsed.TotalSeconds);
        }
        catch (OperationCanceledException) when (context.Cancellation.IsCancellationRequested)
        {
            return new Attempt.Cancelled(lease, clock.Elapsed.TotalSeconds);
        }
        catch (JournalUnavailableException)
        {
            // The store went away in the middle: nothing is wrong with the job.
            return new Attempt.Cancelled(lease, clock.Elapsed.TotalSeconds);
        }
        catch (ArtifactUnavailableException e)
        {
            return new Attempt.Unwritable(lease, e.Message, clock.Elapsed.TotalSeconds);
        }
        catch (EvaluationException e)
        {
            return new Attempt.Failed(lease, e.Message, Final: true, clock.Elapsed.TotalSeconds);
        }
#pragma warning disable CA1031 // whatever a candidate throws is that candidate's failure, not the search's
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Attempt.Failed(lease, $"{e.GetType().Name}: {e.Message}", Final: false, clock.Elapsed.TotalSeconds);
        }
    }
}
