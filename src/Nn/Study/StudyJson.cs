using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Nn.Study;

/// <summary>How definitions and job bodies are written.</summary>
internal static class StudyJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The canonical body of a job.</summary>
    public static string Canonical<T>(T body) => CanonicalJson.Write(JsonSerializer.SerializeToNode(body, Options)!);

    /// <exception cref="EvaluationException">The body is not a <typeparamref name="T"/>.</exception>
    public static T Read<T>(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new EvaluationException($"The job's body is not a {typeof(T).Name}: {e.Message}", e);
        }
    }
}

/// <summary>Method settings in their own JSON form, which names the method.</summary>
internal sealed class MethodSettingsConverter : JsonConverter<MethodSettings>
{
    public override MethodSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return MethodSettingsJson.Read(JsonNode.Parse(ref reader)!.AsObject());
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, MethodSettings value, JsonSerializerOptions options) =>
        MethodSettingsJson.Write(value).WriteTo(writer, options);
}
