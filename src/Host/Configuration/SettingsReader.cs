using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>Reads configurations over the defaults of a reference.conf.</summary>
/// <param name="reference">The defaults.</param>
/// <param name="environment">For substitutions; null for the process's own.</param>
public sealed class SettingsReader(HoconDocument reference, Func<string, string?>? environment = null)
{
    private static readonly Lazy<SettingsReader> Shared = new(() => new SettingsReader(HoconDocument.Load(ReferencePath)));

    /// <summary>The folder of configurations beside the program: reference.conf and the ready experiments.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "hocon");

    /// <summary>The file that holds every key with its default.</summary>
    public static string ReferencePath => Path.Combine(Folder, "reference.conf");

    /// <summary>Over the reference.conf beside the program.</summary>
    /// <exception cref="ConfigurationException">It is missing or damaged.</exception>
    public static SettingsReader Standard => Shared.Value;

    /// <summary>Reads a user's file.</summary>
    /// <param name="path">The file; its name without ".conf" is the experiment's unless experiment.name says otherwise.</param>
    /// <param name="overrides">"key=value", each on top of those before.</param>
    /// <exception cref="ConfigurationException">Everything that is wrong, with file, line, key and what was expected.</exception>
    public Settings Load(string path, params IEnumerable<string> overrides)
    {
        var name = Path.GetFileName(path);
        name = name.EndsWith(".conf", StringComparison.OrdinalIgnoreCase) ? name[..^".conf".Length] : name;
        return Read(HoconDocument.Load(path), name, path, overrides);
    }

    /// <summary>Reads a text as if it were a file.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="source">What errors call it.</param>
    /// <param name="name">The experiment's name unless the text says otherwise.</param>
    /// <param name="overrides">"key=value", each on top of those before.</param>
    /// <exception cref="ConfigurationException">See <see cref="Load"/>.</exception>
    public Settings Parse(string text, string source, string name, params IEnumerable<string> overrides) =>
        Read(HoconDocument.Parse(text, source), name, source, overrides);

    /// <summary>Reads <see cref="Settings.ToJson"/>.</summary>
    /// <exception cref="ConfigurationException">See <see cref="Settings.FromJson"/>.</exception>
    public Settings Stored(string json) =>
        Bind(HoconDocument.Parse(json, "the stored settings").Over(reference)) with { Origins = ImmutableDictionary<string, Origin>.Empty };

    private Settings Read(HoconDocument document, string name, string source, IEnumerable<string> overrides)
    {
        var named = HoconDocument.Of(
            ["experiment", "name"], name, $"{source} (its name is the experiment's, unless --name or experiment.name gives another)");
        return Bind(overrides.Select(HoconDocument.Override).Aggregate(document.Over(named.Over(reference)), (below, set) => set.Over(below)));
    }

    private Settings Bind(HoconDocument document)
    {
        var (values, origins) = SettingsBinder.Bind(document.Resolve(environment));
        var settings = SettingsJson.Read(values, Method(values, origins)) with { Origins = origins };
        var errors = SettingsChecks.Of(settings).ToImmutableArray();
        return errors.IsEmpty ? settings : throw new ConfigurationException(errors);
    }

    private static MethodSettings Method(JsonObject values, ImmutableDictionary<string, Origin> origins)
    {
        var name = values["search"]!["method"]!.GetValue<string>();
        var method = SettingsJson.ReadMethod(name, values[name]!.AsObject());
        var errors = method.Validate();
        return errors.IsEmpty ? method : throw new ConfigurationException([.. errors.Select(line => MethodError(line, origins))]);
    }

    /// <summary>A method says "cemba.epochs must be …": the key, and what was expected of it.</summary>
    private static ConfigurationError MethodError(string line, ImmutableDictionary<string, Origin> origins)
    {
        var key = line.Split(' ', ':')[0];
        return origins.TryGetValue(key, out var origin)
            ? new ConfigurationError(origin, key, line[key.Length..].TrimStart(' ', ':'))
            : new ConfigurationError(origins.GetValueOrDefault("search.method"), "search.method", line);
    }
}
