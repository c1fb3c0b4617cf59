using System.Collections.Immutable;
using static ActorPrune.Host.Report.Html.Frame;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>A mark of a scatter chart.</summary>
/// <param name="X">Value on the horizontal axis.</param>
/// <param name="Y">Value on the vertical axis.</param>
/// <param name="Label">Written beside the mark; empty for none.</param>
/// <param name="Style">"member", "heavy", "knee", "light" or "base".</param>
/// <param name="Tip">Shown under the pointer.</param>
internal sealed record Mark(double X, double Y, string Label, string Style, string Tip);

/// <summary>Candidates in a plane of two figures that are both better when smaller.</summary>
internal static class ScatterChart
{
    private const double LabelHeight = 15;

    /// <summary>
    /// Draws <paramref name="marks"/>; later ones lie on top. <paramref name="staircase"/> joins the members as a front of two objectives.
    /// </summary>
    public static Element Draw(
        string title, ImmutableArray<Mark> marks, string xTitle, Func<double, string> xLabel, string yTitle, Func<double, string> yLabel, bool staircase)
    {
        var frame = new Frame(760, 400);
        var x = Axis.Over(marks.Select(m => m.X), frame.Left, frame.PlotRight, ticks: 7, fromZero: true);
        var y = Axis.Over(marks.Select(m => m.Y), frame.PlotBottom, frame.Top, ticks: 6);
        var drawing = frame.Draw(title, x, xTitle, xLabel, y, yTitle, yLabel);
        if (staircase && Staircase(marks, x, y) is { } line)
        {
            drawing = drawing.With(line);
        }

        return drawing.WithAll(marks.Select(m => Dot(m, x, y))).WithAll(Labels(marks, x, y, frame));
    }

    /// <summary>The border of what the front dominates: from mark to mark, right first, since no candidate lies in between.</summary>
    private static Element? Staircase(ImmutableArray<Mark> marks, Axis x, Axis y)
    {
        var members = marks.Where(m => m.Style != "base").OrderBy(m => m.X).ThenByDescending(m => m.Y).ToArray();
        if (members.Length < 2)
        {
            return null;
        }

        var path = $"M{N(x.At(members[0].X))} {N(y.At(members[0].Y))}" + string.Concat(
            members.Skip(1).Select(m => $"H{N(x.At(m.X))}V{N(y.At(m.Y))}"));
        return E("path", ("class", "stairs"), ("d", path));
    }

    private static Element Dot(Mark mark, Axis x, Axis y) => E(
        "circle",
        ("class", $"dot {mark.Style}"),
        ("cx", N(x.At(mark.X))),
        ("cy", N(y.At(mark.Y))),
        ("r", mark.Style == "member" ? "4" : "7")).With(Tip(mark.Tip));

    /// <summary>Labels stand to the upper right of their marks, and move up where one stands already.</summary>
    private static IEnumerable<Element> Labels(ImmutableArray<Mark> marks, Axis x, Axis y, Frame frame)
    {
        var placed = new List<(double X, double Y)>();
        foreach (var mark in marks.Where(m => m.Label.Length > 0).OrderBy(m => m.X))
        {
            var (at, height) = (x.At(mark.X), y.At(mark.Y) - 10);
            var end = at > frame.PlotRight - 120;
            while (placed.Any(p => Math.Abs(p.X - at) < 110 && Math.Abs(p.Y - height) < LabelHeight))
            {
                height -= LabelHeight;
            }

            placed.Add((at, height));
            yield return Text(at + (end ? -6 : 6), Math.Max(height, 12), mark.Label, $"label {mark.Style}", end ? "end" : "start");
        }
    }
}
