using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Host.Report;

/// <summary>The contents of a run's data files. Pure: writing them is <see cref="RunDirectory"/>'s part.</summary>
public static class FrontFiles
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// front.csv (RFC 4180, line feeds): one line for each front member in the archive's order; errors and shares as fractions, a missing
    /// figure is an empty field.
    /// </summary>
    public static string Csv(RunModel model)
    {
        var text = new StringBuilder("id,error,macs,params,filters,channels,genome\n");
        foreach (var member in RunFigures.Of(model).Front)
        {
            text.AppendJoin(',', [
                Field(member.Id), Field(member.Error), Field(member.Macs), Field(member.Params), Field(member.Filters), Field(member.Channels),
                Field(member.Candidate.Genome.Canonical)]);
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// front.json: canonical bytes of all that two runs of one configuration and seed agree on. It holds no measured time, no name and no
    /// date.
    /// </summary>
    public static byte[] Json(RunModel model)
    {
        var state = model.State;
        return CanonicalJson.Bytes(new JsonObject
        {
            ["method"] = model.Method,
            ["seed"] = model.Seed,
            ["base"] = state.Base is null ? null : Deterministic(state.Base.Measures),
            ["front"] = Front.Document(state.Archive),
            ["picks"] = new JsonObject(state.Picks.Keys.Select(r => KeyValuePair.Create(r, (JsonNode?)Pick(state, r)))),
            ["digest"] = Front.Digest(state.Archive),
        });
    }

    /// <summary>
    /// latency.json: measured times with the conditions under which they were measured, and the machine. Not reproducible by nature.
    /// </summary>
    public static string Latency(RunModel model)
    {
        var state = model.State;
        var order = new[] { "base" }.Concat(state.Archive.Select(Front.Id)).Where(state.Measurements.ContainsKey);
        var document = new JsonObject
        {
            ["machine"] = model.Environment.Machine,
            ["device"] = model.Environment.Device,
            ["libtorch"] = model.Environment.Libtorch,
            ["unit"] = "ms",
            ["measurements"] = new JsonObject(order.Distinct().Select(id => KeyValuePair.Create(id, (JsonNode?)Measurement(state.Measurements[id])))),
        };
        return document.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Deterministic(IReadOnlyDictionary<string, double> measures) => new(
        measures.Where(m => m.Key != MeasureNames.LatencyMs && double.IsFinite(m.Value))
            .Select(m => KeyValuePair.Create(m.Key, ShowDocument.Number(m.Value))));

    private static JsonObject Pick(ExperimentState state, string role)
    {
        var member = state.Picks[role];
        var final = state.Finals.GetValueOrDefault(role)?.Result;
        return new JsonObject
        {
            ["id"] = Front.Id(member),
            ["final"] = final is null ? null : Deterministic(final.Measures),
        };
    }

    private static JsonObject Measurement(JobOutcome outcome)
    {
        var detail = ResultDetail.Parse(outcome.Result?.Detail);
        return new JsonObject
        {
            ["latencyMs"] = ShowDocument.Number(RunFigures.Figure(outcome.Result?.Measures, MeasureNames.LatencyMs)),
            ["batch"] = detail.Batch,
            ["precision"] = detail.Precision,
            ["threads"] = detail.Threads,
            ["detail"] = detail.Document?.DeepClone(),
            ["failure"] = outcome.Failure,
        };
    }

    private static string Field(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? string.Empty;

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n ") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
