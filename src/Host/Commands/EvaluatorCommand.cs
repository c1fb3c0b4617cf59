using System.CommandLine;
using ActorPrune.Actors.Evaluation.Isolation;
using ActorPrune.Host.Application;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Commands;

/// <summary>
/// evaluator: computes jobs that come through standard input, for a process of ActorPrune that does not trust them with its life. People
/// do not start it.
/// </summary>
internal static class EvaluatorCommand
{
    public static Command Create()
    {
        var data = new Option<string>(EvaluatorProgram.Data) { Required = true, HelpName = "DIR" };
        var memory = new Option<double>(EvaluatorProgram.Memory) { Required = true, HelpName = "GIB" };
        var interval = new Option<double>(EvaluatorProgram.CheckpointInterval) { Required = true, HelpName = "SECONDS" };
        var command = new Command(EvaluatorProgram.Command, "Compute jobs from standard input, for another process of ActorPrune")
        {
            data, memory, interval,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var environment = new EvaluatorEnvironment(new DataSetCache(), new EvaluatorOptions
            {
                DataOptions = spec => Preparation.OptionsOf(spec, parsed.GetValue(data)!, parsed.GetValue(memory)),
                CheckpointInterval = TimeSpan.FromSeconds(parsed.GetValue(interval)),
            });
            return EvaluatorChild.Serve(() => new TorchEvaluator(environment));
        });
        return command;
    }
}
