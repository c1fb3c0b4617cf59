using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>Checks a resolved configuration against the schema and makes JSON of it that the settings' records are read from.</summary>
internal sealed class SettingsBinder
{
    private readonly ImmutableArray<ConfigurationError>.Builder errors = ImmutableArray.CreateBuilder<ConfigurationError>();
    private readonly Dictionary<string, Origin> origins = new(StringComparer.Ordinal);
    private readonly JsonObject values = [];

    /// <summary>The values as nested JSON in the configuration's own keys, and where each was written.</summary>
    /// <exception cref="ConfigurationException">Unknown keys, wrong types, values out of range: all of them.</exception>
    public static (JsonObject Values, ImmutableDictionary<string, Origin> Origins) Bind(HoconObject root)
    {
        var binder = new SettingsBinder();
        binder.Section(root, "", binder.values);
        if (binder.errors.Count == 0)
        {
            binder.RequireAll(root);
        }

        return binder.errors.Count == 0
            ? (binder.values, binder.origins.ToImmutableDictionary(StringComparer.Ordinal))
            : throw new ConfigurationException(binder.errors.ToImmutable());
    }

    private void Section(HoconObject section, string prefix, JsonObject target)
    {
        foreach (var field in section.Fields)
        {
            var key = prefix + field.Name;
            if (field.Name.Contains('.', StringComparison.Ordinal) && (SettingsSchema.All.ContainsKey(key) || SettingsSchema.Sections.Contains(key)))
            {
                errors.Add(new ConfigurationError(field.Origin, key, "unknown key: in quotes its dots are part of one name; write it without quotes"));
            }
            else if (SettingsSchema.All.TryGetValue(key, out var setting))
            {
                origins[key] = field.Value.Origin;
                Leaf(field, setting, target);
            }
            else if (!SettingsSchema.Sections.Contains(key))
            {
                var nearest = NearestKey.To(key, SettingsSchema.All.Keys.Concat(SettingsSchema.Sections));
                errors.Add(new ConfigurationError(field.Origin, key, $"unknown key; the nearest known one is '{nearest}'"));
            }
            else if (field.Value is HoconObject inner)
            {
                var nested = new JsonObject();
                target.Add(field.Name, nested);
                Section(inner, key + ".", nested);
            }
            else
            {
                errors.Add(new ConfigurationError(field.Value.Origin, key, $"expected an object with keys, found {field.Value.Description}"));
            }
        }
    }

    private void Leaf(HoconField field, Setting setting, JsonObject target)
    {
        if (setting.Kind.Read(field.Value) is { } value)
        {
            target.Add(field.Name, value);
            return;
        }

        // The element that is wrong may stand lines below the key.
        var wrong = setting.Kind is SettingKind.List list && field.Value is HoconArray array
            ? array.Elements.FirstOrDefault(e => list.Element.Read(e) is null)
            : null;
        var found = wrong is not null ? $"{wrong.Description} in the array"
            : field.Value is HoconArray { Elements.Length: var length } ? $"an array of {length}"
            : field.Value.Description;
        errors.Add(new ConfigurationError((wrong ?? field.Value).Origin, setting.Key, $"expected {setting.Kind.Expected}, found {found}"));
    }

    private void RequireAll(HoconObject root)
    {
        foreach (var key in SettingsSchema.All.Keys.Where(k => !origins.ContainsKey(k)))
        {
            errors.Add(new ConfigurationError(root.Origin, key, "has no value: reference.conf, which holds the defaults, must name every key"));
        }
    }
}
