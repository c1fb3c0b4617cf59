using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Study;

/// <summary>
/// A study of a network of a few channels (a VGG-11 unless told otherwise) on some dozens of drawn images, with its evaluator and store: jobs
/// take milliseconds.
/// </summary>
internal sealed class SmallStudy : IJobContext, IArtifactStore, IDisposable
{
    private static readonly DataSetOptions Drawn = new() { TrainCount = 60, TestCount = 10, Seed = 1 };

    private readonly ConcurrentDictionary<ArtifactId, byte[]> blobs = new();
    private readonly EvaluatorEnvironment environment;

    public SmallStudy(
        string precision = "fp32",
        long prefixBytes = 1 << 28,
        bool measureStart = false,
        NetworkSpec? network = null,
        MethodSettings? method = null,
        Recipe? recipe = null,
        BaseMode mode = BaseMode.Random)
    {
        var data = new DataSetCache();
        environment = new EvaluatorEnvironment(data,
            new EvaluatorOptions { DataOptions = _ => Drawn, PrefixBytes = prefixBytes });
        var training = new TrainingSpec(recipe ?? new Recipe { Steps = 1, Batch = 16 }, Threads: 1);
        Definition = new StudyDefinition
        {
            Seed = 1,
            Method = method ?? new SmoeaSettings(),
            Network = network ?? new NetworkSpec("vgg11", "a", 0.1, 10, 3, 32, 32),
            Data = new DataSpec("shapes", data.Get("shapes", Drawn).Hash, 0.2, 1, 0, true, new ShapesSpec(60, 10, 1)),
            Pruning = new PruningSpec(["*"], [], Coupled: true, Minimum: 1, Multiple: 1, ChannelMode.None),
            CostConvention = CostConvention.Macs,
            Precision = precision,
            Device = "cpu",
            TrainingSeed = 1,
            Base = new BaseSpec(mode, null, training),
            Evaluation = training,
            MeasureStart = measureStart,
            Final = training,
            Latency = new LatencySpec(Batch: 2, Threads: 1, "fp32", Repeats: 2, Objective: false),
            Picks = ["knee"],
        };
        Study = new PruningStudy(Definition);
        Base = Evaluate(Study.Base);
    }

    public StudyDefinition Definition { get; }

    public PruningStudy Study { get; }

    public JobResult Base { get; }

    public CancellationToken Cancellation => CancellationToken.None;

    public IArtifactStore Artifacts => this;

    public ArtifactId? Checkpoint => null;

    public TimeSpan CheckpointInterval => TimeSpan.MaxValue;

    public JobResult Evaluate(JobSpec job, SmallStudy? store = null)
    {
        using var evaluator = new TorchEvaluator(environment);
        return evaluator.Evaluate(job, store ?? this);
    }

    public void Dispose() => environment.Dispose();

    public void SaveCheckpoint(ArtifactId checkpoint)
    {
    }

    public void Report(JobProgress progress)
    {
    }

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        var id = ArtifactId.Of(content);
        blobs.TryAdd(id, content.ToArray());
        return id;
    }

    public byte[] Get(ArtifactId id) => blobs[id];

    public bool Contains(ArtifactId id) => blobs.ContainsKey(id);

    public void Remove(ArtifactId id) => blobs.TryRemove(id, out _);
}
