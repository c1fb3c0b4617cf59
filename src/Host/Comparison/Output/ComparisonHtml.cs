using System.Collections.Immutable;
using ActorPrune.Host.Report;
using ActorPrune.Host.Report.Html;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Comparison.Output;

/// <summary>compare.html: one file that opens anywhere, in the style of a run's report.</summary>
internal static class ComparisonHtml
{
    public static string Write(ComparisonResult result)
    {
        var place = result.Provenance;
        var main = E("main").With(
            E("header").With(
                E("h1").With($"{result.Name}: {result.Subject}"),
                E("p", ("class", "meta")).With(
                    $"{Wording.Plural(result.Methods.Length, "method")} · {Wording.Plural(result.Seeds.Length, "seed")} · "
                    + $"{result.Budget} evaluations each · " + SummarySection.Time(place.WrittenAt))),
            Section(
                "table",
                "Side by side",
                Of(ComparisonTables.Methods(result)),
                E("div").WithAll(ComparisonTables.Legend(result).Select(l => Note(l)))),
            Section("words", "In words", E("ul").WithAll(Verdicts.Of(result).Concat(result.Notes).Select(v => E("li").With(v)))),
            ComparisonCharts.Hypervolume(result) is { } progress
                ? Section(
                    "progress",
                    "How the searches went",
                    Figure(
                        progress,
                        "Hypervolume over evaluations asked for: mean over the seeds, and a band of one standard deviation on each side."))
                : null,
            ComparisonCharts.Fronts(result) is { } fronts
                ? Section("fronts", "The fronts", Figure(fronts, "Final fronts, one line for each seed. Left and down is better."))
                : null,
            Section(
                "runs",
                "Every seed",
                Of(ComparisonTables.Runs(result)),
                Note("Test errors after re-training, in the last epoch and in the best.")),
            Section("conditions", "What all had in common", E("dl").WithAll(result.Conditions.SelectMany(c => Term(c.Subject, c.Value)))),
            Section(
                "reproduce",
                "To get the same again",
                E("pre").With(place.Command),
                E("dl").WithAll(
                [
                    .. Term("machine", place.Machine),
                    .. Term("commit", place.Commit ?? Wording.Missing),
                    .. Term("ActorPrune, libtorch", $"{place.Engine}, {place.Libtorch}"),
                    .. Term("computing time", ComparisonTables.Computing(result)),
                ])));
        return HtmlReport.Page($"{result.Name}: ActorPrune comparison", main);
    }

    private static Element Of(TextTable table) => Table(table.Headings, table.Rows.Select(r => r.Select(c => (Node)c).ToImmutableArray()));

    private static Node[] Term(string name, string meaning) => [E("dt").With(name), E("dd").With(meaning)];
}
