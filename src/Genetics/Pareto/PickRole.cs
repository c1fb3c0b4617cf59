using System.Collections.Immutable;
using System.Globalization;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// What members of a front are picked for: "heavy", "knee" and "light" (<see cref="Picks"/>), and "at30", "at50", …: the smallest error
/// with at least that percentage of the base's MACs removed.
/// </summary>
public static class PickRole
{
    /// <summary>A member that misses the wanted share by no more than this counts as reaching it: few costs can be had exactly.</summary>
    public const double Tolerance = 0.01;

    private const string Prefix = "at";

    /// <summary>"at30" for <paramref name="removed"/> = 0.3; tenths of a per cent are kept ("at33.3").</summary>
    /// <param name="removed">Fraction of the base's MACs that is gone, 0 to 1.</param>
    public static string At(double removed) => Prefix + ((decimal)removed * 100).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>The fraction in a role "at…", or null for any other text.</summary>
    public static double? Removed(string role) => role.StartsWith(Prefix, StringComparison.Ordinal)
        && decimal.TryParse(role.AsSpan(Prefix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and <= 100
            ? (double)(percent / 100)
            : null;

    /// <summary>
    /// The members of <paramref name="front"/> that are picked for <paramref name="roles"/>; a share that no member reaches is left out.
    /// </summary>
    /// <param name="baseMacs">MACs of the base network, or null where they are not known: then nothing is picked by share.</param>
    /// <param name="kneeErrorWeight">See <see cref="Picks.Of"/>.</param>
    /// <exception cref="ArgumentException">See <see cref="Picks.Of"/>.</exception>
    public static ImmutableSortedDictionary<string, Evaluated> Choose(
        ImmutableArray<Evaluated> front, double? baseMacs, IEnumerable<string> roles, double kneeErrorWeight = 0.5)
    {
        var (heavy, knee, light) = Picks.Of(front, kneeErrorWeight);
        return roles
            .Select(role => (Role: role, Member: role switch
            {
                "heavy" => heavy,
                "knee" => knee,
                "light" => light,
                _ => Removed(role) is { } removed && baseMacs is { } whole ? WithoutMacs(front, removed, whole) : null,
            }))
            .Where(p => p.Member is not null)
            .ToImmutableSortedDictionary(p => p.Role, p => p.Member!, StringComparer.Ordinal);
    }

    /// <summary>
    /// The smallest error among those with at least this share of MACs removed, which on a front is the one that comes nearest to it. Of
    /// equals the one with fewer MACs, then the first by canonical genome. Null where none removes so much.
    /// </summary>
    /// <param name="removed">Fraction of <paramref name="baseMacs"/>, less <see cref="Tolerance"/>.</param>
    public static Evaluated? WithoutMacs(IEnumerable<Evaluated> front, double removed, double baseMacs) => front
        .Where(e => 1 - (e[MeasureNames.Macs] / baseMacs) >= removed - Tolerance && double.IsFinite(e[MeasureNames.Error]))
        .OrderBy(e => e[MeasureNames.Error]).ThenBy(e => e[MeasureNames.Macs]).ThenBy(e => e.Genome.Canonical, StringComparer.Ordinal)
        .FirstOrDefault();
}
