using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>All that an experiment is told. Made by <see cref="SettingsReader"/>; equal where the JSON is equal.</summary>
public sealed record Settings
{
    public required ExperimentSettings Experiment { get; init; }

    public required NetworkSettings Network { get; init; }

    public required DataSettings Data { get; init; }

    public required TrainingSettings Training { get; init; }

    public required PruningSettings Pruning { get; init; }

    public required CostSettings Cost { get; init; }

    public required SearchSettings Search { get; init; }

    public required PicksSettings Picks { get; init; }

    public required EvaluationSettings Evaluation { get; init; }

    public required MetricsSettings Metrics { get; init; }

    /// <summary>Settings of the chosen method; of the others only keys and types are checked, and nothing is kept.</summary>
    [JsonIgnore]
    public MethodSettings Method { get; init; } = null!;

    /// <summary>Where each value was written; empty for settings that came from a journal.</summary>
    [JsonIgnore]
    internal ImmutableDictionary<string, Origin> Origins { get; init; } = ImmutableDictionary<string, Origin>.Empty;

    /// <summary>Canonical JSON of everything, in the shape and with the keys of a configuration. <see cref="FromJson"/> reads it.</summary>
    public string ToJson() => SettingsJson.Write(this);

    /// <summary>Reads <see cref="ToJson"/>. A key that a later version added takes its default.</summary>
    /// <exception cref="ConfigurationException">The text is damaged or was written by a version with other keys.</exception>
    public static Settings FromJson(string json) => SettingsReader.Standard.Stored(json);

    /// <summary>
    /// Canonical JSON of what decides the results, and of nothing else: no name, no paths, no leases, no settings of data sets or methods
    /// that are not in use. Two experiments with one name must have one identity.
    /// </summary>
    [JsonIgnore]
    public string Identity => SettingsJson.Identity(this);

    /// <summary>The keys in which the identities differ, in order; empty if <paramref name="other"/> means the same experiment.</summary>
    public ImmutableArray<SettingDifference> DifferencesTo(Settings other) => SettingsJson.Differences(this, other);

    /// <summary>
    /// For checks that need more than the configuration (a network's name, a file): the error that names where the key was written.
    /// </summary>
    public ConfigurationException Refuse(string key, string message) =>
        new([new ConfigurationError(Origins.GetValueOrDefault(key, Origin.Of("the stored settings")), key, message)]);

    public bool Equals(Settings? other) => other is not null && ToJson() == other.ToJson();

    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);
}

/// <summary>A key that decides results and has another value.</summary>
/// <param name="Key">Full path.</param>
/// <param name="Old">As JSON; null where the key is not part of the identity.</param>
/// <param name="New">As JSON; null where the key is not part of the identity.</param>
public sealed record SettingDifference(string Key, string? Old, string? New)
{
    public override string ToString() => $"{Key}: {Old ?? "(none)"} → {New ?? "(none)"}";
}
