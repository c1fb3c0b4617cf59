using static ActorPrune.Host.Report.Html.Frame;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>Bars that stand in table cells.</summary>
internal static class Bars
{
    private const double Width = 140;

    /// <summary>
    /// What stays of what was there: a pale bar as long as <paramref name="before"/>, on it a full one as long as <paramref name="after"/>.
    /// </summary>
    /// <param name="after">What stays.</param>
    /// <param name="before">What was there.</param>
    /// <param name="longest">The length that fills the cell.</param>
    /// <param name="style">The full bar's class.</param>
    public static Element Kept(double after, double before, double longest, string style) =>
        E("svg", ("class", "bar"), ("viewBox", $"0 0 {N(Width)} 12"), ("role", "img"), ("aria-label", $"{after:0.#} of {before:0.#}")).With(
            Rect(before, longest, "track"), Rect(after, longest, $"fill {style}"));

    public static Element Share(double value, double longest, string style) =>
        E("svg", ("class", "bar"), ("viewBox", $"0 0 {N(Width)} 12"), ("aria-hidden", "true")).With(Rect(value, longest, $"fill {style}"));

    private static Element Rect(double value, double longest, string style) => E(
        "rect",
        ("class", style),
        ("x", "0"),
        ("y", "1"),
        ("width", N(longest > 0 ? Math.Clamp(value / longest, 0, 1) * Width : 0)),
        ("height", "10"),
        ("rx", "2"));
}
