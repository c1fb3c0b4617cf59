using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>The frame that the charts share: canvas, grid, tick labels, axis titles. Colours come from the page's style by class.</summary>
/// <param name="Width">Units of the view box; the page scales it.</param>
/// <param name="Height">Units of the view box.</param>
internal sealed record Frame(double Width, double Height)
{
    public double Left { get; init; } = 76;

    public double Right { get; init; } = 32;

    public double Top { get; init; } = 18;

    public double Bottom { get; init; } = 48;

    public double PlotRight => Width - Right;

    public double PlotBottom => Height - Bottom;

    /// <summary>An SVG drawing with grid and axes, ready for marks. <paramref name="title"/> is its text for screen readers.</summary>
    public Element Draw(string title, Axis x, string xTitle, Func<double, string> xLabel, Axis y, string yTitle, Func<double, string> yLabel) =>
        Canvas(Width, Height, title)
            .WithAll(y.Ticks.Select(t => E("line", ("class", "grid"), ("x1", N(Left)), ("x2", N(PlotRight)), ("y1", N(y.At(t))), ("y2", N(y.At(t))))))
            .WithAll(x.Ticks.Select(t => Text(x.At(t), PlotBottom + 18, xLabel(t), "tick", "middle")))
            .WithAll(y.Ticks.Select(t => Text(Left - 8, y.At(t) + 4, yLabel(t), "tick", "end")))
            .With(
                E("line", ("class", "axis"), ("x1", N(Left)), ("x2", N(PlotRight)), ("y1", N(PlotBottom)), ("y2", N(PlotBottom))),
                Text((Left + PlotRight) / 2, Height - 8, xTitle, "title", "middle"),
                E(
                    "text",
                    ("class", "title"),
                    ("text-anchor", "middle"),
                    ("transform", $"translate(14 {N((Top + PlotBottom) / 2)}) rotate(-90)")).With(yTitle));

    public static Element Canvas(double width, double height, string title) => E(
        "svg", ("class", "chart"), ("viewBox", $"0 0 {N(width)} {N(height)}"), ("role", "img"), ("aria-label", title));

    public static Element Text(double x, double y, string text, string style, string anchor) =>
        E("text", ("class", style), ("x", N(x)), ("y", N(y)), ("text-anchor", anchor)).With(text);

    /// <summary>What a pointer over the mark shows.</summary>
    public static Element Tip(string text) => E("title").With(text);

    /// <summary>A coordinate with two decimals.</summary>
    public static string N(double value) => Math.Round(value, 2).ToString("0.##");
}
