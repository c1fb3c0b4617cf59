using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal;

/// <summary>How a job ended: exactly one of <paramref name="Result"/> and <paramref name="Failure"/> is there.</summary>
public sealed record JobOutcome(JobKey Key, JobResult? Result, string? Failure)
{
    // A diverged training measures NaN or infinity: a figure like any other, which plain JSON has no word for.
    private static readonly JsonSerializerOptions Format = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <exception cref="JsonException">Not an outcome.</exception>
    public static JobOutcome Parse(string json) =>
        JsonSerializer.Deserialize<JobOutcome>(json, Format) is { } outcome && outcome.Result is null != outcome.Failure is null
            ? outcome
            : throw new JsonException("A job outcome holds either a result or a failure.");
}
