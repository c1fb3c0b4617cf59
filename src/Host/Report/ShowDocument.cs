using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Host.Report;

/// <summary>
/// The one object of <c>show NAME --json</c>. Errors are fractions, MACs and params counts, times milliseconds; a missing figure is null.
/// The front's errors and every searchError are on the validation split; base.error and finalError… are on the test set.
/// </summary>
public static class ShowDocument
{
    // Beyond 2^53 a double no longer tells neighbouring integers apart, so writing it as one would claim digits that are not there.
    private const double LargestWhole = 9007199254740992;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static JsonObject Of(RunModel model)
    {
        var figures = RunFigures.Of(model);
        var adaptation = new Adaptation(model);
        var counts = model.Evaluations;
        var shown = new JsonObject
        {
            ["name"] = model.Name,
            ["status"] = Wording.Status(model.Status),
            ["method"] = model.Method,
            ["seed"] = model.Seed,
            ["generation"] = figures.Generation,
            ["evaluations"] = new JsonObject
            {
                ["requested"] = counts.Requested,
                ["computed"] = counts.Computed,
                ["cached"] = counts.Cached,
                ["failed"] = counts.Failed,
                ["attempts"] = counts.Attempts,
            },
            ["base"] = new JsonObject
            {
                ["error"] = Number(figures.Base.TestErrorLast),
                ["searchError"] = Number(figures.Base.SearchError),
                ["macs"] = Number(figures.Base.Macs),
                ["params"] = Number(figures.Base.Params),
                ["latencyMs"] = Number(figures.Base.LatencyMs),
            },
            ["front"] = new JsonArray([.. figures.Front.Select(m => Member(m, adaptation))]),
            ["picks"] = new JsonObject(RunFigures.Roles.Union(figures.Picks.Select(p => p.Role))
                .Select(r => KeyValuePair.Create(r, (JsonNode?)Pick(figures.Pick(r), adaptation)))),
            ["digest"] = figures.Digest,
        };
        if (SubNetworkFigures.Of(model) is { } cost)
        {
            shown["subNetworks"] = new JsonObject
            {
                ["evaluations"] = cost.Evaluations,
                ["seconds"] = Number(cost.Seconds),
                ["fullSeconds"] = Number(cost.FullSeconds),
                ["ratio"] = Number(cost.Ratio),
            };
        }

        return shown;
    }

    /// <summary>The object as indented text.</summary>
    public static string Write(RunModel model) => Of(model).ToJsonString(Indented);

    /// <summary>A figure as a JSON number: whole ones without a fraction; null for a missing one.</summary>
    internal static JsonNode? Number(double? value) => value switch
    {
        null => null,
        { } v when double.IsInteger(v) && Math.Abs(v) <= LargestWhole => JsonValue.Create((long)v),
        { } v => JsonValue.Create(v),
    };

    private static JsonObject Member(MemberFigures member, Adaptation adaptation)
    {
        var shown = new JsonObject
        {
            ["id"] = member.Id,
            ["error"] = Number(member.Error),
            ["macs"] = Number(member.Macs),
            ["params"] = Number(member.Params),
            ["latencyMs"] = Number(member.LatencyMs),
        };
        Adaptation.AddTo(shown, adaptation.OfCandidate(member.Candidate));
        return shown;
    }

    /// <summary>The three errors of the adaptation are those of the re-training, on the validation split.</summary>
    private static JsonObject? Pick(PickFigures? pick, Adaptation adaptation)
    {
        if (pick is null)
        {
            return null;
        }

        var shown = new JsonObject
        {
            ["id"] = pick.Member.Id,
            ["searchError"] = Number(pick.Member.Error),
            ["finalErrorLast"] = Number(pick.FinalErrorLast),
            ["finalErrorBest"] = Number(pick.FinalErrorBest),
            ["macs"] = Number(pick.Member.Macs),
            ["params"] = Number(pick.Member.Params),
            ["latencyMs"] = Number(pick.Member.LatencyMs),
        };
        Adaptation.AddTo(shown, adaptation.OfPick(pick));
        return shown;
    }
}
