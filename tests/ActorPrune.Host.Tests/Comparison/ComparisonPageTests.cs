using System.Xml.Linq;
using ActorPrune.Host.Comparison;
using ActorPrune.Host.Comparison.Output;

namespace ActorPrune.Host.Tests.Comparison;

public sealed class ComparisonPageTests
{
    private static readonly (string, string)[] Charts = [("Hypervolume", "results-small-hypervolume.svg")];

    [Fact]
    public void The_page_is_one_well_formed_file_that_loads_nothing()
    {
        var text = ComparisonHtml.Write(Comparisons.Small);
        var page = XDocument.Parse(text["<!DOCTYPE html>\n".Length..]);
        page.Descendants("h1").Single().Value.ShouldBe("small: resnet8 on shapes");
        page.Descendants("svg").Count().ShouldBe(2);
        page.Descendants("svg").Descendants().Attributes().Select(a => a.Value).ShouldAllBe(v => !v.Contains("NaN") && !v.Contains('∞'));
        page.Descendants("td").Select(t => t.Value).ShouldContain("14.00 ± 1.41 %, 52.0 %");
        text.ShouldNotContain("http");
        text.ShouldNotContain("url(");
    }

    [Fact]
    public void Without_any_front_the_page_has_no_charts()
    {
        var nothing = Comparisons.Of(Comparisons.Method("nsga2", MethodKind.Search, Comparisons.Run(1, null)));
        ComparisonCharts.Hypervolume(nothing).ShouldBeNull();
        ComparisonCharts.Fronts(nothing).ShouldBeNull();
        XDocument.Parse(ComparisonHtml.Write(nothing)["<!DOCTYPE html>\n".Length..]).Descendants("svg").ShouldBeEmpty();
    }

    [Fact]
    public void A_drawing_stands_alone_with_its_style_and_the_names_of_the_methods()
    {
        var svg = XDocument.Parse(ComparisonCharts.Svg(ComparisonCharts.Hypervolume(Comparisons.Small)!));
        svg.Root!.Name.ShouldBe(XName.Get("svg", "http://www.w3.org/2000/svg"));
        svg.Root.Attribute("width")!.Value.ShouldBe("860");
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value);
        texts.TakeLast(3).ShouldBe(["nsga2", "random", "magnitude"]);
        svg.Descendants().Count(e => e.Name.LocalName == "polygon").ShouldBe(2, "uniform pruning has no spread");
    }

    [Fact]
    public void A_mean_begins_where_all_seeds_have_a_figure_and_each_keeps_its_last()
    {
        var method = Comparisons.Method(
            "nsga2",
            MethodKind.Search,
            Comparisons.Run(1, 0.4) with { Progress = [new ProgressPoint(10, 0.2), new ProgressPoint(30, 0.4)] },
            Comparisons.Run(2, 0.6) with { Progress = [new ProgressPoint(20, 0.6)] });

        ComparisonCharts.Mean(method).Select(p => (p.Evaluations, Math.Round(p.Mean, 9))).ShouldBe([(20.0, 0.4), (30.0, 0.5)]);
    }

    [Fact]
    public void A_results_page_keeps_what_others_wrote_and_replaces_its_own_section()
    {
        var first = ResultsPage.With(string.Empty, Comparisons.Small, Charts);
        first.ShouldStartWith("# Results\n");
        first.ShouldContain("- data: only 10,000 training images");
        first.ShouldContain("| nsga2 | 60 | 50 | 9 | 0.6500 ± 0.0707 | 14.00 ± 1.41 %, 52.0 % |");
        first.ShouldContain("![Hypervolume](results-small-hypervolume.svg)");
        first.ShouldContain("- machine: Some CPU, 2 cores\n- commit: 0123abcd\n- date: 2030-01-02 03:04 UTC\n");
        first.ShouldContain("./actorprune compare a.conf --budget 60");

        var second = ResultsPage.With(first + "\nWords of a person.\n", Comparisons.Small with { Name = "other" }, []);
        second.ShouldStartWith(first);
        var third = ResultsPage.With(second, Comparisons.Small with { Budget = 99 }, Charts);
        third.ShouldContain("Words of a person.");
        third.ShouldContain("## small: resnet8 on shapes, 99 evaluations");
        third.ShouldNotContain("## small: resnet8 on shapes, 60 evaluations");
        third.ShouldContain("## other: resnet8 on shapes, 60 evaluations");
        ResultsPage.With(third, Comparisons.Small with { Budget = 99 }, Charts).ShouldBe(third);
    }
}
