using System.Collections.Frozen;
using System.Globalization;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>What a scalar's text can mean. A text that means something else gives null.</summary>
public static class HoconUnits
{
    // Ticks are 100 ns. HOCON reads a bare number as milliseconds; here it is refused, since nobody writes "lease = 15" for 15 ms.
    private static readonly FrozenDictionary<string, double> Durations = Table(
        ("us", TimeSpan.TicksPerMicrosecond), ("micro", TimeSpan.TicksPerMicrosecond), ("microseconds", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("milli", TimeSpan.TicksPerMillisecond), ("milliseconds", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("second", TimeSpan.TicksPerSecond), ("seconds", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("minute", TimeSpan.TicksPerMinute), ("minutes", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("hour", TimeSpan.TicksPerHour), ("hours", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay), ("day", TimeSpan.TicksPerDay), ("days", TimeSpan.TicksPerDay));

    // As in HOCON, and java's -Xmx: single letters are powers of 1024, "kB" and its kin powers of 1000.
    private static readonly FrozenDictionary<string, double> Sizes = Table(
        ("", 1), ("B", 1), ("b", 1),
        ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("k", 1L << 10), ("K", 1L << 10), ("Ki", 1L << 10), ("KiB", 1L << 10),
        ("m", 1L << 20), ("M", 1L << 20), ("Mi", 1L << 20), ("MiB", 1L << 20),
        ("g", 1L << 30), ("G", 1L << 30), ("Gi", 1L << 30), ("GiB", 1L << 30),
        ("t", 1L << 40), ("T", 1L << 40), ("Ti", 1L << 40), ("TiB", 1L << 40));

    public static bool? Boolean(string text) => text switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => null,
    };

    public static long? Integer(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A finite number.</summary>
    public static double? Number(string text)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    /// <summary>"15s", "1.5 hours", "200ms".</summary>
    public static TimeSpan? Duration(string text) =>
        Scaled(text, Durations) is { } ticks && Math.Abs(ticks) < TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)Math.Round(ticks)) : null;

    /// <summary>Bytes: "4GiB", "512k", "10 MB".</summary>
    public static long? Size(string text) => Scaled(text, Sizes) is { } bytes and >= 0 and < long.MaxValue ? (long)Math.Round(bytes) : null;

    private static double? Scaled(string text, FrozenDictionary<string, double> units)
    {
        var digits = text.AsSpan().TrimEnd().Length;
        while (digits > 0 && char.IsAsciiLetter(text[digits - 1]))
        {
            digits--;
        }

        return units.TryGetValue(text[digits..].Trim(), out var unit) && Number(text[..digits].Trim()) is { } number ? number * unit : null;
    }

    private static FrozenDictionary<string, double> Table(params (string Name, double Factor)[] units) =>
        units.ToFrozenDictionary(u => u.Name, u => u.Factor, StringComparer.Ordinal);
}
