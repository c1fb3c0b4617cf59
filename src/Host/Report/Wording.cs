using ActorPrune.Actors.Journal;

namespace ActorPrune.Host.Report;

/// <summary>How figures are worded for people. A missing figure is an en dash.</summary>
public static class Wording
{
    public const string Missing = "–";

    // Below this a ratio is printed as "the same": a tenth of a per cent is the last digit that people are shown.
    private const double Negligible = 0.0005;

    /// <summary>A fraction as a percentage with <paramref name="digits"/> decimals: "10.9 %".</summary>
    public static string Percent(double? fraction, int digits = 1) =>
        fraction is { } value ? $"{(value * 100).ToString($"F{digits}")} %" : Missing;

    /// <summary>A count with three significant digits and a unit prefix: "40.6 M".</summary>
    public static string Count(double? count) => count switch
    {
        null => Missing,
        >= 1e12 => $"{Significant(count.Value / 1e12)} T",
        >= 1e9 => $"{Significant(count.Value / 1e9)} G",
        >= 1e6 => $"{Significant(count.Value / 1e6)} M",
        >= 1e4 => $"{Significant(count.Value / 1e3)} k",
        _ => count.Value.ToString("0.##"),
    };

    /// <summary>Milliseconds with three significant digits: "3.21 ms".</summary>
    public static string Milliseconds(double? value) => value is { } ms ? $"{Significant(ms)} ms" : Missing;

    /// <summary>The share of <paramref name="whole"/> that is gone: "61.2 % fewer MACs".</summary>
    public static string Fewer(double? part, double? whole, string what) => Removed(part, whole) switch
    {
        null => Missing,
        > Negligible and var removed => $"{Percent(removed)} fewer {what}",
        < -Negligible and var removed => $"{Percent(-removed)} more {what}",
        _ => $"the same {what}",
    };

    /// <summary>1 − part / whole, or null where either is missing or there is no whole.</summary>
    public static double? Removed(double? part, double? whole) => whole > 0 ? 1 - part / whole : null;

    /// <summary>How the time of one forward pass compares: "1.7× faster".</summary>
    public static string Faster(double? milliseconds, double? baseMilliseconds) => Speedup(milliseconds, baseMilliseconds) switch
    {
        null => Missing,
        >= 1.05 and var ratio => $"{ratio:0.0#}× faster",
        <= 0.95 and var ratio => $"{1 / ratio:0.0#}× slower",
        _ => "as fast as the base",
    };

    /// <summary>Base time over time, or null where either is missing.</summary>
    public static double? Speedup(double? milliseconds, double? baseMilliseconds) => milliseconds > 0 ? baseMilliseconds / milliseconds : null;

    /// <summary>A duration in its two largest units: "1 h 12 min".</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => $"{Math.Max(0, span.TotalSeconds):0.00} s",
        { TotalMinutes: < 1 } => $"{span.TotalSeconds:0.0} s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{(long)span.TotalDays} d {span.Hours} h",
    };

    /// <summary>"1 candidate", "12 candidates".</summary>
    public static string Plural(long count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";

    /// <summary>The status in the words of <c>show</c>.</summary>
    public static string Status(ExperimentStatus status) => status switch
    {
        ExperimentStatus.Running => "running",
        ExperimentStatus.Finished => "finished",
        ExperimentStatus.Stopped => "stopped",
        ExperimentStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Unknown experiment status."),
    };

    private static string Significant(double value) => Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("0"),
        >= 9.995 => value.ToString("0.0"),
        >= 0.9995 => value.ToString("0.00"),
        _ => value.ToString("0.000"),
    };
}
