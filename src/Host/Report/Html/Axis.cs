using System.Collections.Immutable;

namespace ActorPrune.Host.Report.Html;

/// <summary>A linear axis from values to pixels with ticks at round numbers (1, 2 or 5 times a power of ten).</summary>
/// <param name="From">Value at <paramref name="Start"/>.</param>
/// <param name="To">Value at <paramref name="End"/>; larger than <paramref name="From"/>.</param>
/// <param name="Start">Pixel.</param>
/// <param name="End">Pixel; smaller than <paramref name="Start"/> for an axis that points up.</param>
/// <param name="Ticks">Values of the ticks, ascending, all within the axis.</param>
internal sealed record Axis(double From, double To, double Start, double End, ImmutableArray<double> Ticks)
{
    // More ticks than this would overlap at the sizes that the charts have.
    private const int MostTicks = 12;

    /// <summary>
    /// An axis over <paramref name="values"/>, widened to round ends; <paramref name="fromZero"/> puts zero at its start.
    /// </summary>
    public static Axis Over(IEnumerable<double> values, double start, double end, int ticks = 5, bool fromZero = false)
    {
        var finite = values.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high) = (fromZero ? Math.Min(0, finite.Min()) : finite.Min(), finite.Max());
        if (high - low <= Math.Abs(high) * 1e-9)
        {
            // A single value stands in the middle of an axis of its own size.
            var half = high == 0 ? 0.5 : Math.Abs(high) / 2;
            (low, high) = fromZero ? (low, high + half) : (low - half, high + half);
        }

        var step = Step((high - low) / ticks);
        var first = Math.Floor((low / step) + 1e-9);
        var last = Math.Ceiling((high / step) - 1e-9);
        var count = (int)Math.Min(MostTicks, last - first);
        return new Axis(
            first * step, last * step, start, end, [.. Enumerable.Range(0, count + 1).Select(i => (first + i) * step)]);
    }

    public double At(double value) => Start + ((value - From) / (To - From) * (End - Start));

    private static double Step(double rough)
    {
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / magnitude) switch
        {
            <= 1 => magnitude,
            <= 2 => 2 * magnitude,
            <= 5 => 5 * magnitude,
            _ => 10 * magnitude,
        };
    }
}
