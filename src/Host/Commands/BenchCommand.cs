using System.CommandLine;
using System.Text.Json;
using ActorPrune.Host.Application;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Commands;

/// <summary>bench evaluate: candidates an hour on this machine. bench smoea: what sub-networks cost beside whole networks.</summary>
internal static class BenchCommand
{
    private const int DefaultCandidates = 16;
    private const int DefaultSubNetworks = 4;

    public static Command Create()
    {
        var candidates = CommonOptions.Count("--candidates", "How many to evaluate (default: 16)", 1_000_000);
        var (evaluators, json) = (CommonOptions.Evaluators("one a core"), CommonOptions.Json());
        var evaluate = new Command("evaluate", "Time the standard candidate: ResNet-20, 20 steps of 128 images, validation on 2,000")
        {
            candidates, evaluators, json
        };
        evaluate.SetAction(parsed => Interruption.Guard(() =>
        {
            var figures = StandardCandidate.Measure(
                parsed.GetValue(candidates) ?? DefaultCandidates,
                parsed.GetValue(evaluators) ?? Environment.ProcessorCount,
                Environment.GetEnvironmentVariable("ACTORPRUNE_DATA") ?? string.Empty);
            Console.Out.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(figures, JsonSerializerOptions.Web)
                : $"{figures.CandidatesPerHour:F0} candidates an hour, {figures.SecondsPerCandidate:F2} s a candidate on each of "
                    + $"{Wording.Plural(figures.Evaluators, "evaluator")} ({figures.Precision}), "
                    + $"{figures.OutsideLibtorchShare:P2} of their time outside libtorch; {figures.Machine}");
            return ExitCodes.Done;
        }));
        return new Command("bench", "Measure this machine") { evaluate, Smoea() };
    }

    private static Command Smoea()
    {
        var candidates = CommonOptions.Count("--candidates", "Sub-networks to time for each part (default: 4)", 10_000);
        var json = CommonOptions.Json();
        var smoea = new Command("smoea", "Time sub-network evaluations on VGG-14 beside the whole network; some minutes") { candidates,
            json };
        smoea.SetAction(parsed => Interruption.Guard(() =>
        {
            var figures = SubNetworkBenchmark.Measure(parsed.GetValue(candidates) ?? DefaultSubNetworks);
            Console.Out.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new
                {
                    figures.SubNetworkSeconds, figures.ForwardSeconds, figures.EvaluationSeconds, figures.ForwardRatio,
                        figures.EvaluationRatio,
                    figures.Images, figures.Parts, figures.Machine, figures.Precision,
                }, JsonSerializerOptions.Web)
                : figures.Table.Plain());
            return ExitCodes.Done;
        }));
        return smoea;
    }
}
