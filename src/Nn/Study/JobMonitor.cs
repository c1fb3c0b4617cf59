using System.Globalization;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>Lets a training use the engine's checkpoints, progress and cancellation.</summary>
internal sealed class JobMonitor(IJobContext context, string what) : ITrainingMonitor
{
    public CancellationToken Cancellation => context.Cancellation;

    public ReadOnlyMemory<byte>? Checkpoint
    {
        get
        {
            try
            {
                return context.Checkpoint is { } saved ? context.Artifacts.Get(saved) : null;
            }
            catch (ArtifactException)
            {
                // Missing or damaged: the start gives the same result, only later.
                return null;
            }
        }
    }

    public bool IsCheckpointDue(TimeSpan sinceLast) => sinceLast >= context.CheckpointInterval;

    public void Save(byte[] checkpoint)
    {
        context.SaveCheckpoint(context.Artifacts.Put(checkpoint));
        Garbage.Collect();
    }

    public void Report(TrainingProgress progress)
    {
        var error = progress.TestError is { } e ? string.Create(CultureInfo.InvariantCulture, $", test error {e:P1}") : string.Empty;
        context.Report(new JobProgress(
            progress.Step / (double)Math.Max(1, progress.Steps), $"{what}, step {progress.Step} of {progress.Steps}{error}", progress.ImagesPerSecond));
    }
}
