using System.CommandLine;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Commands;

/// <summary>run: starts an experiment, or goes on with it, here.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var conf = new Argument<string>("CONF") { Description = "Configuration file (hocon/*.conf; every key is explained in hocon/reference.conf)" };
        var name = new Option<string?>("--name") { Description = "Name of the experiment (default: the file's name)", HelpName = "NAME" };
        var set = new Option<string[]>("--set") { Description = "Overrides a key of the configuration; may be repeated", HelpName = "key=value" };
        var (home, database, evaluators) = (CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Evaluators());
        var command = new Command("run", "Start an experiment, or go on with it") { conf, name, set, home, database, evaluators };
        command.SetAction(parsed => Interruption.Handle(async interrupted =>
        {
            var console = ConsoleOutput.Standard();
            console.Line($"ActorPrune {Engine.Version}: {parsed.GetValue(conf)}");
            var settings = Named(SettingsReader.Standard.Load(parsed.GetValue(conf)!, parsed.GetValue(set) ?? []), parsed.GetValue(name));
            var data = new DataSetCache();
            var (definition, weights) = Preparation.Of(settings, data);
            using var workplace = parsed.Open(home, database);
            Begin(workplace, new StoredConfiguration(settings, definition), weights, console);
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

    private static Settings Named(Settings settings, string? name) =>
        name is null ? settings : settings with { Experiment = settings.Experiment with { Name = name } };

    private static void Begin(Workplace workplace, StoredConfiguration configuration, byte[]? weights, ConsoleOutput console)
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
    private static void Refuse(StoredConfiguration configuration, Experiment existing)
    {
        var stored = StoredConfiguration.Parse(existing.Configuration);
        var differences = stored.Settings.DifferencesTo(configuration.Settings).Select(d => d.ToString()).ToList();
        if (stored.Definition.ToJson() != configuration.Definition.ToJson() && differences.Count == 0)
        {
            differences.Add($"the data set's content, or what this machine can compute: {stored.Definition.Data.Hash[..12]}/{stored.Definition.Precision}/{stored.Definition.Device}"
                + $" → {configuration.Definition.Data.Hash[..12]}/{configuration.Definition.Precision}/{configuration.Definition.Device}");
        }

        if (differences.Count > 0)
        {
            throw new CommandException(
                $"The name '{existing.Name}' is taken by another configuration, which differs in:\n  {string.Join("\n  ", differences)}\n"
                + "Choose another name (--name), or delete the old experiment (actorprune delete).",
                ExitCodes.BadInput);
        }
    }
}
