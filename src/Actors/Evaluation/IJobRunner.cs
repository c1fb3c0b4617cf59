using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>Computes one job at a time and tells how each attempt ended. <see cref="EvaluatorThread"/> is the usual
/// one, <see cref="Isolation.IsolatedEvaluator"/> one that survives what its job does.</summary>
public interface IJobRunner
{
    /// <summary>Hands over the next job and returns at once; only when the last attempt has ended.</summary>
    void Start(JobLease lease, IJobContext context);

    /// <summary>Lets the present attempt end and takes no more; waits for nothing.</summary>
    void Stop();
}

/// <summary>Makes a runner.</summary>
/// <param name="name">For people: "cpu/0".</param>
/// <param name="create">Makes the evaluator, where the runner uses it.</param>
/// <param name="ended">Called when an attempt has ended; does not block or throw.</param>
public delegate IJobRunner CreateJobRunner(string name, Func<IEvaluator> create, Action<Attempt> ended);
