using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Comparison;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Tests.Comparison;

/// <summary>Hand-made comparisons with round figures.</summary>
internal static class Comparisons
{
    public static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 0, TimeSpan.Zero);

    /// <summary>A search ahead of random on average, random, and uniform pruning that is better at 50 % and reaches no 70 %.</summary>
    public static ComparisonResult Small { get; } = Of(
        Method("nsga2", MethodKind.Search, Run(1, 0.70, (0.5, 0.13), (0.7, 0.21)), Run(2, 0.60, (0.5, 0.15), (0.7, 0.23))),
        Method("random", MethodKind.Random, Run(1, 0.50, (0.5, 0.20)), Run(2, 0.64, (0.5, 0.22), (0.7, 0.30))),
        Method("magnitude", MethodKind.Uniform, Run(1, 0.55, (0.5, 0.12)), Run(2, 0.55, (0.5, 0.12))));

    public static ComparisonResult Of(params MethodResult[] methods) => new()
    {
        Name = "small",
        Budget = 60,
        Seeds = [1, 2],
        At = [0.5, 0.7],
        Reference = new ReferencePoint(0.9, 1),
        Base = ComparedBase.Of([new OriginFigures(0.1, 0.09, 0.11, 1_000_000, 5000, null)]),
        Methods = [.. methods],
        Conditions = [("network", "resnet8, width 0.5"), ("data", "only 10,000 training images | all classes")],
        Notes = ["pruning.channels is \"none\" for nsga2, random."],
        Provenance = new Provenance(
            "Some CPU, 2 cores", "0123abcd", "0.1.0", "2.4.0", "./actorprune compare a.conf --budget 60", Now, 7300),
        Subject = "resnet8 on shapes",
    };

    public static MethodResult Method(string label, MethodKind kind, params ComparedRun[] runs) =>
        new(label, $"{label}.conf", kind, 60, [.. runs]);

    public static ComparedRun Run(long seed, double? hypervolume, params (double Target, double Error)[] at) => new(
        seed,
        $"small-x-s{seed}",
        new EvaluationCounts(60, 50, 9, 1, 51),
        hypervolume,
        hypervolume is null ? [] : [new FrontPoint(0.1, 0.9), new FrontPoint(0.3, 0.4)],
        hypervolume is { } last ? [new ProgressPoint(20, last / 2), new ProgressPoint(60, last)] : [],
        [.. at.Select(a => new ReTrained(a.Target, a.Target + 0.02, Math.Round(a.Error + 0.1, 4), a.Error, Math.Round(a.Error - 0.01, 4)))],
        360,
        1800,
        hypervolume is null ? "no candidate could be evaluated" : null);
}
