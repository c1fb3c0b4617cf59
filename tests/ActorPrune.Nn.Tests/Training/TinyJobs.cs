using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Torch;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Training;

/// <summary>Trainings that take milliseconds: 2×6×6 images whose class is the brightness of one channel.</summary>
internal static class TinyJobs
{
    internal static readonly TrainingOptions Float32 = new(Precision.Float32, Device.Cpu, 1, 7);

    internal static ImageSet Images(int count, long seed = 1)
    {
        var random = CounterRandom.For(seed, "test", 0, 0, "images");
        var pixels = new byte[count * 2 * 36];
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 3;
            for (var p = 0; p < 72; p++)
            {
                pixels[(i * 72) + p] = (byte)((p < 36 ? 60 * labels[i] : 40) + random.NextInt(60));
            }
        }

        return new ImageSet(2, 6, 6, 3, pixels, labels, [0.4f, 0.3f], [0.25f, 0.2f]);
    }

    internal static TrainingJob Job(Recipe? recipe = null, TrainingOptions? options = null, NetworkGraph? graph = null)
    {
        graph ??= TestNetworks.Tiny();
        return new TrainingJob(
            graph,
            WeightInitialisation.Draw(graph, 3),
            recipe ?? new Recipe { Epochs = 3, Batch = 8, Crop = 1, LearningRate = 0.05 },
            options ?? Float32,
            Images(48),
            Images(30, 2),
            Images(30, 3));
    }
}

/// <summary>Cancels before a chosen step and keeps what was saved.</summary>
internal sealed class RecordingMonitor(int checkpointsWanted = 0, ReadOnlyMemory<byte>? checkpoint = null) : ITrainingMonitor, IDisposable
{
    private readonly CancellationTokenSource cancellation = new();

    public List<byte[]> Saved { get; } = [];

    public List<TrainingProgress> Reports { get; } = [];

    public CancellationToken Cancellation => cancellation.Token;

    public ReadOnlyMemory<byte>? Checkpoint => checkpoint;

    /// <summary>Asked at every step: cancels when as many checkpoints are saved as were wanted.</summary>
    public bool IsCheckpointDue(TimeSpan sinceLast) => Saved.Count < checkpointsWanted;

    public void Save(byte[] bytes)
    {
        Saved.Add(bytes);
        if (Saved.Count == checkpointsWanted)
        {
            cancellation.Cancel();
        }
    }

    public void Report(TrainingProgress progress) => Reports.Add(progress);

    public void Dispose() => cancellation.Dispose();
}
