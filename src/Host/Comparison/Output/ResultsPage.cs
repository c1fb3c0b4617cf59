using System.Text;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison.Output;

/// <summary>A comparison as a section of a Markdown page. A page may hold several, each between marks that bear its name.</summary>
internal static class ResultsPage
{
    private const string Heading = "# Results\n\nEach section was written by the command that it names.\n";

    /// <summary>
    /// <paramref name="page"/> with this comparison's section: in the place of the one that it has, else at the end. All else stays.
    /// </summary>
    /// <param name="page">The page as it is; empty for none.</param>
    /// <param name="charts">File names of the drawings beside the page.</param>
    public static string With(string page, ComparisonResult result, IEnumerable<(string Title, string File)> charts)
    {
        var (begin, end) = ($"<!-- actorprune compare {result.Name} -->\n", $"<!-- end of {result.Name} -->\n");
        var section = begin + Section(result, charts) + end;
        var from = page.IndexOf(begin, StringComparison.Ordinal);
        var to = from < 0 ? -1 : page.IndexOf(end, from, StringComparison.Ordinal);
        return from >= 0 && to >= 0
            ? page[..from] + section + page[(to + end.Length)..]
            : (page.Length == 0 ? Heading : page.TrimEnd('\n') + "\n") + "\n" + section;
    }

    private static string Section(ComparisonResult result, IEnumerable<(string Title, string File)> charts)
    {
        var place = result.Provenance;
        var text = new StringBuilder(
            $"## {result.Name}: {result.Subject}, {result.Budget} evaluations, {Wording.Plural(result.Seeds.Length, "seed")}\n\n");
        text.Append("What all methods had in common:\n\n");
        foreach (var (subject, value) in result.Conditions.Concat(
        [
            ("machine", place.Machine),
            ("commit", place.Commit ?? $"not known, ActorPrune {place.Engine}"),
            ("date", Report.Html.SummarySection.Time(place.WrittenAt)),
            ("computing time", ComparisonTables.Computing(result)),
        ]))
        {
            text.Append($"- {subject}: {value}\n");
        }

        text.Append($"\n```\n{place.Command}\n```\n\n{ComparisonTables.Markdown(ComparisonTables.Methods(result))}\n");
        text.AppendJoin("\n", ComparisonTables.Legend(result).Select(l => $"- {l}")).Append("\n\n### In words\n\n");
        text.AppendJoin("\n", Verdicts.Of(result).Concat(result.Notes).Select(v => $"- {v}")).Append('\n');
        foreach (var (title, file) in charts)
        {
            text.Append($"\n![{title}]({file})\n");
        }

        return text.Append($"\n### Every seed\n\n{ComparisonTables.Markdown(ComparisonTables.Runs(result))}").ToString();
    }
}
