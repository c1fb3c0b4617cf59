using System.CommandLine;
using System.Text.Json;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Commands;

/// <summary>list, show, stop, delete, report: commands that look at a store, or change one row of it.</summary>
internal static class StoreCommands
{
    public static Command List()
    {
        var (home, database) = (CommonOptions.Home(), CommonOptions.Database());
        var command = new Command("list", "List the experiments") { home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = Workplace.OpenExisting(parsed.GetValue(home), parsed.GetValue(database));
            ListedExperiment[] found = [.. workplace?.Journal.Experiments().Select(e => Listed(workplace, e)) ?? []];
            if (found.Length == 0)
            {
                ConsoleOutput.Say(parsed.NothingThere(home, database), LogEvent.Message);
            }

            var table = ExperimentList.Table([.. found], DateTimeOffset.UtcNow);
            TerminalOutput.Write(table.Render, table.Plain);
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>One experiment that another version wrote does not hide all others.</summary>
    private static ListedExperiment Listed(Workplace workplace, Experiment experiment)
    {
        try
        {
            return ListedExperiment.Of(RunModels.Of(workplace, experiment));
        }
        catch (Exception e) when (e is JsonException or ConfigurationException)
        {
            ConsoleOutput.Say($"{experiment.Name}: its stored configuration cannot be read: {e.Message}", LogEvent.Failed);
            return ListedExperiment.Unreadable(experiment);
        }
    }

    public static Command Show()
    {
        var (name, home, database, json) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Json());
        var command = new Command("show", "Show an experiment: status, base, front, picks") { name, json, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var model = RunModels.Of(workplace, workplace.Find(parsed.GetValue(name)!));
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(ShowDocument.Write(model));
            }
            else
            {
                TerminalOutput.Write(() => ShowText.Render(model), () => ShowText.Plain(model));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    public static Command Stop()
    {
        var (name, home, database) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database());
        var command = new Command("stop", "Stop an experiment wherever it runs; resume goes on with it") { name, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var experiment = workplace.Find(parsed.GetValue(name)!);
            if (experiment.Status == ExperimentStatus.Running)
            {
                workplace.Journal.SetStatus(experiment.Name, ExperimentStatus.Stopped, "stopped by a user");
                var resume = $"./actorprune resume {experiment.Name}{parsed.StoreArguments(home, database)}";
                Console.Out.WriteLine($"Stopped {experiment.Name}. Go on with: {resume}");
            }
            else
            {
                Console.Out.WriteLine($"{experiment.Name} does not run: it is {experiment.Status.ToString().ToLowerInvariant()}.");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    public static Command Delete()
    {
        var (name, home, database) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database());
        var command = new Command("delete", "Delete an experiment; results that others may use stay") { name, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var experiment = workplace.Find(parsed.GetValue(name)!);
            Actors.Cluster.Node.ReapDead(workplace.Journal);
            if (experiment.Status == ExperimentStatus.Running && workplace.Journal.Nodes().Any(n => n.Serves(experiment.Name)))
            {
                throw new CommandException(
                    $"{experiment.Name} may be worked on: stop it first (./actorprune stop {experiment.Name}{parsed.StoreArguments(home, database)}).");
            }

            // The files first: while they are there, the experiment is, and the same command can be given again.
            Remove(workplace.RunDirectory(experiment.Name), experiment.Name);
            workplace.Journal.Delete(experiment.Name);
            Console.Out.WriteLine($"Deleted {experiment.Name}.");
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <exception cref="CommandException">It cannot be removed, or not all of it.</exception>
    private static void Remove(string directory, string experiment)
    {
        try
        {
            if (Path.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"{experiment} is not deleted: its files in '{directory}' cannot be removed: {e.Message.TrimEnd('.')}. Remove that folder, or allow "
                + "it, and delete again.");
        }
    }

    public static Command Report()
    {
        var (name, home, database) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database());
        var output = new Option<string?>("-o", "--output")
        {
            Description = "Write the report alone, to this file (default: all files of the run, into its directory in the home)",
            HelpName = "FILE.html",
        }.NotEmpty("a file");
        var command = new Command("report", "Write report, front and picks of an experiment, finished or not") { name, output, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var model = RunModels.Of(workplace, workplace.Find(parsed.GetValue(name)!));
            var file = parsed.GetValue(output);
            if (file is null)
            {
                file = RunFiles.Write(workplace, model);
            }
            else
            {
                RunDirectory.WriteFile(file, System.Text.Encoding.UTF8.GetBytes(HtmlReport.Write(model, DateTimeOffset.UtcNow)));
            }

            TerminalOutput.Written(file);
            return ExitCodes.Done;
        }));
        return command;
    }
}
