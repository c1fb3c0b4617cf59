using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Searches;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Nn.Training;

namespace ActorPrune.Host.Configuration;

/// <summary>One key that a configuration can have.</summary>
/// <param name="Key">Full path: "training.base.epochs".</param>
/// <param name="Kind">What its value can be.</param>
/// <param name="DecidesResults">False for what only says how or where an experiment is computed.</param>
internal sealed record Setting(string Key, SettingKind Kind, bool DecidesResults);

/// <summary>
/// All keys, taken from the records that hold the settings: what a property is called, its type and its attributes are the schema, so that
/// neither can be changed without the other. Ranges of a search method's settings are the method's own (<c>MethodSettings.Validate</c>).
/// </summary>
internal static class SettingsSchema
{
    /// <summary>Ranges of <see cref="Recipe"/>, which belongs to the networks and knows no configurations.</summary>
    private static readonly ImmutableDictionary<string, SettingKind> RecipeKinds = new Dictionary<string, SettingKind>
    {
        [nameof(Recipe.Epochs)] = new SettingKind.Real(0, 10_000),
        [nameof(Recipe.Steps)] = new SettingKind.Whole(0, 100_000_000),
        [nameof(Recipe.Batch)] = new SettingKind.Whole(1, 65_536),
        [nameof(Recipe.LearningRate)] = new SettingKind.Real(0, 100),
        [nameof(Recipe.Momentum)] = new SettingKind.Real(0, 0.9999),
        [nameof(Recipe.WeightDecay)] = new SettingKind.Real(0, 1),
        [nameof(Recipe.Milestones)] = new SettingKind.List(new SettingKind.Real(0, 1), 0, 100),
        [nameof(Recipe.Gamma)] = new SettingKind.Real(0, 1),
        [nameof(Recipe.Warmup)] = new SettingKind.Real(0, 1),
        [nameof(Recipe.LabelSmoothing)] = new SettingKind.Real(0, 0.9),
        [nameof(Recipe.Distillation)] = new SettingKind.Real(0, 1),
        [nameof(Recipe.DistillationTemperature)] = new SettingKind.Real(0.1, 100),
        [nameof(Recipe.Crop)] = new SettingKind.Whole(0, 64),
        [nameof(Recipe.ResizedCrop)] = new SettingKind.Real(0, 1),
        [nameof(Recipe.Cutout)] = new SettingKind.Whole(0, 256),
        [nameof(Recipe.Recalibration)] = new SettingKind.Whole(0, 10_000_000),
    }.ToImmutableDictionary();

    /// <summary>Keys by their full path.</summary>
    public static ImmutableSortedDictionary<string, Setting> All { get; } =
        Of(typeof(Settings), "", true)
            .Concat(SearchMethods.All.SelectMany(m => Of(m.Defaults.GetType(), m.Name + ".", true)))
            .ToImmutableSortedDictionary(s => s.Key, s => s, StringComparer.Ordinal);

    /// <summary>Paths of objects that hold keys: "training", "training.base".</summary>
    public static ImmutableSortedSet<string> Sections { get; } = All.Keys
        .SelectMany(k => k.Select((c, i) => c == '.' ? k[..i] : "").Where(s => s.Length > 0))
        .ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>A property's or a member's name as configurations write it.</summary>
    public static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static IEnumerable<Setting> Of(Type type, string prefix, bool decides)
    {
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always }))
        {
            var key = prefix + Kebab(property.Name);
            var decidesHere = decides && property.GetCustomAttribute<OperationalAttribute>() is null;
            if (property.PropertyType == typeof(Recipe))
            {
                foreach (var setting in Of(typeof(Recipe), prefix, decidesHere))
                {
                    yield return setting;
                }
            }
            else if (KindOf(property) is { } kind)
            {
                yield return new Setting(key, kind, decidesHere);
            }
            else
            {
                foreach (var setting in Of(property.PropertyType, key + ".", decidesHere))
                {
                    yield return setting;
                }
            }
        }
    }

    /// <summary>Null for a record: a section of its own.</summary>
    private static SettingKind? KindOf(PropertyInfo property)
    {
        if (property.DeclaringType == typeof(Recipe) && RecipeKinds.TryGetValue(property.Name, out var known))
        {
            return known;
        }

        if (property.DeclaringType == typeof(SearchSettings) && property.Name == nameof(SearchSettings.Method))
        {
            return new SettingKind.Choice([.. SearchMethods.All.Select(m => m.Name)]);
        }

        var type = property.PropertyType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            var count = property.GetCustomAttribute<CountAttribute>() ?? new CountAttribute(0, 1000);
            return new SettingKind.List(Single(type.GetGenericArguments()[0], property)!, count.Least, count.Most);
        }

        return Single(type, property);
    }

    private static SettingKind? Single(Type type, PropertyInfo property)
    {
        var range = property.GetCustomAttribute<BetweenAttribute>();
        if (type == typeof(int?))
        {
            return new SettingKind.WholeOrAuto(new SettingKind.Whole((long)range!.Low, (long)range.High));
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return range is null ? new SettingKind.Whole(int.MinValue, int.MaxValue) : new SettingKind.Whole((long)range.Low, UpTo(range.High));
        }

        if (type == typeof(double))
        {
            return range is null ? new SettingKind.Real(double.NegativeInfinity, double.PositiveInfinity) : new SettingKind.Real(range.Low, range.High);
        }

        if (type == typeof(TimeSpan))
        {
            var lasts = property.GetCustomAttribute<LastsAttribute>()!;
            return new SettingKind.Duration(HoconUnits.Duration(lasts.Shortest)!.Value, HoconUnits.Duration(lasts.Longest)!.Value);
        }

        if (type == typeof(string))
        {
            return property.GetCustomAttribute<OneOfAttribute>() is { } choices ? new SettingKind.Choice([.. choices.Choices])
                : property.GetCustomAttribute<NameAttribute>() is not null ? new SettingKind.Name()
                : new SettingKind.FreeText();
        }

        return type == typeof(bool) ? new SettingKind.Switch()
            : type.IsEnum ? new SettingKind.Choice([.. Enum.GetNames(type).Select(Kebab)])
            : null;
    }

    // The double that stands for the largest long is one above it.
    private static long UpTo(double high) => high >= long.MaxValue ? long.MaxValue : (long)high;
}
