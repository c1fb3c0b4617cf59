using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>An evaluator whose jobs take virtual time; they end on the node's dispatcher, so not on a node that is paused or
/// dead.</summary>
internal sealed class SimulatedRunner(
    SimulatedCluster cluster, DeterministicDispatcher dispatcher, Func<IEvaluator> create, Action<Attempt> ended) : IJobRunner
{
    private IEvaluator? evaluator;
    private ITimer? timer;

    public void Start(JobLease lease, IJobContext context)
    {
        cluster.Begun[lease.Spec.Key] = cluster.Begun.GetValueOrDefault(lease.Spec.Key) + 1;
        timer = cluster.Clock.CreateTimer(
            _ => dispatcher.Schedule(() => End(lease, context)), null, cluster.NextDuration(), Timeout.InfiniteTimeSpan);

        // A cancelled job stops at its next step, not at its end.
        context.Cancellation.Register(() => timer?.Change(TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan));
    }

    public void Stop()
    {
    }

    private void End(JobLease lease, IJobContext context)
    {
        timer?.Dispose();
        ended(Attempt.At(lease, context, ref evaluator, () => new Cancellable(create())));
    }

    private sealed class Cancellable(IEvaluator inner) : IEvaluator
    {
        public JobResult Evaluate(JobSpec job, IJobContext context)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            return inner.Evaluate(job, context);
        }

        public void Dispose() => inner.Dispose();
    }
}
