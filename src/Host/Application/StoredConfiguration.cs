using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Application;

/// <summary>What the journal keeps of an experiment's configuration: all that any machine needs to go on with it.</summary>
/// <param name="Settings">As the user gave them.</param>
/// <param name="Definition">What they were resolved to: precision, device, the data set's hash.</param>
/// <param name="Beginning">How and where it was begun; it decides nothing.</param>
public sealed record StoredConfiguration(Settings Settings, StudyDefinition Definition, Beginning Beginning)
{
    public string ToJson() => CanonicalJson.Write(new JsonObject
    {
        ["settings"] = JsonNode.Parse(Settings.ToJson()),
        ["definition"] = JsonNode.Parse(Definition.ToJson()),
        ["beginning"] = JsonSerializer.SerializeToNode(Beginning, JsonSerializerOptions.Web),
    });

    /// <exception cref="JsonException">Not a stored configuration.</exception>
    /// <exception cref="ConfigurationException">Its settings were written by a version with other keys.</exception>
    public static StoredConfiguration Parse(string json)
    {
        var document = JsonNode.Parse(json) as JsonObject;
        return document is not null && document["settings"] is { } settings && document["definition"] is { } definition
            ? new StoredConfiguration(
                Settings.FromJson(settings.ToJsonString()),
                StudyDefinition.Parse(definition.ToJsonString()),
                document["beginning"].Deserialize<Beginning>(JsonSerializerOptions.Web) ?? Beginning.Unknown)
            : throw new JsonException("Expected the settings and the definition of an experiment.");
    }
}

/// <summary>How and where an experiment was begun, for the report.</summary>
/// <param name="Command">What was typed, so that it can be typed again.</param>
/// <param name="Machine">Processor, cores, memory.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Libtorch">Its version.</param>
/// <param name="Images">For exported networks; null where it was not noted.</param>
public sealed record Beginning(string Command, string Machine, string OperatingSystem, string Libtorch, ImageNotes? Images = null)
{
    /// <summary>Here and now.</summary>
    public static Beginning Here(string command, ImageNotes? images = null) =>
        new(command, Application.Machine.Description, RuntimeInformation.OSDescription, Capabilities.Read().Libtorch, images);

    public static Beginning Unknown { get; } = new(string.Empty, "unknown", "unknown", "unknown");
}
