using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Settings;

/// <summary>
/// Settings as JSON: kebab-case keys, enumerations by kebab-case name, and "method" for the method's name. Missing keys take their
/// defaults.
/// </summary>
public static class MethodSettingsJson
{
    private const string MethodKey = "method";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        IgnoreReadOnlyProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>All settings, also those that have their default values.</summary>
    public static JsonObject Write(MethodSettings settings)
    {
        var written = JsonSerializer.SerializeToNode(settings, settings.GetType(), Options)!.AsObject();
        written.Insert(0, MethodKey, settings.Method);
        return written;
    }

    /// <summary>Reads what <see cref="Write"/> writes, or any part of it that names the method.</summary>
    /// <exception cref="ArgumentException">
    /// No method, an unknown one, an unknown key, a wrong type or a value out of range; the message names the setting.
    /// </exception>
    public static MethodSettings Read(JsonObject document)
    {
        if (document[MethodKey] is not JsonValue value || !value.TryGetValue(out string? name))
        {
            throw new ArgumentException($"'{MethodKey}' must name a search method: one of {SearchMethods.KnownNames}.", nameof(document));
        }

        return Read(name, document);
    }

    /// <summary>Settings of the method <paramref name="method"/> from its own section; a "method" key in it is passed over.</summary>
    /// <exception cref="ArgumentException">See <see cref="Read(JsonObject)"/>.</exception>
    public static MethodSettings Read(string method, JsonObject section)
    {
        var defaults = SearchMethods.Named(method).Defaults;
        var own = section.DeepClone().AsObject();
        own.Remove(MethodKey);
        MethodSettings settings;
        try
        {
            settings = (MethodSettings)own.Deserialize(defaults.GetType(), Options)!;
        }
        catch (JsonException error)
        {
            var at = error.Path is { Length: > 2 } path ? $"{method}{path[1..]}" : method;
            throw new ArgumentException($"{at}: {error.Message} Known settings: {string.Join(", ", Keys(defaults))}.", nameof(section), error);
        }

        var errors = settings.Validate();
        return errors.IsEmpty ? settings : throw new ArgumentException(string.Join('\n', errors), nameof(section));
    }

    private static IEnumerable<string> Keys(MethodSettings defaults) => Write(defaults).Select(p => p.Key).Where(k => k != MethodKey);
}
