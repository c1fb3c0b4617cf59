using System.Text;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>An evaluator whose jobs take virtual time; they end on the node's dispatcher, so not on a node that is paused or
/// dead.</summary>
internal sealed class SimulatedRunner(
    SimulatedCluster cluster,
    SimulatedNode node,
    TimeProvider clock,
    DeterministicDispatcher dispatcher,
    Func<IEvaluator> create,
    Action<Attempt> ended) : IJobRunner
{
    private static readonly TimeSpan ToStop = TimeSpan.FromMilliseconds(50);

    private IEvaluator? evaluator;
    private Run? present;

    public void Start(JobLease lease, IJobContext context)
    {
        cluster.Begun[lease.Spec.Key] = cluster.Begun.GetValueOrDefault(lease.Spec.Key) + 1;
        cluster.Trace?.Invoke(node.Name, $"begins {lease.Spec.Kind} {lease.Spec.Key.Hex[..8]} under token {lease.Token}");
        var whole = cluster.NextDuration(lease);
        var half = whole >= cluster.CheckpointFrom ? whole / 2 : TimeSpan.Zero;
        var run = present = new Run(lease, context) { Rest = context.Checkpoint is null ? half : TimeSpan.Zero };
        run.Timer = clock.CreateTimer(
            _ => dispatcher.Schedule(() => Step(run)), null, half > TimeSpan.Zero ? half : whole, Timeout.InfiniteTimeSpan);

        // A cancelled job stops at its next step, not at its end.
        context.Cancellation.Register(() => run.Timer.Change(ToStop, Timeout.InfiniteTimeSpan));
    }

    public void Stop()
    {
    }

    /// <summary>Half way, where a checkpoint is due, or the end. A step that was put off until after the end is none.</summary>
    private void Step(Run run)
    {
        if (run != present || run.IsSaving)
        {
            return;
        }

        var (lease, context) = (run.Lease, run.Context);
        if (run.Rest > TimeSpan.Zero && !context.Cancellation.IsCancellationRequested)
        {
            run.IsSaving = true;
            context.SaveCheckpoint(cluster.Artifacts.Put(Encoding.UTF8.GetBytes($"half of {lease.Spec.Key.Hex}")));
            run.IsSaving = false;
            run.Timer!.Change(context.Cancellation.IsCancellationRequested ? ToStop : run.Rest, Timeout.InfiniteTimeSpan);
            run.Rest = TimeSpan.Zero;
            return;
        }

        present = null;
        run.Timer!.Dispose();
        if (cluster.KillsProcess?.Invoke(lease) == true)
        {
            node.Crash();
            cluster.OnProcessKilled?.Invoke(node);
            return;
        }

        ended(Attempt.At(lease, context, ref evaluator, () => new Cancellable(create())));
    }

    private sealed class Run(JobLease lease, IJobContext context)
    {
        public JobLease Lease => lease;

        public IJobContext Context => context;

        /// <summary>What is left after the checkpoint that is to be saved next.</summary>
        public TimeSpan Rest { get; set; }

        /// <summary>The call that saves the checkpoint may hang, and meanwhile nothing of this evaluator goes on.</summary>
        public bool IsSaving { get; set; }

        public ITimer? Timer { get; set; }
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
