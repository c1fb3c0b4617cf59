using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Criteria;

/// <summary>Criteria from job to result, on a random network of a few channels and sixty drawn images.</summary>
public class CriterionJobTests
{
    private static readonly DataSetOptions Drawn = new() { TrainCount = 60, TestCount = 10, Seed = 1 };

    [Fact]
    public void A_candidate_by_any_criterion_is_the_same_on_every_evaluator_and_another_than_by_magnitude()
    {
        var weights = new Dictionary<string, ArtifactId>();
        foreach (var criterion in new[] { "l1", "taylor", "hrank" })
        {
            var results = Enumerable.Range(0, 2).Select(_ => OnItsOwnThread(() => Final(criterion))).ToArray();
            results[1].Measures.ToArray().ShouldBe(results[0].Measures.ToArray());
            results[1].Artifacts.ToArray().ShouldBe(results[0].Artifacts.ToArray());
            weights.Add(criterion, results[0].Artifacts[BaseFigures.WeightsArtifact]);
        }

        weights.Values.Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Only_a_measurement_whose_criterion_looks_at_data_names_the_data()
    {
        using var bench = new Workbench();
        var byWeights = bench.Study.Measurement(bench.Half("l1"), bench.Base);
        var byData = bench.Study.Measurement(bench.Half("hrank"), bench.Base);
        byWeights.Body.ShouldNotContain("\"data\"");
        bench.Study.Measurement(null, bench.Base).Body.ShouldNotContain("\"data\"");
        byData.Body.ShouldContain("\"data\"");
        bench.Evaluate(byWeights).Measures[MeasureNames.LatencyMs].ShouldBeGreaterThan(0);
        bench.Evaluate(byData).Measures[MeasureNames.LatencyMs].ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_job_that_names_an_unknown_criterion_fails_for_good_with_those_that_are_known()
    {
        using var bench = new Workbench();
        var job = bench.Study.Problem(bench.Base).Evaluation(bench.Half("luck"));
        Should.Throw<EvaluationException>(() => bench.Evaluate(job)).Message.ShouldContain("'luck'; known are l1");
    }

    private static JobResult Final(string criterion)
    {
        using var bench = new Workbench();
        return bench.Evaluate(bench.Study.Final(
            new Evaluated(bench.Half(criterion), new JobKey(criterion), ImmutableSortedDictionary<string, double>.Empty, null),
            bench.Base));
    }

    private static T OnItsOwnThread<T>(Func<T> compute)
    {
        var (result, failure) = (default(T), default(Exception));
        var thread = new Thread(() =>
        {
            try
            {
                result = compute();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    private sealed class Workbench : IJobContext, IArtifactStore, IDisposable
    {
        private readonly ConcurrentDictionary<ArtifactId, byte[]> blobs = new();
        private readonly TorchEvaluator evaluator;

        public Workbench()
        {
            var data = new DataSetCache();
            evaluator = new TorchEvaluator(new EvaluatorEnvironment(data, new EvaluatorOptions { DataOptions = _ => Drawn }));
            var training = new TrainingSpec(new Recipe(), Threads: 1);
            Study = new PruningStudy(new StudyDefinition
            {
                Seed = 1,
                Method = new MagnitudeSettings(),
                Network = new NetworkSpec("resnet8", "a", 0.25, 10, 3, 32, 32),
                Data = new DataSpec("shapes", data.Get("shapes", Drawn).Hash, 0.2, 1, 0, true, new ShapesSpec(60, 10, 1)),
                Pruning = new PruningSpec(["*"], [], Coupled: true, Minimum: 1, Multiple: 1, ChannelMode.None),
                CostConvention = CostConvention.Macs,
                Precision = "fp32",
                Device = "cpu",
                TrainingSeed = 1,
                Base = new BaseSpec(BaseMode.Random, null, training),
                Evaluation = training,
                Final = training,
                Latency = new LatencySpec(Batch: 2, Threads: 1, "fp32", Repeats: 2, Objective: false),
                Picks = ["knee"],
            });
            Base = Evaluate(Study.Base);
        }

        public void Remove(ArtifactId id) => blobs.TryRemove(id, out _);

        public PruningStudy Study { get; }

        public JobResult Base { get; }

        public CancellationToken Cancellation => CancellationToken.None;

        public IArtifactStore Artifacts => this;

        public ArtifactId? Checkpoint => null;

        public TimeSpan CheckpointInterval => TimeSpan.MaxValue;

        public JobResult Evaluate(JobSpec job) => evaluator.Evaluate(job, this);

        /// <summary>Half of each group stays.</summary>
        public CriterionGenome Half(string criterion) =>
            new([.. Study.Problem(Base).Space.Groups.Select(g => new GroupChoice(g.Length / 2, criterion))]);

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

        public void Dispose() => evaluator.Dispose();
    }
}
