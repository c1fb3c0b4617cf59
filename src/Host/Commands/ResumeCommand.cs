using System.CommandLine;
using ActorPrune.Host.Application;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Commands;

/// <summary>resume: goes on with an experiment that was interrupted, stopped or failed.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var (name, home, database, evaluators) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Evaluators());
        var command = new Command("resume", "Go on with an interrupted experiment") { name, home, database, evaluators };
        command.SetAction(parsed => Interruption.Handle(async interruption =>
        {
            using var console = ConsoleOutput.Standard();
            console.Line($"ActorPrune {Engine.Version}: {parsed.GetValue(name)}");
            using var workplace = parsed.OpenExisting(home, database);
            var experiment = workplace.Find(parsed.GetValue(name)!);
            workplace.ClaimRunDirectory(experiment.Name);
            var data = Workplace.Images(workplace.Home);
            Continuation.CheckData(workplace, experiment, data);
            var interrupted = interruption.Begin();
            Continuation.Resume(workplace, experiment.Name, console);
            var session = new ExperimentSession(workplace, experiment.Name, new SessionOptions
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
}
