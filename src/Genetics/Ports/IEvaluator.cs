namespace ActorPrune.Genetics.Ports;

/// <summary>
/// Computes jobs on one device. One instance belongs to one thread; the engine makes as many as it has evaluators.
/// </summary>
public interface IEvaluator : IDisposable
{
    /// <summary>
    /// Computes <paramref name="job"/>. The result depends on the job alone: not on the thread, on what ran before, or on whether it was
    /// interrupted and resumed from a checkpoint.
    /// </summary>
    /// <exception cref="EvaluationException">The job can never succeed (a malformed body, a network that cannot be built).</exception>
    /// <exception cref="EvaluatorUnableException">Another machine may compute it: nothing is wrong with the job.</exception>
    /// <exception cref="OperationCanceledException">The engine takes the job back; a checkpoint was saved if one was worth it.</exception>
    JobResult Evaluate(JobSpec job, IJobContext context);
}

/// <summary>What an evaluator may use of the engine while it computes one job.</summary>
public interface IJobContext
{
    /// <summary>Raised when the engine takes the job back: at a shutdown, or when its lease was lost.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>Blobs: weights in, weights out.</summary>
    IArtifactStore Artifacts { get; }

    /// <summary>The last checkpoint that an earlier attempt at this job saved, or null.</summary>
    ArtifactId? Checkpoint { get; }

    /// <summary>Time between two checkpoints: at most this much of the job is to be lost by a crash.</summary>
    TimeSpan CheckpointInterval { get; }

    /// <summary>Makes the job resumable from <paramref name="checkpoint"/>, which must be durable already.</summary>
    void SaveCheckpoint(ArtifactId checkpoint);

    /// <summary>Tells people how far the job is; never part of a result.</summary>
    void Report(JobProgress progress);
}

/// <summary>How far a long job is.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Text">One short line: "epoch 3/15, test error 0.214".</param>
/// <param name="ImagesPerSecond">Current rate; 0 where it has no meaning.</param>
public sealed record JobProgress(double Fraction, string Text, double ImagesPerSecond);

/// <summary>This machine lacks what the job needs, for instance its data set.</summary>
public sealed class EvaluatorUnableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A job that fails for good: running it again would fail again.</summary>
public sealed class EvaluationException : Exception
{
    public EvaluationException(string message)
        : base(message)
    {
    }

    public EvaluationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
