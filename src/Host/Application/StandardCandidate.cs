using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Host.Application;

/// <summary>
/// The standard candidate, for comparing speeds: CIFAR ResNet-20 with random weights, the first convolution of every block keeps a random
/// 40-80 % of its filters, 20 SGD steps on 128 images each, then validation on 2,000 others.
/// </summary>
public static class StandardCandidate
{
    internal const int Steps = 20;
    internal const int Batch = 128;
    internal const int ValidationImages = 2000;
    private const double LeastKept = 0.4;
    private const double MostKept = 0.8;

    /// <summary>
    /// Evaluates <paramref name="candidates"/> of them on <paramref name="evaluators"/> threads, after a warm-up of one on each.
    /// </summary>
    /// <param name="dataRoot">Where CIFAR-10 lies; empty = the drawn images are used, which cost the same time.</param>
    public static BenchmarkFigures Measure(int candidates, int evaluators, string dataRoot)
    {
        var directory = Directory.CreateTempSubdirectory("actorprune-bench-");
        try
        {
            return Measure(candidates, evaluators, dataRoot, new FileArtifactStore(directory.FullName));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static BenchmarkFigures Measure(int candidates, int evaluators, string dataRoot, IArtifactStore artifacts)
    {
        var cache = new DataSetCache();
        var definition = Definition(cache, dataRoot);
        var study = new PruningStudy(definition);
        using var environment = new EvaluatorEnvironment(cache, new EvaluatorOptions { DataOptions = spec => Preparation.OptionsOf(spec, dataRoot) });
        JobResult baseResult;
        using (var evaluator = new TorchEvaluator(environment))
        {
            baseResult = evaluator.Evaluate(study.Base, new BenchmarkContext(artifacts));
        }

        var problem = study.Problem(baseResult);
        JobSpec Job(int index) => problem.Evaluation(Candidate(problem.Space, index));
        Run(evaluators, new ConcurrentQueue<JobSpec>(Enumerable.Range(-evaluators, evaluators).Select(Job)), environment, artifacts);
        var clock = Stopwatch.StartNew();
        var busy = Run(evaluators, new ConcurrentQueue<JobSpec>(Enumerable.Range(0, candidates).Select(Job)), environment, artifacts);
        var seconds = clock.Elapsed.TotalSeconds;
        return new BenchmarkFigures(
            candidates * 3600 / seconds,
            seconds * evaluators / candidates,
            evaluators,
            1 - (busy.Native / busy.Total),
            Machine.Description,
            definition.Precision);
    }

    private static (TimeSpan Total, TimeSpan Native) Run(
        int evaluators, ConcurrentQueue<JobSpec> jobs, EvaluatorEnvironment environment, IArtifactStore artifacts)
    {
        var times = new (TimeSpan Total, TimeSpan Native)[evaluators];
        var threads = Enumerable.Range(0, evaluators).Select(i => new Thread(() =>
        {
            using var evaluator = new TorchEvaluator(environment);
            var clock = Stopwatch.StartNew();
            NativeTime.Reset();
            while (jobs.TryDequeue(out var job))
            {
                evaluator.Evaluate(job, new BenchmarkContext(artifacts));
            }

            times[i] = (clock.Elapsed, NativeTime.Read());
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return times.Aggregate((a, b) => (a.Total + b.Total, a.Native + b.Native));
    }

    private static MaskGenome Candidate(SearchSpace space, int index)
    {
        var random = CounterRandom.For(1, "standard candidate", index, 0, "filters");
        return new MaskGenome(BitString.Of([.. space.Groups.SelectMany(g => Pruned(g.Length, random))]), null);
    }

    /// <summary>Which of <paramref name="length"/> filters stay: a random 40-80 %.</summary>
    internal static IEnumerable<bool> Pruned(int length, CounterRandom random)
    {
        var kept = Enumerable.Range(0, length).ToArray();
        random.Shuffle<int>(kept);
        var count = (int)(length * (LeastKept + ((MostKept - LeastKept) * random.NextDouble())));
        var chosen = kept.Take(count).ToHashSet();
        return Enumerable.Range(0, length).Select(chosen.Contains);
    }

    private static StudyDefinition Definition(DataSetCache cache, string dataRoot)
    {
        var cifar = dataRoot.Length > 0;
        var spec = new DataSpec(
            cifar ? "cifar10" : "shapes",
            string.Empty,
            ValidationImages / 50_000.0,
            1,
            Steps * Batch,
            false,
            cifar ? null : new ShapesSpec(50_000, 10, 1));
        var images = cache.Get(spec.Name, Preparation.OptionsOf(spec, dataRoot));
        return Study(
            new RandomSettings(), "resnet20", spec with { Hash = images.Hash }, new PruningSpec(["layer*.conv1"], [], Coupled: false, 1, 1, ChannelMode.None));
    }

    /// <summary>
    /// A random network, whose candidates get the same short training in the precision that is fast here: only time counts.
    /// </summary>
    internal static StudyDefinition Study(MethodSettings method, string network, DataSpec data, PruningSpec pruning)
    {
        var fineTuning = new TrainingSpec(new Recipe { Steps = Steps, Batch = Batch, LearningRate = 0.01 }, Threads: 1);
        var precision = Capabilities.Read().FastBf16 ? "bf16" : "fp32";
        return new StudyDefinition
        {
            Seed = 1,
            Method = method,
            Network = new NetworkSpec(network, "a", 1, 10, 3, 32, 32),
            Data = data,
            Pruning = pruning,
            CostConvention = CostConvention.Macs,
            Precision = precision,
            Device = "cpu",
            TrainingSeed = 1,
            Base = new BaseSpec(BaseMode.Random, null, fineTuning),
            Evaluation = fineTuning,
            ValidationLimit = ValidationImages,
            Final = fineTuning,
            Latency = new LatencySpec(1, 1, precision, 1, false),
            Picks = [],
        };
    }
}

/// <summary>What the benchmark found.</summary>
/// <param name="SecondsPerCandidate">Of one evaluator.</param>
/// <param name="OutsideLibtorchShare">Fraction of the evaluators' time that was not spent in native calls.</param>
public sealed record BenchmarkFigures(
    double CandidatesPerHour, double SecondsPerCandidate, int Evaluators, double OutsideLibtorchShare, string Machine, string Precision);
