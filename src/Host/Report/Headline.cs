using ActorPrune.Actors.Journal;

namespace ActorPrune.Host.Report;

/// <summary>A run in one sentence.</summary>
public static class Headline
{
    // The knee is the compromise that most people want; the others are its stand-ins where it was not asked for.
    private static readonly string[] Preference = ["knee", "heavy", "light"];

    public static string Of(RunModel model) => Of(model, RunFigures.Of(model));

    internal static string Of(RunModel model, RunFigures figures)
    {
        var subject = $"{model.Network} on {model.Data}";
        if ((Preference.Select(figures.Pick).FirstOrDefault(p => p is not null) ?? figures.Picks.FirstOrDefault()) is { } pick)
        {
            return $"{subject}, {Pick(pick, figures.Base)}.";
        }

        var reason = model.Reason is { Length: > 0 } text ? $": {text.TrimEnd('.')}" : string.Empty;
        return model.Status switch
        {
            ExperimentStatus.Failed => $"{subject}: failed{reason}.",
            ExperimentStatus.Stopped => $"{subject}: stopped{reason} after {Progress(model, figures)}.",
            ExperimentStatus.Running when figures.Base.Macs is null => $"{subject}: the base network is being prepared.",
            _ => $"{subject}: {Progress(model, figures)}.",
        };
    }

    /// <summary>
    /// "knee: 52.0 % fewer MACs, 41.0 % fewer params, test error 10.9 % (base 10.4 %), 1.7× faster"; what is missing is left out.
    /// </summary>
    public static string Pick(PickFigures pick, OriginFigures @base)
    {
        var (error, kind, from) = pick.FinalErrorLast is { } final
            ? (final, "test error", @base.TestErrorLast)
            : (pick.Member.Error, "validation error", @base.SearchError);
        string?[] parts =
        [
            Wording.Fewer(pick.Member.Macs, @base.Macs, "MACs"),
            Wording.Fewer(pick.Member.Params, @base.Params, "params"),
            error is null ? null : $"{kind} {Wording.Percent(error)}" + (from is null ? string.Empty : $" (base {Wording.Percent(from)})"),
            Wording.Faster(pick.Member.LatencyMs, @base.LatencyMs),
        ];
        return $"{pick.Role}: {string.Join(", ", parts.Where(p => p is not null and not Wording.Missing))}";
    }

    private static string Progress(RunModel model, RunFigures figures)
    {
        var best = figures.Front.Select(m => m.Error).Min();
        return $"{Wording.Plural(figures.Generation, "generation")}, {Wording.Plural(model.Evaluations.Requested, "evaluation")} and "
            + $"{Wording.Plural(figures.Front.Length, "candidate")} on the front so far"
            + (best is null ? string.Empty : $", smallest validation error {Wording.Percent(best)}");
    }
}
