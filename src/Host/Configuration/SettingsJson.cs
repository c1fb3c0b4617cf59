using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Host.Configuration;

/// <summary>Settings as JSON in the shape of a configuration, and back.</summary>
internal static class SettingsJson
{
    private const string Recipe = "recipe";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new DurationConverter() },
    };

    public static string Write(Settings settings) => CanonicalJson.Write(Tree(settings));

    /// <summary>
    /// The records from values that the binder has checked: <paramref name="method"/> is the chosen method's, read from its own section.
    /// </summary>
    public static Settings Read(JsonObject values, MethodSettings method)
    {
        var tree = values.DeepClone().AsObject();
        foreach (var other in SearchMethods.All)
        {
            tree.Remove(other.Name);
        }

        // The records keep a recipe apart from what stands beside it in the configuration.
        foreach (var (_, node) in tree["training"]!.AsObject().Where(p => p.Value is JsonObject))
        {
            var section = node!.AsObject();
            var recipe = new JsonObject();
            foreach (var key in section.Select(p => p.Key).Where(RecipeKeys.Contains).ToList())
            {
                section.Remove(key, out var value);
                recipe.Add(key, value);
            }

            section.Add(Recipe, recipe);
        }

        return tree.Deserialize<Settings>(Options)! with { Method = method };
    }

    /// <summary>A method's settings from its own section; ranges are still to be checked.</summary>
    public static MethodSettings ReadMethod(string name, JsonObject section) =>
        (MethodSettings)section.Deserialize(SearchMethods.Named(name).Defaults.GetType(), Options)!;

    public static string Identity(Settings settings) => CanonicalJson.Write(new JsonObject(
        Deciding(settings).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))));

    public static ImmutableArray<SettingDifference> Differences(Settings old, Settings changed)
    {
        var before = Deciding(old).ToDictionary(p => p.Key, p => CanonicalJson.Write(p.Value));
        var after = Deciding(changed).ToDictionary(p => p.Key, p => CanonicalJson.Write(p.Value));
        return
        [
            .. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
                .Select(k => new SettingDifference(k, before.GetValueOrDefault(k), after.GetValueOrDefault(k)))
                .Where(d => d.Old != d.New),
        ];
    }

    private static readonly ImmutableHashSet<string> RecipeKeys =
        [.. typeof(Nn.Training.Recipe).GetProperties().Where(p => p.CanWrite).Select(p => SettingsSchema.Kebab(p.Name))];

    private static JsonObject Tree(Settings settings)
    {
        var tree = JsonSerializer.SerializeToNode(settings, Options)!.AsObject();
        foreach (var (_, node) in tree["training"]!.AsObject().Where(p => p.Value is JsonObject))
        {
            var section = node!.AsObject();
            section.Remove(Recipe, out var recipe);
            foreach (var (key, value) in recipe!.AsObject())
            {
                section.Add(key, value?.DeepClone());
            }
        }

        // Beside its settings a method's record has figures that follow from them: the schema knows which is which.
        var prefix = settings.Method.Method;
        var method = JsonSerializer.SerializeToNode(settings.Method, settings.Method.GetType(), Options)!.AsObject();
        tree.Add(prefix, new JsonObject(method.Where(p => SettingsSchema.All.ContainsKey($"{prefix}.{p.Key}"))
            .Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))));
        return tree;
    }

    private static IEnumerable<(string Key, JsonNode Value)> Deciding(Settings settings)
    {
        foreach (var (key, value) in Flat(Tree(settings), ""))
        {
            if (!SettingsSchema.All[key].DecidesResults || (key.StartsWith("data.shapes.", StringComparison.Ordinal) && settings.Data.Name != "shapes"))
            {
                continue;
            }

            // Where the file lies is the machine's affair; what it holds is part of the jobs' keys.
            yield return key is "network.weights" or "network.file" ? (key, JsonValue.Create(Path.GetFileName(value.GetValue<string>()))) : (key, value);
        }
    }

    private static IEnumerable<(string Key, JsonNode Value)> Flat(JsonObject tree, string prefix) => tree.SelectMany(p => p.Value is JsonObject inner
        ? Flat(inner, $"{prefix}{p.Key}.")
        : [(prefix + p.Key, p.Value!.DeepClone())]);
}
