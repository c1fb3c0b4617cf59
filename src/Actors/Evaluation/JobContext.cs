using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>What a running job may use of the engine; one for each attempt.</summary>
public sealed class JobContext(JobLease lease, WorkRules rules, IJournal journal, IArtifactStore artifacts, TimeProvider clock)
    : IJobContext, IDisposable
{
    private readonly CancellationTokenSource cancellation = new();
    private volatile JobProgress? progress;

    public JobLease Lease => lease;

    public WorkRules Rules => rules;

    public CancellationToken Cancellation => cancellation.Token;

    public IArtifactStore Artifacts => artifacts;

    public ArtifactId? Checkpoint { get; private set; } = lease.Checkpoint;

    public TimeSpan CheckpointInterval => rules.CheckpointInterval;

    /// <summary>When the attempt began.</summary>
    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    /// <summary>The last report, or null before the first.</summary>
    public JobProgress? Progress => progress;

    /// <summary>
    /// A checkpoint that another owner's token refuses means that the job is no longer ours: it is cancelled. While the store is away the
    /// job goes on without: a later checkpoint, or the result, will be written.
    /// </summary>
    public void SaveCheckpoint(ArtifactId checkpoint)
    {
        try
        {
            if (journal.Checkpoint(lease, checkpoint))
            {
                var superseded = Checkpoint;
                Checkpoint = checkpoint;
                if (superseded != checkpoint)
                {
                    Discard(superseded);
                }
            }
            else
            {
                Cancel();
            }
        }
        catch (JournalUnavailableException e) when (!e.NeedsPerson)
        {
            // Nothing is lost but the time since the last one, and that only if this process dies too.
        }
    }

    /// <summary>Frees the room of the last checkpoint, once the journal no longer names it.</summary>
    public void DiscardCheckpoint()
    {
        Discard(Checkpoint);
        Checkpoint = null;
    }

    public void Report(JobProgress progress) => this.progress = progress;

    /// <summary>Takes the job back.</summary>
    public void Cancel() => cancellation.Cancel();

    public void Dispose() => cancellation.Dispose();

    private void Discard(ArtifactId? checkpoint)
    {
        if (checkpoint is { } gone)
        {
            artifacts.Remove(gone);
        }
    }
}
