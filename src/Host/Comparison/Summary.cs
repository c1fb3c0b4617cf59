namespace ActorPrune.Host.Comparison;

/// <summary>A figure over the seeds.</summary>
/// <param name="Mean">Of those that have it; null where none has.</param>
/// <param name="Spread">Standard deviation of the sample (n − 1); null below two figures.</param>
/// <param name="Count">Seeds that have the figure.</param>
/// <param name="Of">Seeds in all.</param>
public sealed record Summary(double? Mean, double? Spread, int Count, int Of)
{
    public static Summary Over(IEnumerable<double?> figures)
    {
        var all = figures.ToArray();
        var known = all.OfType<double>().Where(double.IsFinite).ToArray();
        if (known.Length == 0)
        {
            return new Summary(null, null, 0, all.Length);
        }

        var mean = known.Average();
        var squares = known.Sum(v => (v - mean) * (v - mean));
        return new Summary(mean, known.Length > 1 ? Math.Sqrt(squares / (known.Length - 1)) : null, known.Length, all.Length);
    }

    /// <summary>"12.30 ± 0.41 %", with "(2 of 3)" where seeds are missing; an en dash where all are.</summary>
    /// <param name="factor">What figures are multiplied by.</param>
    /// <param name="unit">After the figures, with its blank.</param>
    /// <param name="format">Of a figure.</param>
    public string Text(double factor, string unit, string format) => Mean is not { } mean
        ? Report.Wording.Missing
        : (mean * factor).ToString(format) + (Spread is { } spread ? $" ± {(spread * factor).ToString(format)}" : string.Empty) + unit
            + (Count < Of ? $" ({Count} of {Of})" : string.Empty);

    /// <summary>A fraction as a percentage.</summary>
    public string Percent(int digits = 2) => Text(100, " %", $"F{digits}");
}
