using System.Collections.Immutable;
using System.Text;
using ActorPrune.Host.Report;
using ActorPrune.Host.Report.Html;
using static ActorPrune.Host.Report.Html.Frame;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Comparison.Output;

/// <summary>A comparison's drawings, each with its own key, so that they can stand alone.</summary>
internal static class ComparisonCharts
{
    // As many as the style has colours; with more methods they come again, dashed.
    private const int Colours = 8;

    private const double KeyWidth = 176;

    private const string AloneSheet = """
        svg { font-family: system-ui, sans-serif; }
        @media screen and (prefers-color-scheme: dark) { svg { background: #14181f; } }

        """;

    /// <summary>Mean hypervolume over the evaluations asked for, with a band of one standard deviation on each side.</summary>
    public static Element? Hypervolume(ComparisonResult result)
    {
        var curves = result.Methods.Select(m => (Method: m, Points: Mean(m))).ToArray();
        var points = curves.SelectMany(c => c.Points).ToArray();
        if (points.Length == 0)
        {
            return null;
        }

        var frame = new Frame(860, 380) { Right = KeyWidth };
        var x = Axis.Over(points.Select(p => p.Evaluations), frame.Left, frame.PlotRight, ticks: 7, fromZero: true);
        var y = Axis.Over(points.SelectMany(p => new[] { p.Low, p.High }), frame.PlotBottom, frame.Top);
        return frame
            .Draw("Hypervolume over evaluations", x, "evaluations", t => t.ToString("0"), y, "hypervolume", t => t.ToString("0.###"))
            .WithAll(curves.Select((c, i) => Band(c.Points, Style(i, ""), x, y)))
            .WithAll(curves.SelectMany((c, i) => Curve(c.Method.Label, c.Points, i, x, y)))
            .WithAll(Key(result, frame));
    }

    /// <summary>The final fronts of all methods and seeds: validation error over the share of MACs that stays.</summary>
    public static Element? Fronts(ComparisonResult result)
    {
        var points = result.Methods.SelectMany(m => m.Runs.SelectMany(r => r.Front)).ToArray();
        if (points.Length == 0)
        {
            return null;
        }

        var frame = new Frame(860, 440) { Right = KeyWidth };
        var x = Axis.Over(points.Select(p => p.Macs).Append(1), frame.Left, frame.PlotRight, ticks: 5, fromZero: true);
        var y = Axis.Over(points.Select(p => p.Error), frame.PlotBottom, frame.Top, ticks: 6);
        return frame.Draw("Final fronts", x, "MACs, of the base's", t => $"{t * 100:0} %", y, "validation error", t => $"{t * 100:0.##} %")
            .WithAll(result.Methods.SelectMany((m, i) => m.Runs.SelectMany(r => Front(m.Label, r, i, x, y))))
            .WithAll(Key(result, frame));
    }

    /// <summary>A drawing as a file of its own, with the page's style in it.</summary>
    public static string Svg(Element chart)
    {
        var box = chart.Attributes.First(a => a.Name == "viewBox").Value.Split(' ');
        var alone = chart with
        {
            Attributes = [("xmlns", "http://www.w3.org/2000/svg"), ("width", box[2]), ("height", box[3]), .. chart.Attributes],
            Children = chart.Children.Insert(0, E("style").With(new HtmlReport.Verbatim(Report.Html.Style.Sheet + AloneSheet))),
        };
        var text = new StringBuilder();
        alone.Write(text);
        return text.Append('\n').ToString();
    }

    /// <summary>Means at every number of evaluations at which some seed has a figure, from where all of them have one.</summary>
    internal static ImmutableArray<CurvePoint> Mean(MethodResult method)
    {
        var runs = method.Runs.Where(r => !r.Progress.IsEmpty).ToArray();
        return
        [
            .. runs.SelectMany(r => r.Progress.Select(p => p.Evaluations)).Distinct().Order()
                .Where(e => runs.All(r => r.Progress[0].Evaluations <= e))
                .Select(e => (At: e, Figures: Summary.Over(runs.Select(r => (double?)After(r, e)))))
                .Select(p => new CurvePoint(p.At, p.Figures.Mean ?? 0, p.Figures.Spread ?? 0)),
        ];
    }

