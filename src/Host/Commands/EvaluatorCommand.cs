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
        var data = new Option<string[]>(EvaluatorProgram.Data) { Required = true, HelpName = "DIR" };
        var home = new Option<string>(EvaluatorProgram.Home) { Required = true, HelpName = "DIR" };
        var memory = new Option<double>(EvaluatorProgram.Memory) { Required = true, HelpName = "GIB" };
        var command = new Command(EvaluatorProgram.Command, "Compute jobs from standard input, for another process of ActorPrune")
        {
            home, data, memory,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var cache = Workplace.Images(parsed.GetValue(home)!);
            using var environment = new EvaluatorEnvironment(cache, new EvaluatorOptions
            {
                DataOptions = spec => Place(spec, cache, [.. parsed.GetValue(data)!.Select(d => Preparation.OptionsOf(spec, d, parsed.GetValue(memory)))]),
            });
            return EvaluatorChild.Serve(() => new TorchEvaluator(environment));
        });
        return command;
    }

    /// <summary>
    /// The first folder that holds the wanted content; the last one, whose error then tells what is missing, where none does.
    /// </summary>
    private static DataSetOptions Place(DataSpec spec, DataSetCache cache, DataSetOptions[] folders) =>
        folders[..^1].FirstOrDefault(f => Holds(spec, cache, f)) ?? folders[^1];

    private static bool Holds(DataSpec spec, DataSetCache cache, DataSetOptions folder)
    {
        try
        {
            return cache.Get(spec.Name, folder).Hash == spec.Hash;
        }
        catch (DataException)
        {
            return false;
        }
    }
}
