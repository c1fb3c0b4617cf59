using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison.Output;

/// <summary>The contents of compare.json and compare.csv.</summary>
internal static class ComparisonFiles
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Everything: errors and shares as fractions, times in seconds; a missing figure is null.</summary>
    public static string Json(ComparisonResult result) => new JsonObject
    {
        ["name"] = result.Name,
        ["subject"] = result.Subject,
        ["budget"] = result.Budget,
        ["seeds"] = new JsonArray([.. result.Seeds.Select(s => JsonValue.Create(s))]),
        ["at"] = new JsonArray([.. result.At.Select(a => JsonValue.Create(a))]),
        ["reference"] = new JsonObject { ["error"] = result.Reference.Error, ["macs"] = result.Reference.Macs },
        ["base"] = new JsonObject
        {
            ["error"] = ShowDocument.Number(result.Base.TestErrorLast.Mean),
            ["searchError"] = ShowDocument.Number(result.Base.SearchError.Mean),
            ["macs"] = ShowDocument.Number(result.Base.Macs),
            ["params"] = ShowDocument.Number(result.Base.Params),
        },
        ["methods"] = new JsonArray([.. result.Methods.Select(m => Method(m, result))]),
        ["verdicts"] = new JsonArray([.. Verdicts.Of(result).Select(v => JsonValue.Create(v))]),
        ["notes"] = new JsonArray([.. result.Notes.Select(n => JsonValue.Create(n))]),
        ["conditions"] = new JsonObject(result.Conditions.Select(c => KeyValuePair.Create(c.Subject, (JsonNode?)c.Value))),
        ["machine"] = result.Provenance.Machine,
        ["commit"] = result.Provenance.Commit,
        ["engine"] = result.Provenance.Engine,
        ["libtorch"] = result.Provenance.Libtorch,
        ["command"] = result.Provenance.Command,
        ["writtenAt"] = result.Provenance.WrittenAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["computingSeconds"] = result.Provenance.ComputingSeconds,
    }.ToJsonString(Indented) + "\n";

    /// <summary>One line for each method and seed (RFC 4180, line feeds): fractions, seconds; a missing figure is an empty field.</summary>
    public static string Csv(ComparisonResult result)
    {
        var roles = result.At.Select(Genetics.Pareto.PickRole.At).ToArray();
        var text = new StringBuilder("method,seed,experiment,requested,computed,cached,failed,hypervolume,search_seconds,final_seconds");
        foreach (var role in roles)
        {
            text.Append(CultureInfo.InvariantCulture, $",{role}_removed,{role}_search_error,{role}_error_last,{role}_error_best");
        }

        text.Append('\n');
        foreach (var (label, run) in result.Methods.SelectMany(m => m.Runs.Select(r => (m.Label, r))))
        {
            var counts = run.Evaluations;
            text.AppendJoin(
                ',',
                [
                    label, $"{run.Seed}", run.Experiment,
                    $"{counts.Requested}", $"{counts.Computed}", $"{counts.Cached}", $"{counts.Failed}",
                    Field(run.Hypervolume), Field(run.SearchSeconds), Field(run.FinalSeconds),
                    .. result.At.Select(run.For)
                        .SelectMany(t => new[] { Field(t?.Removed), Field(t?.SearchError), Field(t?.ErrorLast), Field(t?.ErrorBest) }),
                ]).Append('\n');
        }

        return text.ToString();
    }

    private static JsonObject Method(MethodResult method, ComparisonResult result) => new()
    {
        ["method"] = method.Label,
        ["configuration"] = method.File,
        ["kind"] = method.Kind.ToString().ToLowerInvariant(),
        ["planned"] = method.Planned,
        ["hypervolume"] = Summed(method.Hypervolume),
        ["searchSeconds"] = Summed(method.SearchSeconds),
        ["at"] = new JsonArray([.. result.At.Select(a => new JsonObject
        {
            ["target"] = a,
            ["removed"] = Summed(method.Removed(a)),
            ["errorLast"] = Summed(method.ErrorLast(a)),
            ["errorBest"] = Summed(method.ErrorBest(a)),
        })]),
        ["runs"] = new JsonArray([.. method.Runs.Select(Run)]),
    };

    private static JsonObject Run(ComparedRun run) => new()
    {
        ["seed"] = run.Seed,
        ["experiment"] = run.Experiment,
        ["failure"] = run.Failure,
        ["evaluations"] = new JsonObject
        {
            ["requested"] = run.Evaluations.Requested,
            ["computed"] = run.Evaluations.Computed,
            ["cached"] = run.Evaluations.Cached,
            ["failed"] = run.Evaluations.Failed,
        },
        ["hypervolume"] = run.Hypervolume,
        ["searchSeconds"] = run.SearchSeconds,
        ["finalSeconds"] = run.FinalSeconds,
        ["at"] = new JsonArray([.. run.At.Select(t => new JsonObject
        {
            ["target"] = t.Target,
            ["removed"] = t.Removed,
            ["searchError"] = t.SearchError,
            ["errorLast"] = t.ErrorLast,
            ["errorBest"] = t.ErrorBest,
        })]),
        ["front"] = new JsonArray([.. run.Front.Select(p => new JsonObject { ["error"] = p.Error, ["macs"] = p.Macs })]),
        ["progress"] = new JsonArray([.. run.Progress.Select(p => new JsonObject
        {
            ["evaluations"] = p.Evaluations,
            ["hypervolume"] = p.Hypervolume,
        })]),
    };

    private static JsonObject Summed(Summary summary) => new()
    {
        ["mean"] = summary.Mean,
        ["sd"] = summary.Spread,
        ["n"] = summary.Count,
    };

    private static string Field(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? string.Empty;
}
