using System.Collections.Immutable;
using static ActorPrune.Host.Report.Html.Frame;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>Lines over generations. The first series is the main one: thick, above the others.</summary>
internal static class LineChart
{
    /// <summary>Colours that the page's style has for lines beside the main one; they repeat beyond that.</summary>
    public const int Colours = 6;

    private const int MostDots = 60;

    public static Element Draw(string title, ImmutableArray<Series> series, string yTitle, Func<double, string> yLabel)
    {
        var frame = new Frame(760, 320);
        var points = series.SelectMany(s => s.Values).ToArray();
        var last = points.Length == 0 ? 0 : points.Max(p => p.Generation);
        var first = points.Length == 0 ? 0 : points.Min(p => p.Generation);
        var x = Generations(first, last, frame);
        var y = Axis.Over(points.Select(p => p.Value), frame.PlotBottom, frame.Top);
        return frame.Draw(title, x, "generation", t => t.ToString("0"), y, yTitle, yLabel)
            .WithAll(series.Select((s, i) => (Series: s, Style: Style(i))).Reverse().SelectMany(s => Line(s.Series, s.Style, x, y, yLabel)));
    }

    /// <summary>The key below a chart: one swatch for each series.</summary>
    public static Element Key(ImmutableArray<Series> series) => E("ul", ("class", "key")).WithAll(series.Select((s, i) => E("li").With(
        E("svg", ("viewBox", "0 0 24 10"), ("aria-hidden", "true")).With(
            E("line", ("class", $"line {Style(i)}"), ("x1", "1"), ("x2", "23"), ("y1", "5"), ("y2", "5"))),
        s.Name)));

    private static string Style(int index) => index == 0 ? "main" : $"c{(index - 1) % Colours}";

    /// <summary>Generations are whole numbers, so their ticks are.</summary>
    private static Axis Generations(int first, int last, Frame frame)
    {
        var end = Math.Max(last, first + 1);
        var step = Math.Max(1, (int)Axis.Over([0, end - first], 0, 1, ticks: 8).Ticks[1]);
        return new Axis(
            first,
            end,
            frame.Left,
            frame.PlotRight,
            [.. Enumerable.Range(0, ((end - first) / step) + 1).Select(i => (double)(first + (i * step)))]);
    }

    private static IEnumerable<Element> Line(Series series, string style, Axis x, Axis y, Func<double, string> label)
    {
        if (series.Values.Length > 1)
        {
            var path = string.Join(' ', series.Values.Select(v => $"{N(x.At(v.Generation))},{N(y.At(v.Value))}"));
            yield return E("polyline", ("class", $"line {style}"), ("points", path));
        }

        foreach (var (generation, value) in series.Values.Length <= MostDots ? series.Values : [])
        {
            yield return E("circle", ("class", $"point {style}"), ("cx", N(x.At(generation))), ("cy", N(y.At(value))), ("r", "3"))
                .With(Tip($"{series.Name}, generation {generation}: {label(value)}"));
        }
    }
}
