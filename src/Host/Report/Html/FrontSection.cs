using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>The front: error over MACs, error over time where it was measured, and every member in a table.</summary>
internal static class FrontSection
{
    // A front of thousands would make a page that no browser likes; the whole front is in front.csv.
    private const int MostRows = 200;

    // Up to here the table is read at a glance; beyond, the reader opens it.
    private const int OpenRows = 24;

    public static Node Of(RunModel model, RunFigures figures)
    {
        if (figures.Front.IsEmpty)
        {
            return Section("front", "The front", P("No candidate has been evaluated yet, so the front is empty."));
        }

        var timed = model.Objectives.Contains(MeasureNames.LatencyMs);
        return Section(
            "front",
            "The front",
            P(
                $"{Wording.Plural(figures.Front.Length, "candidate")} that no other beats in {Words(model.Objectives)}. Errors here are those that the search "
                + "saw: on the validation split, which is cut from the training set, after a short fine-tuning."),
            Chart(figures, m => m.Macs, figures.Base.Macs, $"MACs ({model.Convention})", Wording.Count, !timed, "Validation error over MACs."),
            timed
                ? Note("Time is an objective of this search: a candidate that looks beaten in one chart is on the front for its place in the other.")
                : null,
            figures.Front.Count(m => m.LatencyMs is not null) > 1
                ? Chart(figures, m => m.LatencyMs, figures.Base.LatencyMs, "measured ms", Wording.Milliseconds, false, "Validation error over measured time.")
                : null,
            Members(model, figures),
            figures.Front.Length > MostRows
                ? Note($"The table shows the first {MostRows} of {figures.Front.Length} by error; front.csv holds them all.")
                : null,
            Note("Times are measured, so they vary from run to run; everything else in the table is the same whenever configuration and seed are."));
    }

    private static Element? Chart(
        RunFigures figures, Func<MemberFigures, double?> cost, double? baseCost, string axis, Func<double?, string> word, bool staircase, string caption)
    {
        var marks = figures.Front.Where(m => m.Error is not null && cost(m) is not null).OrderBy(m => !figures.RolesOf(m.Id).IsEmpty)
            .Select(m => MarkOf(m, cost(m)!.Value, figures, word)).ToList();
        if (baseCost is { } x && figures.Base.SearchError is { } y)
        {
            marks.Insert(0, new Mark(x, y, "base", "base", $"base: error {Wording.Percent(y, 2)}, {word(x)}"));
        }

        return marks.Count == 0 ? null : Figure(
            ScatterChart.Draw(caption, [.. marks], axis, t => t == 0 ? "0" : word(t), "validation error", t => $"{t * 100:0.##} %", staircase),
            caption + (marks[0].Style == "base" ? " The ring is the base network." : string.Empty) + " Left and down is better.");
    }

    private static Mark MarkOf(MemberFigures member, double cost, RunFigures figures, Func<double?, string> word)
    {
        var roles = figures.RolesOf(member.Id);
        return new Mark(
            cost,
            member.Error!.Value,
            string.Join(", ", roles),
            roles.IsEmpty ? "member" : roles[0],
            $"{member.Id}: error {Wording.Percent(member.Error, 2)}, {word(cost)}, {Wording.Count(member.Params)} params");
    }

    private static Element Members(RunModel model, RunFigures figures)
    {
        // Two columns more where evaluations report what was before their training.
        var adaptation = new Adaptation(model);
        var known = figures.Front.Any(m => adaptation.OfCandidate(m.Candidate) is not null);
        ImmutableArray<string> more = known ? ["#inherited weights", "#recalibrated"] : [];
        var table = Table(
            ["id", "pick", "#error", "#MACs", "#MACs removed", "#params", "#ms", "#speed", .. more],
                Rows(figures, known ? adaptation : null));
        return figures.Front.Length <= OpenRows
            ? table
            : E("details").With(E("summary").With($"All {figures.Front.Length} candidates with their figures"), table);
    }

    private static IEnumerable<ImmutableArray<Node>> Rows(RunFigures figures, Adaptation? adaptation)
    {
        var origin = figures.Base;
        yield return
        [
            "base", "", Wording.Percent(origin.SearchError, 2), Wording.Count(origin.Macs), "", Wording.Count(origin.Params),
            Wording.Milliseconds(origin.LatencyMs), "", .. Before(adaptation, null),
        ];
        foreach (var member in figures.Front.OrderBy(m => m.Error).ThenBy(m => m.Macs).Take(MostRows))
        {
            yield return
            [
                Code(member.Id),
                E("span").WithAll(figures.RolesOf(member.Id).Select(r => E("span", ("class", $"role {r}")).With(r + " "))),
                Wording.Percent(member.Error, 2),
                Wording.Count(member.Macs),
                Wording.Percent(Wording.Removed(member.Macs, origin.Macs)),
                Wording.Count(member.Params),
                Wording.Milliseconds(member.LatencyMs),
                Wording.Speedup(member.LatencyMs, origin.LatencyMs) is { } ratio ? $"{ratio:0.00}×" : Wording.Missing,
                .. Before(adaptation, member),
            ];
        }
    }

    private static ImmutableArray<Node> Before(Adaptation? adaptation, MemberFigures? member)
    {
        var detail = member is null ? null : adaptation?.OfCandidate(member.Candidate);
        return adaptation is null ? [] : [Wording.Percent(detail?.ErrorInherited, 2), Wording.Percent(detail?.ErrorRecalibrated, 2)];
    }

    private static string Words(ImmutableArray<string> objectives) => string.Join(" and ", objectives.Select(o => o switch
    {
        MeasureNames.Error => "error",
        MeasureNames.Macs => "MACs",
        MeasureNames.Params => "params",
        MeasureNames.Filters => "filters kept",
        MeasureNames.Channels => "channels kept",
        MeasureNames.LatencyMs => "measured time",
        _ => o,
    }));
}
