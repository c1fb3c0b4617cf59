using ActorPrune.Genetics.Ports;

namespace ActorPrune.Host.Application;

/// <summary>Lets a benchmark run jobs without an engine: nothing is cancelled, saved or reported.</summary>
internal sealed class BenchmarkContext(IArtifactStore artifacts) : IJobContext
{
    public CancellationToken Cancellation => CancellationToken.None;

    public IArtifactStore Artifacts => artifacts;

    public ArtifactId? Checkpoint => null;

    public TimeSpan CheckpointInterval => TimeSpan.MaxValue;

    public void SaveCheckpoint(ArtifactId checkpoint)
    {
    }

    public void Report(JobProgress progress)
    {
    }
}
