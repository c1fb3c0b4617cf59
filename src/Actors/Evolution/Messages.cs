using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>What the actors of an experiment say to each other; kinds beside <see cref="JobMessages"/>.</summary>
public static class MessageKinds
{
    /// <summary>To the experiment, from whoever created it. Empty body.</summary>
    public const string Start = "start";

    /// <summary>Experiment → island: <see cref="StartIsland"/>.</summary>
    public const string StartIsland = "start-island";

    /// <summary>Island → island: <see cref="Parcel"/>.</summary>
    public const string Parcel = "parcel";

    /// <summary>Island → experiment: <see cref="IslandProgress"/>.</summary>
    public const string Progress = "progress";

    /// <summary>An event of the experiment alone: the genomes that are tried for its picks when the search is over.</summary>
    public const string Widened = "widened";
}

/// <summary>Tells an island to begin.</summary>
public sealed record StartIsland(JobResult Base);

/// <summary>What happened on an island in one generation or migration.</summary>
/// <param name="Island">Its name.</param>
/// <param name="Generation">Completed generations.</param>
/// <param name="Evaluations">Evaluations asked for so far.</param>
/// <param name="Discovered">What entered the island's archive since the last report.</param>
/// <param name="Sent">Parcels that left, with the number of migrants in each.</param>
/// <param name="Finished">The search is over.</param>
public sealed record IslandProgress(
    string Island, int Generation, long Evaluations, ImmutableArray<Evaluated> Discovered, ImmutableArray<Migration> Sent, bool Finished)
{
    /// <summary>The part of the network that was settled, where the search goes by parts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PartReport? Decided { get; init; }
}

/// <summary>A parcel as the report shows it.</summary>
public sealed record Migration(string Source, string Target, int Epoch, int Migrants);

/// <summary>Addresses of an experiment's actors.</summary>
public static class Addresses
{
    public static ActorId Experiment(string experiment) => new(experiment, "experiment");

    public static ActorId Island(string experiment, string island) => new(experiment, $"island-{island}");

    /// <summary>The island's name in its address, or null where <paramref name="actor"/> is no island.</summary>
    public static string? IslandName(ActorId actor) =>
        actor.Role.StartsWith("island-", StringComparison.Ordinal) ? actor.Role["island-".Length..] : null;
}

/// <summary>Bodies of messages and events as JSON.</summary>
internal static class Body
{
    // A diverged training measures NaN or infinity: a figure like any other, which plain JSON has no word for.
    private static readonly JsonSerializerOptions Format = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Format);

    /// <exception cref="JsonException">The text is not a <typeparamref name="T"/>.</exception>
    public static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, Format) ?? throw new JsonException($"Expected a {typeof(T).Name}, found null.");
}
