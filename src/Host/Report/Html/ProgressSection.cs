using System.Collections.Immutable;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>Hypervolume per generation, for each island and for all together.</summary>
internal static class ProgressSection
{
    public static Node? Of(RunModel model)
    {
        var series = ProgressSeries.Of(model.State);
        if (series.IsEmpty)
        {
            return null;
        }

        // One island is the union: its line would hide under the other.
        var shown = series.Length == 2 ? series[..1] : series;
        var islands = model.State.Islands.Values.Select(i => ImmutableArray.Create<Node>(
            i.Island, $"{i.Generation}", $"{i.Evaluations}", Last(series, i.Island), i.Finished ? "finished" : "running"));
        return Section(
            "progress",
            "How the search went",
            Figure(
                LineChart.Draw("Hypervolume per generation", shown, "hypervolume", v => v.ToString("0.###")),
                "Hypervolume per generation: the share of the plane of validation error and MACs that the candidates found so far dominate, counted from the "
                + "reference point (error 1, MACs of the base). Larger is better; 1 would be no error at no cost."),
            shown.Length > 1 ? LineChart.Key(shown) : null,
            Table(["island", "#generations", "#evaluations", "#hypervolume", "state"], islands));
    }

    private static string Last(ImmutableArray<Series> series, string island) =>
        series.FirstOrDefault(s => s.Name == island)?.Values is { Length: > 0 } values ? values[^1].Value.ToString("0.0000") : Wording.Missing;
}
