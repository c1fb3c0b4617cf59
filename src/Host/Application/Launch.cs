using System.Text.Json;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>An experiment that is ready to be begun: <c>run</c> works on it here, <c>submit</c> leaves it to the nodes.</summary>
/// <param name="Configuration">What the journal keeps.</param>
/// <param name="Weights">The base's weights file, if one was given.</param>
/// <param name="Data">Holds the images.</param>
public sealed record Launch(StoredConfiguration Configuration, byte[]? Weights, DataSetCache Data)
{
    public string Name => Configuration.Settings.Experiment.Name;

    /// <summary>Reads and checks everything, before anything is written.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="name">Name of the experiment; null = as the configuration says.</param>
    /// <param name="set">Overrides, "key=value".</param>
    /// <param name="home">Where data sets are looked for that the configuration does not place.</param>
    /// <param name="tell">Is told what was left out of the data set.</param>
    /// <exception cref="ConfigurationException">Everything that is wrong, with file, line, key and what was expected.</exception>
    public static Launch Prepare(string file, string? name, string[] set, string home, Action<string> tell)
    {
        var settings = SettingsReader.Standard.Load(file, [.. set, .. Naming(name)]);
        return Of(settings, Typed(file, name, set), Workplace.Images(home), home, tell);
    }

    /// <summary>As <see cref="Prepare"/>, for settings that were read.</summary>
    /// <param name="settings">Of one experiment.</param>
    /// <param name="command">What begins it again.</param>
    /// <param name="data">Holds the images afterwards.</param>
    /// <param name="home">Where data sets are looked for that the configuration does not place.</param>
    /// <param name="tell">Is told what was left out of the data set; null = nobody is.</param>
    /// <exception cref="ConfigurationException">Everything that is wrong, with file, line, key and what was expected.</exception>
    public static Launch Of(Settings settings, string command, DataSetCache data, string home, Action<string>? tell)
    {
        settings = WithFullPath(settings);
        var root = DataRoot.Of(settings.Data.Path, home);
        var (definition, weights) = Preparation.Of(settings, data, root, tell);
        var images = data.Get(definition.Data.Name, Preparation.OptionsOf(definition.Data, root, settings.Data.Memory));
        return new Launch(new StoredConfiguration(settings, definition, Beginning.Here(command, ImageNotes.Of(images))), weights, data);
    }

    /// <summary>Creates the experiment, or sets the one of the same name and configuration running again.</summary>
    /// <exception cref="CommandException">The name is taken by another configuration, or it cannot go on.</exception>
    public void Begin(Workplace workplace, ConsoleOutput console)
    {
        PutWeights(workplace);
        if (workplace.Journal.TryCreate(
            Name, Configuration.ToJson(), Engine.Version, new OutgoingMessage(Addresses.Experiment(Name), MessageKinds.Start, string.Empty)))
        {
            // Again: until the experiment named them, a cleaning of the store could take them away.
            PutWeights(workplace);
            console.Line($"Experiment {Name}: {Configuration.Definition.Method.Method} on {Configuration.Definition.Network.Name}, "
                + $"{Configuration.Definition.Data.Name}, in {workplace.Place}");
            if (Configuration.Definition.Method is EvoFcSettings { Inheritance: InheritanceKind.None })
            {
                console.Line("evofc.inheritance = none: each candidate is trained from random weights, so the criterion gene has no effect on what comes out");
            }

            return;
        }

        Refuse(workplace.Find(Name));
        Continuation.Resume(workplace, Name, console);
    }

    private void PutWeights(Workplace workplace)
    {
        if (Weights is not null)
        {
            workplace.Artifacts.Put(Weights);
        }
    }

    private static string[] Naming(string? name) => name is null ? [] : [$"experiment.name={JsonSerializer.Serialize(name)}"];

    /// <summary>Somebody may go on with it from another directory.</summary>
    private static Settings WithFullPath(Settings settings) => settings.Data.Path.Length == 0
        ? settings
        : settings with { Data = settings.Data with { Path = Path.GetFullPath(settings.Data.Path) } };

    /// <summary>The command without what only this machine knows: home, journal, number of evaluators.</summary>
    private static string Typed(string file, string? name, IEnumerable<string> set) =>
        $"./actorprune run {ShellText.Quoted(file)}{ShellText.Option("--name", name)}{string.Concat(set.Select(s => ShellText.Option("--set", s)))}";

    /// <summary>The same name must mean the same experiment.</summary>
    /// <exception cref="CommandException">It does not.</exception>
    public void Refuse(Experiment existing)
    {
        var stored = StoredConfiguration.Parse(existing.Configuration);
        var differences = stored.Settings.DifferencesTo(Configuration.Settings).Select(d => d.ToString()).ToList();
        if (stored.Definition.ToJson() != Configuration.Definition.ToJson() && differences.Count == 0)
        {
            differences.AddRange(Differences(stored.Definition, Configuration.Definition).DefaultIfEmpty("what this version makes of the same settings"));
        }

        if (differences.Count > 0)
        {
            throw new CommandException(
                $"The name '{existing.Name}' is taken by another configuration, which differs in:\n  {string.Join("\n  ", differences)}\n"
                + "Choose another name (--name), or delete the old experiment (actorprune delete).",
                ExitCodes.BadInput);
        }
    }

    /// <summary>What the same settings were resolved to: contents of files, and what a machine can compute.</summary>
    private static IEnumerable<string> Differences(StudyDefinition old, StudyDefinition now)
    {
        (string What, string? Old, string? Now)[] resolved =
        [
            ("network.file (content)", Short(old.Network.File), Short(now.Network.File)),
            ("network.weights (content)", Short(old.Base.Weights), Short(now.Base.Weights)),
            ("data (content)", Short(old.Data.Hash), Short(now.Data.Hash)),
            ("precision of this machine", old.Precision, now.Precision),
            ("device of this machine", old.Device, now.Device),
        ];
        return resolved.Where(r => r.Old != r.Now).Select(r => new SettingDifference(r.What, r.Old, r.Now).ToString());

        static string? Short(string? hash) => hash?[..12];
    }
}
