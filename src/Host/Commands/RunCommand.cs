using System.CommandLine;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Commands;

/// <summary>run: starts an experiment, or goes on with it, here. submit: stores it for the nodes of a cluster.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var (conf, name, set) = (CommonOptions.Configuration(), CommonOptions.NewName(), CommonOptions.Set());
        var (home, database, evaluators) = (CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Evaluators());
        var command = new Command("run", "Start an experiment, or go on with it") { conf, name, set, home, database, evaluators };
        command.SetAction(parsed => Interruption.Handle(async interruption =>
        {
            using var console = ConsoleOutput.Standard();
            var launch = Prepare(parsed.GetValue(conf)!, parsed.GetValue(name), parsed.GetValue(set), parsed.GetValue(home), console);
            var interrupted = interruption.Begin();
            using var workplace = parsed.Open(home, database);
            workplace.ClaimRunDirectory(launch.Name);
            launch.Begin(workplace, console);
            var session = new ExperimentSession(workplace, launch.Name, new SessionOptions
            {
                Data = launch.Data,
                Evaluators = parsed.GetValue(evaluators),
                StoreArguments = parsed.StoreArguments(home, database),
                Console = console,
            });
            return await session.RunAsync(interrupted).ConfigureAwait(false);
        }));
        return command;
    }

    public static Command Submit()
    {
        var (conf, name, set) = (CommonOptions.Configuration(), CommonOptions.NewName(), CommonOptions.Set());
        var (home, database) = (CommonOptions.Home(), CommonOptions.Database());
        var command = new Command("submit", "Store an experiment; nodes work on it") { conf, name, set, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var console = ConsoleOutput.Standard();
            var launch = Prepare(parsed.GetValue(conf)!, parsed.GetValue(name), parsed.GetValue(set), parsed.GetValue(home), console);
            using var workplace = parsed.Open(home, database);
            launch.Begin(workplace, console);
            var store = parsed.StoreArguments(home, database);
            Console.Out.WriteLine($"Submitted {launch.Name}.");
            Console.Out.WriteLine($"On each machine that is to work on it:  ./actorprune node{store}");
            Console.Out.WriteLine($"How far it is:  ./actorprune show {launch.Name}{store}");
            Console.Out.WriteLine($"Who is there:  ./actorprune nodes{store}");
            Console.Out.WriteLine($"Report and networks, at the end:  ./actorprune report {launch.Name}{store}");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Launch Prepare(string file, string? name, string[]? set, string? home, ConsoleOutput console)
    {
        console.Line($"ActorPrune {Engine.Version}: {file}");
        return Launch.Prepare(file, name, set ?? [], Workplace.HomeOf(home), console.Line);
    }
}
