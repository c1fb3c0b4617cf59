using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Genetics.Ports;

/// <summary>SHA-256 of all that determines a job's result, as 64 lower-case hexadecimal digits.</summary>
public readonly record struct JobKey(string Hex)
{
    public override string ToString() => Hex;
}

/// <summary>SHA-256 of a blob, as 64 lower-case hexadecimal digits: weights, checkpoints, everything too large for a message.</summary>
public readonly record struct ArtifactId(string Hex)
{
    /// <summary>The address of <paramref name="content"/>.</summary>
    public static ArtifactId Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    public override string ToString() => Hex;
}

/// <summary>
/// A piece of work, addressed by its content. <paramref name="Kind"/> routes it; <paramref name="Body"/> is a canonical JSON document that
/// is opaque to the engine: only the evaluator that computes the job reads it.
/// </summary>
/// <param name="Kind">One of <see cref="JobKinds"/>, or a kind of the plugged-in evaluator's own.</param>
/// <param name="Body">Canonical JSON (<see cref="CanonicalJson"/>) of all that determines the result.</param>
public sealed record JobSpec(string Kind, string Body)
{
    /// <summary>SHA-256 of kind and body.</summary>
    public JobKey Key => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Kind}\n{Body}"))));
}

/// <summary>The kinds of job that the engine itself tells apart: it counts evaluations and prints progress for the others.</summary>
public static class JobKinds
{
    public const string TrainBase = "train-base";
    public const string Evaluate = "evaluate";
    public const string TrainFinal = "train-final";
    public const string Measure = "measure";

    /// <summary>A part of a network run alone: no evaluation, since it has no error.</summary>
    public const string SubNetwork = "sub-network";
}

/// <summary>What a job yields.</summary>
/// <param name="Measures">Named figures (<see cref="MeasureNames"/>): errors are fractions, MACs and params counts, times
/// milliseconds.</param>
/// <param name="Artifacts">Named blobs that are already durable in the artifact store.</param>
/// <param name="Detail">A JSON document for the report; opaque to the engine.</param>
public sealed record JobResult(
    ImmutableSortedDictionary<string, double> Measures,
    ImmutableSortedDictionary<string, ArtifactId> Artifacts,
    string Detail);

/// <summary>Names under which evaluators report figures and searches look for objectives.</summary>
public static class MeasureNames
{
    /// <summary>Fraction of wrong answers on the validation split: all that a search ever sees of a network's quality.</summary>
    public const string Error = "error";

    /// <summary>Multiply-accumulates of one forward pass on one input, by the configured convention.</summary>
    public const string Macs = "macs";

    /// <summary>Number of trainable weights.</summary>
    public const string Params = "params";

    /// <summary>Fraction of the prunable filters that stay.</summary>
    public const string Filters = "filters";

    /// <summary>Mean over the kept filters of the fraction of input channels that stay.</summary>
    public const string Channels = "channels";

    /// <summary>Median time of one forward pass at the configured batch, in milliseconds.</summary>
    public const string LatencyMs = "latencyMs";

    /// <summary>Relative error of what a pruned sub-network hands on, against the same sub-network unpruned.</summary>
    public const string Reconstruction = "reconstruction";

    /// <summary>Fraction of wrong answers on the test set after the last epoch of a (re-)training.</summary>
    public const string TestErrorLast = "testErrorLast";

    /// <summary>Smallest fraction of wrong answers on the test set over the epochs of a (re-)training.</summary>
    public const string TestErrorBest = "testErrorBest";
}
