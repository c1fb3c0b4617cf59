using System.Collections.Immutable;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>All that determines a training's result.</summary>
/// <param name="Training">What is learned from.</param>
/// <param name="Validation">What the search sees; null = no validation error.</param>
/// <param name="Test">Measured after each epoch; null = not at all.</param>
/// <param name="Teacher">The network whose outputs <see cref="Recipe.Distillation"/> learns from; needed where that is above 0.</param>
public sealed record TrainingJob(
    NetworkGraph Graph,
    NamedTensors Weights,
    Recipe Recipe,
    TrainingOptions Options,
    ImageSet Training,
    ImageSet? Validation,
    ImageSet? Test,
    Teacher? Teacher = null);

/// <summary>A network to learn from.</summary>
public sealed record Teacher(NetworkGraph Graph, NamedTensors Weights);

/// <summary>How and where it is computed. Equal options on one device class give bit-equal results.</summary>
/// <param name="Threads">
/// On a CPU each batch is split into this many parts, each with a thread and a replica of the network (batch norm sees its part): replicas
/// keep all cores busy where threads within one operation mostly wait for each other. The result depends on the number, so it belongs to a
/// job's key.
/// </param>
/// <param name="Seed">Of batches, augmentation and dropout.</param>
/// <param name="Masks">Kernel masks by conv layer (<see cref="ModuleOptions"/>).</param>
/// <param name="MeasureStart">Also measure the validation error of the weights as they come in, before and after recalibration.</param>
/// <param name="Part">The training is one of several equal parts of a longer run; null: the whole.</param>
public sealed record TrainingOptions(
    Precision Precision, Device Device, int Threads, long Seed, NamedTensors? Masks = null, bool MeasureStart = false, TrainingPart? Part = null);

/// <summary>
/// Learning rate and images are those of part <paramref name="Index"/> (from 0) of a run of <paramref name="Count"/> times the recipe's
/// steps.
/// </summary>
public sealed record TrainingPart(long Index, long Count);

/// <summary>Figures of one pass over the training set, or of the part of one that the training ended in.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean loss of the epoch's steps.</param>
/// <param name="TestError">Fraction wrong on the test set after it, or null without one.</param>
public sealed record EpochFigures(int Epoch, double TrainLoss, double? TestError);

/// <summary>What a training yields. Errors are fractions; those on validation are null without a validation set.</summary>
/// <param name="StartError">Validation error of the weights as they came in; null where it was not asked for.</param>
/// <param name="RecalibratedError">
/// The same after batch-norm recalibration, before any step; a recipe with steps that does not recalibrate goes on from the statistics of
/// the start. Null where it was not asked for.
/// </param>
/// <param name="Error">Validation error at the end.</param>
/// <param name="Diverged">The loss became infinite or not a number, and the training ended there. The errors are measured as ever.</param>
public sealed record TrainingOutcome(
    NamedTensors Weights,
    ImmutableArray<EpochFigures> Epochs,
    int Steps,
    double? StartError,
    double? RecalibratedError,
    double? Error,
    double? TestErrorLast,
    double? TestErrorBest,
    bool Diverged);

/// <summary>How far a training is.</summary>
public sealed record TrainingProgress(int Step, int Steps, int Epoch, double Loss, double? TestError, double ImagesPerSecond);

/// <summary>What a training may ask and tell while it runs, on its own thread.</summary>
public interface ITrainingMonitor
{
    /// <summary>Looked at between steps.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>
    /// A checkpoint that an earlier attempt at the same job saved, or null. One that is damaged or of another job is ignored.
    /// </summary>
    ReadOnlyMemory<byte>? Checkpoint { get; }

    /// <summary>Asked between steps: whether to save now.</summary>
    bool IsCheckpointDue(TimeSpan sinceLast);

    void Save(byte[] checkpoint);

    /// <summary>Called a few times a second at most.</summary>
    void Report(TrainingProgress progress);
}

/// <summary>Asks for nothing and saves nothing.</summary>
public sealed class SilentMonitor(CancellationToken cancellation = default) : ITrainingMonitor
{
    public CancellationToken Cancellation => cancellation;

    public ReadOnlyMemory<byte>? Checkpoint => null;

    public bool IsCheckpointDue(TimeSpan sinceLast) => false;

    public void Save(byte[] checkpoint)
    {
    }

    public void Report(TrainingProgress progress)
    {
    }
}
