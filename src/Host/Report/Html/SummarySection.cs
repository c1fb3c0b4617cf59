using ActorPrune.Actors.Journal;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>What a reader sees first: the run in a sentence, and each pick on a card.</summary>
internal static class SummarySection
{
    public static Node Header(RunModel model, DateTimeOffset now)
    {
        var status = Wording.Status(model.Status);
        return E("header").With(
            E("h1").With(model.Name),
            E("p", ("class", "meta")).With(
                E("span", ("class", $"status {status}")).With(status),
                $"{model.Method} · {model.Network} · {model.Data} · started {Time(model.StartedAt)}"
                + (model.FinishedAt is { } end ? $", took {Wording.Duration(end - model.StartedAt)}" : string.Empty)
                + $" · report of {Time(now)}"));
    }

    public static Node Of(RunModel model, RunFigures figures) => E("section", ("id", "summary")).With(
        E("p", ("class", "lead")).With(Headline.Of(model, figures)),
        model is { Status: ExperimentStatus.Failed or ExperimentStatus.Stopped, Reason: { Length: > 0 } reason }
            ? E("p", ("class", "alarm")).With($"{(model.Status == ExperimentStatus.Failed ? "Failed" : "Stopped")}: {reason}")
            : null,
        figures.Picks.IsEmpty ? null : E("div", ("class", "cards")).WithAll(figures.Picks.Select(p => Card(p, figures.Base))),
        Note(
            "ActorPrune searches, by evolution, for smaller versions of a trained convolutional network. No single one is best: what it finds is a "
            + "front of candidates, each with fewer multiply-accumulates (MACs) or a smaller error than all others. Three of them are picked: heavy has "
            + "the smallest error, light the fewest MACs, the knee is the best compromise."));

    /// <summary>A moment in universal time, so that a page reads the same everywhere.</summary>
    internal static string Time(DateTimeOffset moment) => $"{moment.UtcDateTime:yyyy-MM-dd HH:mm} UTC";

    private static Element Card(PickFigures pick, OriginFigures origin) => E("div", ("class", $"card {pick.Role}")).With(
        E("h3").With(pick.Role),
        E("p").With(
            E("span", ("class", "big")).With(Wording.Fewer(pick.Member.Macs, origin.Macs, "MACs"))),
        E("dl").With(
            E("dt").With("test error"),
            E("dd").With($"{Wording.Percent(pick.FinalErrorLast, 2)} (base {Wording.Percent(origin.TestErrorLast, 2)})"),
            E("dt").With("params"),
            E("dd").With(Wording.Fewer(pick.Member.Params, origin.Params, "params")),
            E("dt").With("time"),
            E("dd").With(Wording.Faster(pick.Member.LatencyMs, origin.LatencyMs))));
}
