using System.CommandLine;
using System.Text.Json;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Commands;

/// <summary>bench evaluate: candidates an hour on this machine.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var candidates = new Option<int>("--candidates") { Description = "How many to evaluate", HelpName = "N", DefaultValueFactory = _ => 16 };
        candidates.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var n) && n is < 1 or > 1_000_000)
            {
                result.AddError($"--candidates must be from 1 to 1000000, not {n}.");
            }
        });
        var (evaluators, json) = (CommonOptions.Evaluators(), CommonOptions.Json());
        var evaluate = new Command("evaluate", "Time the standard candidate: ResNet-20, 20 steps of 128 images, validation on 2,000") { candidates, evaluators, json };
        evaluate.SetAction(parsed => Interruption.Guard(() =>
        {
            var figures = StandardCandidate.Measure(
                parsed.GetValue(candidates),
                parsed.GetValue(evaluators) ?? Environment.ProcessorCount,
                Environment.GetEnvironmentVariable("ACTORPRUNE_DATA") ?? string.Empty);
            Console.Out.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(figures, JsonSerializerOptions.Web)
                : $"{figures.CandidatesPerHour:F0} candidates an hour, {figures.SecondsPerCandidate:F2} s a candidate on each of {figures.Evaluators} evaluators ({figures.Precision}), "
                    + $"{figures.OutsideLibtorchShare:P2} of their time outside libtorch; {figures.Machine}");
            return ExitCodes.Done;
        }));
        return new Command("bench", "Measure this machine") { evaluate };
    }
}