    private static double After(ComparedRun run, long evaluations) => run.Progress.Last(p => p.Evaluations <= evaluations).Hypervolume;

    private static Element Dot(double x, double y, string radius, int index, string tip) =>
        E("circle", ("class", $"point {Style(index, "")}"), ("cx", N(x)), ("cy", N(y)), ("r", radius)).With(Tip(tip));

    private static Element? Band(ImmutableArray<CurvePoint> points, string style, Axis x, Axis y)
    {
        if (points.Length < 2 || points.All(p => p.Spread == 0))
        {
            return null;
        }

        var above = points.Select(p => $"{N(x.At(p.Evaluations))},{N(y.At(p.High))}");
        var below = points.Reverse().Select(p => $"{N(x.At(p.Evaluations))},{N(y.At(p.Low))}");
        return E("polygon", ("class", $"band {style}"), ("points", string.Join(' ', above.Concat(below))));
    }

    private static IEnumerable<Element> Curve(string label, ImmutableArray<CurvePoint> points, int index, Axis x, Axis y)
    {
        if (points.Length > 1)
        {
            var path = string.Join(' ', points.Select(p => $"{N(x.At(p.Evaluations))},{N(y.At(p.Mean))}"));
            yield return E("polyline", ("class", $"line {Style(index, "dashed")}"), ("points", path));
        }

        foreach (var point in points)
        {
            var tip = $"{label}, {point.Evaluations} evaluations: {point.Mean:0.0000} ± {point.Spread:0.0000}";
            yield return Dot(x.At(point.Evaluations), y.At(point.Mean), "3", index, tip);
        }
    }

    /// <summary>From member to member, right first: the border of what the front dominates.</summary>
    private static IEnumerable<Element> Front(string label, ComparedRun run, int index, Axis x, Axis y)
    {
        var members = run.Front.OrderBy(p => p.Macs).ThenByDescending(p => p.Error).ToArray();
        if (members.Length > 1)
        {
            var path = $"M{N(x.At(members[0].Macs))} {N(y.At(members[0].Error))}"
                + string.Concat(members.Skip(1).Select(p => $"H{N(x.At(p.Macs))}V{N(y.At(p.Error))}"));
            yield return E("path", ("class", $"line thin {Style(index, "dashed")}"), ("d", path));
        }

        foreach (var member in members)
        {
            var tip = $"{label}, seed {run.Seed}: error {Wording.Percent(member.Error, 2)}, {Wording.Percent(member.Macs)} of the MACs";
            yield return Dot(x.At(member.Macs), y.At(member.Error), "2.5", index, tip);
        }
    }

    private static IEnumerable<Element> Key(ComparisonResult result, Frame frame) => result.Methods.SelectMany((m, i) =>
    {
        var (left, height) = (frame.PlotRight + 16, frame.Top + 10 + (i * 20));
        return new[]
        {
            E("line", ("class", $"line {Style(i, "dashed")}"), ("x1", N(left)), ("x2", N(left + 22)), ("y1", N(height)), ("y2", N(height))),
            Text(left + 28, height + 4, m.Label, "tick", "start"),
        };
    });

    private static string Style(int index, string repeated) =>
        $"c{index % Colours}{(index >= Colours ? $" {repeated}" : string.Empty)}".TrimEnd();
}

/// <summary>A mean over seeds at a number of evaluations.</summary>
internal sealed record CurvePoint(double Evaluations, double Mean, double Spread)
{
    /// <summary>One standard deviation below, but no hypervolume is below 0.</summary>
    public double Low => Math.Max(0, Mean - Spread);

    public double High => Mean + Spread;
}
