using System.CommandLine;
using System.Text.Json;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Commands;

/// <summary>run: starts an experiment, or goes on with it, here.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var conf = new Argument<string>("CONF")
        {
            Description = "Configuration file (hocon/*.conf; every key is explained in hocon/reference.conf)",
        };
        var name = CommonOptions.NewName();
        var set = new Option<string[]>("--set") { Description = "Overrides a key of the configuration; may be repeated", HelpName = "key=value" };
        var (home, database, evaluators) = (CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Evaluators());
        var command = new Command("run", "Start an experiment, or go on with it") { conf, name, set, home, database, evaluators };
        command.SetAction(parsed => Interruption.Handle(async interruption =>
        {
            using var console = ConsoleOutput.Standard();
            var file = parsed.GetValue(conf)!;
            console.Line($"ActorPrune {Engine.Version}: {file}");
            string[] overrides = [.. parsed.GetValue(set) ?? [], .. Naming(parsed.GetValue(name))];
            var settings = WithFullPath(SettingsReader.Standard.Load(file, overrides));
            var data = new DataSetCache();
            var root = DataRoot.Of(settings.Data.Path, Workplace.HomeOf(parsed.GetValue(home)));
            var (definition, weights) = Preparation.Of(settings, data, root, console.Line);
            var interrupted = interruption.Begin();
            using var workplace = parsed.Open(home, database);
            var images = data.Get(definition.Data.Name, Preparation.OptionsOf(definition.Data, root, settings.Data.Memory));
            var beginning = Beginning.Here(Typed(file, parsed.GetValue(name), parsed.GetValue(set) ?? []), ImageNotes.Of(images));
            Begin(workplace, new StoredConfiguration(settings, definition, beginning), weights, console);
            var session = new ExperimentSession(workplace, settings.Experiment.Name, new SessionOptions
            {
                Data = data,
                Evaluators = parsed.GetValue(evaluators),
                StoreArguments = parsed.StoreArguments(home, database),
                Console = console,
            });
            return await session.RunAsync(interrupted).ConfigureAwait(false);
        }));
        return command;
    }

    private static string[] Naming(string? name) => name is null ? [] : [$"experiment.name={JsonSerializer.Serialize(name)}"];

    /// <summary>Somebody may go on with it from another directory.</summary>
    internal static Settings WithFullPath(Settings settings) => settings.Data.Path.Length == 0
        ? settings
        : settings with { Data = settings.Data with { Path = Path.GetFullPath(settings.Data.Path) } };

    /// <summary>The command without what only this machine knows: home, journal, number of evaluators.</summary>
    private static string Typed(string file, string? name, IEnumerable<string> set) =>
        $"./actorprune run {ShellText.Quoted(file)}{ShellText.Option("--name", name)}{string.Concat(set.Select(s => ShellText.Option("--set", s)))}";

    internal static void Begin(Workplace workplace, StoredConfiguration configuration, byte[]? weights, ConsoleOutput console)
    {
        var name = configuration.Settings.Experiment.Name;
        if (weights is not null)
        {
            workplace.Artifacts.Put(weights);
        }

        if (workplace.Journal.TryCreate(
            name, configuration.ToJson(), Engine.Version, new OutgoingMessage(Addresses.Experiment(name), MessageKinds.Start, string.Empty)))
        {
            console.Line($"Experiment {name}: {configuration.Definition.Method.Method} on {configuration.Definition.Network.Name}, "
                + $"{configuration.Definition.Data.Name}, in {workplace.Home}");
            return;
        }

        Refuse(configuration, workplace.Find(name));
        Continuation.Resume(workplace, name, console);
    }

    /// <summary>The same name must mean the same experiment.</summary>
    internal static void Refuse(StoredConfiguration configuration, Experiment existing)
    {
        var stored = StoredConfiguration.Parse(existing.Configuration);
        var differences = stored.Settings.DifferencesTo(configuration.Settings).Select(d => d.ToString()).ToList();
        if (stored.Definition.ToJson() != configuration.Definition.ToJson() && differences.Count == 0)
        {
            differences.Add(
                $"the data set's content, or what this machine can compute: {Resolved(stored.Definition)} → {Resolved(configuration.Definition)}");
        }

        if (differences.Count > 0)
        {
            throw new CommandException(
                $"The name '{existing.Name}' is taken by another configuration, which differs in:\n  {string.Join("\n  ", differences)}\n"
                + "Choose another name (--name), or delete the old experiment (actorprune delete).",
                ExitCodes.BadInput);
        }
    }

    private static string Resolved(StudyDefinition definition) => $"{definition.Data.Hash[..12]}/{definition.Precision}/{definition.Device}";
}
