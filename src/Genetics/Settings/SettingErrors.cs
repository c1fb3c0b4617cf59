using System.Collections.Immutable;

namespace ActorPrune.Genetics.Settings;

/// <summary>Collects what is wrong with a method's settings, each line beginning with the setting's full name.</summary>
internal sealed class SettingErrors(string method)
{
    private readonly ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();

    /// <summary>An integer from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public SettingErrors Whole(string name, int value, int low, int high) =>
        When(value < low || value > high, name, $"must be a whole number from {low} to {high}; it is {value}.");

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included; not a NaN.</summary>
    public SettingErrors Real(string name, double value, double low, double high) =>
        When(!(value >= low && value <= high), name, $"must be a number from {low} to {high}; it is {value}.");

    /// <summary>Two densities in (0, 1], the first not above the second.</summary>
    public SettingErrors Range(string lowName, double low, string highName, double high)
    {
        When(!(low > 0 && low <= 1), lowName, $"must be a number above 0 and at most 1; it is {low}.");
        When(!(high > 0 && high <= 1), highName, $"must be a number above 0 and at most 1; it is {high}.");
        return When(low > high, lowName, $"({low}) must not be above {method}.{highName} ({high}).");
    }

    /// <summary>Names without blanks, at least <paramref name="least"/> and no two equal.</summary>
    public SettingErrors Names(string name, ImmutableArray<string> values, int least, int most)
    {
        if (values.IsDefault)
        {
            return When(true, name, "must be a list of names; it is missing.");
        }

        When(values.Length < least || values.Length > most, name, $"must list from {least} to {most} names; it lists {values.Length}.");
        When(values.Any(v => string.IsNullOrWhiteSpace(v) || v.Any(char.IsWhiteSpace)), name, "must list names without blanks.");
        return When(values.Distinct().Count() != values.Length, name, "names something twice.");
    }

    public SettingErrors When(bool wrong, string name, string text)
    {
        if (wrong)
        {
            lines.Add($"{method}.{name} {text}");
        }

        return this;
    }

    public ImmutableArray<string> Lines => lines.ToImmutable();
}
