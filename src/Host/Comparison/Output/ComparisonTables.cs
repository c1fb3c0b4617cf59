using System.Collections.Immutable;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison.Output;

/// <summary>A comparison's figures as tables.</summary>
internal static class ComparisonTables
{
    private const double SecondsAnHour = 3600;

    /// <summary>One row for each method: means and standard deviations over the seeds.</summary>
    public static TextTable Methods(ComparisonResult result) => new(
        null,
        [
            "method", "#evaluations", "#computed", "#cached", "#hypervolume",
            .. result.At.Select(a => $"#error at {Share(a)}, removed"),
            "#hours",
        ],
        [.. result.Methods.Select(m => ImmutableArray.Create<string>(
        [
            m.Label,
            Count(m.Requested),
            Count(m.Computed),
            Count(m.Cached),
            m.Hypervolume.Text(1, "", "0.0000"),
            .. result.At.Select(a => Error(m, a)),
            m.SearchSeconds.Text(1 / SecondsAnHour, "", "0.000"),
        ]))]);

    /// <summary>One row for each method and seed.</summary>
    public static TextTable Runs(ComparisonResult result) => new(
        null,
        [
            "method", "#seed", "#evaluations", "#hypervolume",
            .. result.At.SelectMany(a => new[] { $"#at {Share(a)}: last", "#best", "#removed" }),
        ],
        [.. result.Methods.SelectMany(m => m.Runs.Select(r => ImmutableArray.Create<string>(
        [
            m.Label,
            $"{r.Seed}",
            $"{r.Evaluations.Requested}",
            r.Hypervolume?.ToString("0.0000") ?? Wording.Missing,
            .. result.At.SelectMany(a => r.For(a) is { } t
                ? new[] { Wording.Percent(t.ErrorLast, 2), Wording.Percent(t.ErrorBest, 2), Wording.Percent(t.Removed) }
                : [Wording.Missing, Wording.Missing, Wording.Missing]),
        ])))]);

    /// <summary>What the columns mean.</summary>
    public static IEnumerable<string> Legend(ComparisonResult result)
    {
        yield return $"Figures are means over {Wording.Plural(result.Seeds.Length, "seed")} ± the standard deviation (n − 1).";
        yield return "hypervolume: of the search's front in the plane of validation error and MACs as a fraction of the base's, measured from "
            + $"the reference point (error {result.Reference.Error:0.###}, that of guessing, and MACs {result.Reference.Macs:0.###}), as a "
            + "fraction of the rectangle between the origin and that point. Larger is better.";
        yield return "error at …: members of the front that remove more than such a share are widened up to it (picks.widened); then the member "
            + "with the smallest validation error among those that remove at least that share of the base's MACs (or miss it by no more than "
            + $"{PickRole.Tolerance} of them) is re-trained in the same way for all; its test error after the last epoch, and the share that it "
            + "really removes.";
        yield return "evaluations: asked for, the mean of a seed, with the widened ones, which come on top of the budget; those that were "
            + "computed for this run; and those that were answered from what the store knew. hours: computing time of the evaluations and "
            + "sub-network evaluations, of all evaluators together, without base and re-training.";
    }

    /// <summary>The table in Markdown.</summary>
    public static string Markdown(TextTable table)
    {
        var rule = table.Headings.Select(h => h.StartsWith('#') ? "---:" : "---");
        var lines = table.Rows.Insert(0, [.. rule]).Insert(0, [.. table.Headings.Select(h => h.TrimStart('#'))]);
        return string.Concat(lines.Select(l => $"| {string.Join(" | ", l.Select(Cell))} |\n"));

        static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
    }

    public static string Computing(ComparisonResult result) =>
        $"{Wording.Duration(TimeSpan.FromSeconds(result.Provenance.ComputingSeconds))} of all evaluators together";

    public static string Share(double removed) => Wording.Percent(removed, 1).Replace(".0 ", " ", StringComparison.Ordinal);

    private static string Count(Summary summary) => summary.Mean?.ToString("0.#") ?? Wording.Missing;

    private static string Error(MethodResult method, double target) => method.ErrorLast(target) is { Mean: not null } error
        ? $"{error.Percent()}, {Wording.Percent(method.Removed(target).Mean)}"
        : Wording.Missing;
}
