using System.Text;
using ActorPrune.Host.Report.Html;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report;

/// <summary>
/// report.html: one file that opens anywhere, with no network, no scripts and no other files; light or dark as the reader's system is, and
/// fit for printing. It is well-formed XML as well as HTML5.
/// </summary>
public static class HtmlReport
{
    /// <summary>The whole page; <paramref name="now"/> is the moment that it states as its own.</summary>
    public static string Write(RunModel model, DateTimeOffset now)
    {
        var figures = RunFigures.Of(model);
        return Page($"{model.Name}: ActorPrune report", E("main").With(
            SummarySection.Header(model, now),
            SummarySection.Of(model, figures),
            FrontSection.Of(model, figures),
            PicksSection.Of(model, figures),
            LayersSection.Of(model, figures),
            PartsSection.Of(model),
            ProgressSection.Of(model),
            MigrationSection.Of(model),
            WorkSection.Of(model, now),
            WorkSection.Failures(model),
            ReproductionSection.Of(model, figures),
            ReproductionSection.Terms(model)));
    }

    /// <summary>A whole page in the report's style around <paramref name="main"/>.</summary>
    internal static string Page(string title, Element main)
    {
        var head = E("head").With(
            E("meta", ("charset", "utf-8")),
            E("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")),
            E("meta", ("name", "color-scheme"), ("content", "light dark")),
            E("title").With(title),
            E("style").With(new Verbatim(Style.Sheet)));
        var body = E("body").With(main);
        var page = new StringBuilder("<!DOCTYPE html>\n");
        E("html", ("lang", "en")).With(head, body).Write(page);
        return page.Append('\n').ToString();
    }

    /// <summary>The style sheet: our own constant without any of the characters that XML would need escaped.</summary>
    internal sealed record Verbatim(string Text) : Node
    {
        public override void Write(StringBuilder page) => page.Append(Text);
    }
}
