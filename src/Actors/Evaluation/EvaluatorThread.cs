using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>
/// One evaluator: a thread of its own with one <see cref="IEvaluator"/>, so that native work never holds up an actor, a timer or a lease.
/// It is handed one job at a time and tells how the attempt ended; it never touches the journal except through the job's context.
/// </summary>
public sealed class EvaluatorThread : IJobRunner, IDisposable
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

    public void Start(JobLease lease, IJobContext context)
    {
        job = (lease, context);
        work.Release();
    }

    public void Stop()
    {
        stopping = true;
        work.Release();
    }

    /// <summary>Stops, and waits for the end of the present attempt.</summary>
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
                ended(Attempt.At(lease, context, ref evaluator, create));
            }
        }
        finally
        {
            evaluator?.Dispose();
        }
    }
}
