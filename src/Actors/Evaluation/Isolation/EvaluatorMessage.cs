using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>
/// What a pool and an evaluator in a process of its own tell each other, one JSON object a line. The process gets jobs and all blobs from
/// the pool: it opens no store and knows no address or password of one.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Compute), "compute")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Get), "get")]
[JsonDerivedType(typeof(Put), "put")]
[JsonDerivedType(typeof(Contains), "contains")]
[JsonDerivedType(typeof(Remove), "remove")]
[JsonDerivedType(typeof(Save), "save")]
[JsonDerivedType(typeof(Blob), "blob")]
[JsonDerivedType(typeof(Chunk), "chunk")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Ended), "ended")]
internal abstract record EvaluatorMessage
{
    private EvaluatorMessage()
    {
    }

    /// <summary>The process has begun and takes jobs.</summary>
    internal sealed record Ready : EvaluatorMessage;

    // ---- pool to evaluator

    /// <param name="Number">Tells the jobs of one process apart.</param>
    /// <param name="Kind">See <see cref="JobSpec"/>.</param>
    /// <param name="Body">See <see cref="JobSpec"/>.</param>
    /// <param name="Checkpoint">What an earlier attempt saved, or null.</param>
    /// <param name="CheckpointInterval">Time between two checkpoints.</param>
    internal sealed record Compute(int Number, string Kind, string Body, string? Checkpoint, TimeSpan CheckpointInterval) : EvaluatorMessage;

    /// <summary>Stop at the next step, with a checkpoint if it is worth one. It may come after the job has ended.</summary>
    internal sealed record Cancel(int Number) : EvaluatorMessage;

    // ---- evaluator to pool; each is answered

    /// <summary>Answered with a <see cref="Blob"/>.</summary>
    internal sealed record Get(string Artifact) : EvaluatorMessage;

    /// <summary>Followed by <see cref="Chunk"/>s of <paramref name="Length"/> bytes together.</summary>
    internal sealed record Put(long Length) : EvaluatorMessage;

    internal sealed record Contains(string Artifact) : EvaluatorMessage;

    internal sealed record Remove(string Artifact) : EvaluatorMessage;

    /// <summary>Makes the job resumable from a checkpoint.</summary>
    internal sealed record Save(string Checkpoint) : EvaluatorMessage;

    // ---- both ways

    /// <summary>Followed by <see cref="Chunk"/>s of <paramref name="Length"/> bytes together.</summary>
    internal sealed record Blob(long Length) : EvaluatorMessage;

    internal sealed record Chunk(byte[] Bytes) : EvaluatorMessage;

    // ---- answers

    /// <param name="Yes">The answer to <see cref="Contains"/>; true otherwise.</param>
    internal sealed record Done(bool Yes) : EvaluatorMessage;

    internal sealed record Refused(Refusal Why, string Reason, bool DiskFull) : EvaluatorMessage;

    // ---- evaluator to pool, without an answer

    internal sealed record Progress(JobProgress Report) : EvaluatorMessage;

    /// <param name="How">How the attempt ended.</param>
    /// <param name="Outcome">The result as a <see cref="Journal.JobOutcome"/>, where it succeeded.</param>
    /// <param name="Reason">Why not, where it did not.</param>
    /// <param name="Final">Trying again cannot help.</param>
    /// <param name="Seconds">Computing time.</param>
    internal sealed record Ended(Ending How, string? Outcome, string? Reason, bool Final, double Seconds) : EvaluatorMessage;
}

/// <summary>Why the pool does not do what the evaluator asks for.</summary>
internal enum Refusal
{
    /// <summary>As <see cref="ArtifactException"/>.</summary>
    NoSuchArtifact,

    /// <summary>As <see cref="ArtifactUnavailableException"/>.</summary>
    ArtifactsUnavailable,

    /// <summary>As <see cref="Journal.JournalUnavailableException"/>.</summary>
    JournalUnavailable,
}

/// <summary>The kinds of <see cref="Attempt"/>.</summary>
internal enum Ending
{
    Succeeded,
    Failed,
    Unable,
    Cancelled,
}
