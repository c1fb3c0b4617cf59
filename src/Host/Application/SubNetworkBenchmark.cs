using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>
/// What a sub-network evaluation of smoea costs on VGG-14, part by part with smoea's defaults, beside a forward pass of the whole network
/// on the same images and beside an evaluation as searches make them (20 SGD steps on 128 images each, then validation on 2,000). One
/// thread, random weights, drawn images: only time counts. Each part's filters are pruned at random to 40-80 %, and the same genomes are
/// run all three ways.
/// </summary>
public static class SubNetworkBenchmark
{
    private const int Steps = StandardCandidate.Steps;
    private const int Batch = StandardCandidate.Batch;
    private const int ValidationImages = StandardCandidate.ValidationImages;

    /// <param name="candidates">Sub-networks, and forward passes, that are timed for each part after one that warms up; evaluations are
    /// timed once a part.</param>
    public static SubNetworkBenchmarkFigures Measure(int candidates)
    {
        var directory = Directory.CreateTempSubdirectory("actorprune-bench-");
        try
        {
            return Measure(candidates, new BenchmarkContext(new FileArtifactStore(directory.FullName)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static SubNetworkBenchmarkFigures Measure(int candidates, BenchmarkContext context)
    {
        var cache = new DataSetCache();
        var definition = Definition(cache);
        var study = new PruningStudy(definition);
        using var environment = new EvaluatorEnvironment(
            cache, new EvaluatorOptions { DataOptions = spec => Preparation.OptionsOf(spec, string.Empty) });
        using var evaluator = new TorchEvaluator(environment);
        var problem = study.Problem(evaluator.Evaluate(study.Base, context));
        var settings = (SmoeaSettings)definition.Method;
        var parts = SmoeaParts.Of(settings, problem.Space).Select((groups, part) =>
        {
            var genomes = Enumerable.Range(0, candidates + 1).Select(i => Candidate(problem.Space, groups, part, i)).ToArray();
            ImmutableArray<int> all = [.. Enumerable.Range(0, problem.Space.Groups.Length)];
            return new PartBenchmarkFigures(
                [.. groups.Select(g => problem.Space.Groups[g].Name)],
                Mean(genomes, g => problem.SubNetwork(g, new SubNetworkTask(groups, settings.Calibration))),
                Mean(genomes, g => problem.SubNetwork(g, new SubNetworkTask(all, settings.Calibration))),
                Seconds(problem.Evaluation(genomes[0])));
        }).ToImmutableArray();
        return new SubNetworkBenchmarkFigures(
            parts,
            parts.Average(p => p.SubNetworkSeconds),
            parts.Average(p => p.ForwardSeconds),
            parts.Average(p => p.EvaluationSeconds),
            settings.Calibration,
            Machine.Description,
            definition.Precision);

        double Mean(MaskGenome[] genomes, Func<MaskGenome, JobSpec> job)
        {
            // The first one also runs the network in front of the part, which later ones find. (Select and Skip together would pass over it
            // without running it.)
            Seconds(job(genomes[0]));
            return genomes.Skip(1).Average(g => Seconds(job(g)));
        }

        double Seconds(JobSpec job)
        {
            // Of the processor, not of the clock: a machine that does other work too would spoil short times more than long ones.
            var before = Environment.CpuUsage.TotalTime;
            evaluator.Evaluate(job, context);
            return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }
    }

    private static MaskGenome Candidate(SearchSpace space, ImmutableArray<int> groups, int part, int index)
    {
        var random = CounterRandom.For(1, "sub-network benchmark", part, index, "filters");
        return new MaskGenome(
            BitString.Of([.. space.Groups.SelectMany((g, i) =>
                groups.Contains(i) ? StandardCandidate.Pruned(g.Length, random) : Enumerable.Repeat(true, g.Length))]),
            null);
    }

    private static StudyDefinition Definition(DataSetCache cache)
    {
        const int Images = (Steps * Batch) + ValidationImages;
        var spec = new DataSpec("shapes", string.Empty, ValidationImages / (double)Images, 1, 0, false, new ShapesSpec(Images, 10, 1));
        return StandardCandidate.Study(
            new SmoeaSettings(),
            "vgg14",
            spec with { Hash = cache.Get(spec.Name, Preparation.OptionsOf(spec, string.Empty)).Hash },
            new PruningSpec(["*"], [], Coupled: true, 1, 1, ChannelMode.None));
    }
}

/// <summary>Processor seconds of one evaluator, means over the parts.</summary>
/// <param name="ForwardSeconds">Of the whole network on the same images.</param>
/// <param name="EvaluationSeconds">Of an evaluation, fine-tuning and validation included.</param>
/// <param name="Images">That sub-networks are run on.</param>
public sealed record SubNetworkBenchmarkFigures(
    ImmutableArray<PartBenchmarkFigures> Parts,
    double SubNetworkSeconds,
    double ForwardSeconds,
    double EvaluationSeconds,
    int Images,
    string Machine,
    string Precision)
{
    public double ForwardRatio => SubNetworkSeconds / ForwardSeconds;

    public double EvaluationRatio => SubNetworkSeconds / EvaluationSeconds;

    /// <summary>A table for people.</summary>
    public TextTable Table => new(
        $"VGG-14, {Images} calibration images, {Precision}, processor seconds of one thread; {Machine}",
        ["part", "#sub-network s", "#of a forward pass", "#of an evaluation"],
        [
            .. Parts.Select((p, i) => Row(
                $"{i + 1}: {p.Groups[0]} … {p.Groups[^1]}", p.SubNetworkSeconds, p.SubNetworkSeconds / p.ForwardSeconds,
                    p.SubNetworkSeconds / p.EvaluationSeconds)),
            Row($"mean (forward {ForwardSeconds:F2} s, evaluation {EvaluationSeconds:F2} s)", SubNetworkSeconds, ForwardRatio,
                EvaluationRatio),
        ]);

    private static ImmutableArray<string> Row(string name, double seconds, double ofForward, double ofEvaluation) =>
        [name, $"{seconds:F3}", Wording.Percent(ofForward), Wording.Percent(ofEvaluation)];
}

/// <summary>Of one part.</summary>
public sealed record PartBenchmarkFigures(ImmutableArray<string> Groups, double SubNetworkSeconds, double ForwardSeconds,
    double EvaluationSeconds);
