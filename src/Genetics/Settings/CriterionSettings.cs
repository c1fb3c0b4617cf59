using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Settings;

/// <summary>Settings of uniform pruning by one criterion (CriterionSearch).</summary>
public abstract record CriterionSettings : MethodSettings
{
    /// <summary>Name of the criterion that ranks the filters.</summary>
    public abstract string Criterion { get; init; }

    /// <summary>
    /// Fractions of the base's MACs that stay, each above 0 and at most 1; up to 1000. Empty: <see cref="Points"/> evenly spaced ones.
    /// </summary>
    public ImmutableArray<double> Macs { get; init; } = [];

    /// <summary>Without <see cref="Macs"/>: i / (points + 1) for i = 1 … points. 1 to 1000.</summary>
    public int Points { get; init; } = 9;

    /// <summary>The fractions of the base's MACs that are wanted: <see cref="Macs"/>, or what <see cref="Points"/> stands for.</summary>
    [JsonIgnore]
    public IEnumerable<double> Targets => Macs.IsDefaultOrEmpty ? Enumerable.Range(1, Points).Select(i => i / (Points + 1.0)) : Macs;

    public override long PlannedEvaluations => Macs.IsDefaultOrEmpty ? Points : Macs.Length;

    public override ImmutableArray<string> Validate() => new SettingErrors(Method)
        .When(string.IsNullOrWhiteSpace(Criterion) || Criterion.Any(char.IsWhiteSpace), "criterion", "must be a criterion's name.")
        .When(Macs.IsDefault || Macs.Length > 1000, "macs", "must be a list of at most 1000 fractions.")
        .When(!Macs.IsDefault && Macs.Any(m => !(m > 0 && m <= 1)), "macs", "must list fractions of the base's MACs, each above 0 and at most 1.")
        .Whole("points", Points, 1, 1000)
        .Lines;
}

/// <summary>Filters with small L1 norms go.</summary>
public sealed record MagnitudeSettings : CriterionSettings
{
    public override string Method => "magnitude";

    public override string Criterion { get; init; } = "l1";
}

/// <summary>Filters near the geometric median of their layer go.</summary>
public sealed record FpgmSettings : CriterionSettings
{
    public override string Method => "fpgm";

    public override string Criterion { get; init; } = "fpgm";
}
