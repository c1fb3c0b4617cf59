using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>What the journal keeps of an experiment's configuration: all that any machine needs to go on with it.</summary>
/// <param name="Settings">As the user gave them.</param>
/// <param name="Definition">What they were resolved to: precision, device, the data set's hash.</param>
public sealed record StoredConfiguration(Settings Settings, StudyDefinition Definition)
{
    public string ToJson() => CanonicalJson.Write(new JsonObject
    {
        ["settings"] = JsonNode.Parse(Settings.ToJson()),
        ["definition"] = JsonNode.Parse(Definition.ToJson()),
    });

    /// <exception cref="JsonException">Not a stored configuration.</exception>
    /// <exception cref="ConfigurationException">Its settings were written by a version with other keys.</exception>
    public static StoredConfiguration Parse(string json)
    {
        var document = JsonNode.Parse(json) as JsonObject;
        return document is not null && document["settings"] is { } settings && document["definition"] is { } definition
            ? new StoredConfiguration(Settings.FromJson(settings.ToJsonString()), StudyDefinition.Parse(definition.ToJsonString()))
            : throw new JsonException("Expected the settings and the definition of an experiment.");
    }
}
