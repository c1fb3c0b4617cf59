using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Host.Report;

/// <summary>
/// What a result's detail document says beyond its measures. The document is the evaluator's own; the names below are all that is read
/// here, and each may be missing.
/// </summary>
/// <param name="ErrorInherited">Validation error with inherited weights, before anything was adapted ("errorInherited").</param>
/// <param name="ErrorRecalibrated">… after batch-norm statistics were computed anew ("errorRecalibrated").</param>
/// <param name="ErrorFineTuned">… after fine-tuning ("errorFineTuned").</param>
/// <param name="Batch">Images in a measured forward pass ("batch").</param>
/// <param name="Precision">Precision of a measured forward pass ("precision").</param>
/// <param name="Threads">Threads of a measured forward pass ("threads").</param>
/// <param name="Document">The whole document, or null where it is no JSON object.</param>
public sealed record ResultDetail(
    double? ErrorInherited, double? ErrorRecalibrated, double? ErrorFineTuned, int? Batch, string? Precision, int? Threads, JsonObject? Document)
{
    private static readonly ResultDetail Nothing = new(null, null, null, null, null, null, null);

    /// <summary>Reads what is there. A text that is no JSON object holds nothing: a report must not fail over it.</summary>
    public static ResultDetail Parse(string? text)
    {
        if (Object(text) is not { } document)
        {
            return Nothing;
        }

        return new ResultDetail(
            Number(document, "errorInherited"),
            Number(document, "errorRecalibrated"),
            Number(document, "errorFineTuned"),
            Whole(document, "batch"),
            document["precision"] is JsonValue p && p.TryGetValue<string>(out var precision) ? precision : null,
            Whole(document, "threads"),
            document);
    }

    /// <summary>The conditions of a measurement in one line: "batch 1, float32, 1 thread"; null where none is known.</summary>
    public string? Conditions
    {
        get
        {
            string?[] parts =
            [
                Batch is { } batch ? $"batch {batch}" : null,
                Precision,
                Threads is { } threads ? Wording.Plural(threads, "thread") : null,
            ];
            var line = string.Join(", ", parts.Where(p => p is not null));
            return line.Length > 0 ? line : null;
        }
    }

    private static JsonObject? Object(string? text)
    {
        try
        {
            return string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static double? Number(JsonObject document, string name) =>
        document[name] is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number) ? number : null;

    private static int? Whole(JsonObject document, string name) =>
        Number(document, name) is { } number and >= 0 and <= int.MaxValue ? (int)number : null;
}
