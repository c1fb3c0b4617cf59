using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>Computes the jobs of a <see cref="PruningStudy"/> with libtorch. One instance a thread.</summary>
public sealed partial class TorchEvaluator(EvaluatorEnvironment environment) : IEvaluator
{
    public JobResult Evaluate(JobSpec job, IJobContext context)
    {
        try
        {
            return job.Kind switch
            {
                JobKinds.TrainBase => TrainBase(Current(StudyJson.Read<BaseJob>(job.Body), b => b.Version), context),
                JobKinds.Evaluate => EvaluateCandidate(Current(StudyJson.Read<CandidateJob>(job.Body), b => b.Version), context),
                JobKinds.TrainFinal => TrainFinal(Current(StudyJson.Read<CandidateJob>(job.Body), b => b.Version), context),
                JobKinds.SubNetwork => RunSubNetwork(Current(StudyJson.Read<SubNetworkJob>(job.Body), b => b.Version), context),
                JobKinds.Measure => Measure(Current(StudyJson.Read<MeasureJob>(job.Body), b => b.Version), context),
                _ => throw new EvaluationException($"This evaluator does not know jobs of kind '{job.Kind}'."),
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Shapes that do not fit, a genome from another network: trying again cannot help.
            throw new EvaluationException(e.Message, e);
        }
        finally
        {
            // The next candidate has other shapes: what this one leaves would never be asked for again, and memory would creep up to the
            // cache's limit.
            AllocatorStatistics.Trim();
            Garbage.Collect();
        }
    }

    public void Dispose()
    {
    }

    private static T Current<T>(T body, Func<T, int> version) => version(body) == JobBodies.Version
        ? body
        : throw new EvaluationException($"The job is of version {version(body)}, this program computes version {JobBodies.Version}.");

    private JobResult TrainBase(BaseJob job, IJobContext context)
    {
        var graph = environment.Graph(job.Network, context.Artifacts);
        var images = environment.Images(job.Data);
        var start = job.Weights is { } loaded
            ? PretrainedWeights.Fit(graph, SafetensorsFile.Parse(context.Artifacts.Get(new ArtifactId(loaded)), loaded).Tensors, loaded)
            : WeightInitialisation.Draw(graph, job.Seed);
        var recipe = job.Mode == BaseMode.Train ? job.Recipe : job.Recipe with { Epochs = 0, Steps = 0, Recalibration = 0 };
        var outcome = Trainer.Run(
            new TrainingJob(graph, start, recipe, Options(job.Compute, job.Seed), images.Train, images.Validation, images.Test),
            new JobMonitor(context, "training"));
        if (outcome.Diverged)
        {
            throw new EvaluationException(
                $"The training of the base network diverged: its loss was no number any more after {outcome.Steps} steps. "
                + "Lower training.base.learning-rate, or raise training.base.warmup.");
        }

        var test = outcome.TestErrorLast ?? TestError(graph, outcome.Weights, Options(job.Compute, job.Seed), images.Test, context.Cancellation);
        var cost = Cost.CostModel.Of(graph, job.CostConvention);
        var weights = context.Artifacts.Put(NetworkFile.ToBytes(new SlimNetwork(graph, outcome.Weights, ImmutableSortedDictionary<string, KernelMask>.Empty)));
        return new JobResult(
            Measures(
                (MeasureNames.Error, outcome.Error!.Value),
                (MeasureNames.TestErrorLast, test),
                (MeasureNames.TestErrorBest, outcome.TestErrorBest ?? test),
                (MeasureNames.Macs, cost.Macs),
                (MeasureNames.Params, cost.Params)),
            ImmutableSortedDictionary<string, ArtifactId>.Empty.Add(BaseFigures.WeightsArtifact, weights),
            BaseFigures.Of(graph, outcome.Weights, [.. outcome.Epochs.Select(e => e.TestError ?? double.NaN).Where(double.IsFinite)]).ToJson());
    }

    private JobResult EvaluateCandidate(CandidateJob job, IJobContext context)
    {
        var superNet = job.Inheritance is { } inheritance
            ? SuperNet(job.Network, job.Pruning, job.BaseWeights, job.Seed, inheritance, context) : null;
        var candidate = Slim(job.Network, job.Pruning, job.Data, job.BaseWeights, job.Genome, context, job.Seed, superNet);
        var images = environment.Images(job.Data);
        var validation = job.ValidationLimit > 0 && job.ValidationLimit < images.Validation.Count
            ? images.Validation.First(job.ValidationLimit)
            : images.Validation;
        var outcome = Trainer.Run(
            new TrainingJob(
                candidate.Network.Graph,
                candidate.Network.Weights!,
                job.Recipe,
                Options(job.Compute, job.Seed) with
                {
                    Masks = Masks(candidate.Network),
                    MeasureStart = job.MeasureStart,
                    Part = job.Inheritance?.Place is { } place ? new TrainingPart(place.Candidate, place.Candidates) : null,
                },
                images.Train,
                validation,
                Test: null,
                TeacherOf(job, context)),
            new JobMonitor(context, "fine-tuning"));
        var measures = Figures(candidate, job.Pruning, job.CostConvention).Add(MeasureNames.Error, outcome.Error!.Value);
        if (job.Latency is { } latency)
        {
            measures = measures.Add(MeasureNames.LatencyMs, Time(candidate.Network, latency, job.Compute.Device, context.Cancellation).MedianMs);
        }

        return new JobResult(measures, Kept(job.Inheritance, superNet, candidate, outcome, context), Detail(outcome).ToJsonString());
    }

    /// <summary>The full-size network that the candidate inherits from.</summary>
    private NamedTensors SuperNet(NetworkSpec network, PruningSpec pruning, string baseWeights, long seed, Inheritance inheritance,
        IJobContext context)
    {
        var structure = environment.Structure(network, pruning, context.Artifacts);
        var start = inheritance.SuperNet is { } whole ? NetworkFile.Parse(context.Artifacts.Get(whole), whole.Hex).Weights!
            : inheritance.Start == SuperNetStart.Base ? environment.Weights(new ArtifactId(baseWeights), context.Artifacts)
            : WeightInitialisation.Draw(structure.Graph, seed);
        return SuperNetWeights.Written(
            structure.Coupling, start, [.. inheritance.Slices.Select(s => Slice.Parse(context.Artifacts.Get(s), s.Hex))], inheritance.Rule);
    }

    /// <summary>
    /// What the search needs again: with write-back the trained slice, and the whole super-net where it asked for one. A slice that diverged
    /// is not kept: written back, it would spoil every candidate that shares a filter with it, and those that share one with them.
    /// </summary>
    private static ImmutableSortedDictionary<string, ArtifactId> Kept(
        Inheritance? inheritance, NamedTensors? superNet, Candidate candidate, TrainingOutcome outcome, IJobContext context)
    {
        var kept = ImmutableSortedDictionary.CreateBuilder<string, ArtifactId>(StringComparer.Ordinal);
        if (inheritance is not null && !outcome.Diverged)
        {
            var slice = new Slice(candidate.Plan.Filters, candidate.Network with { Weights = outcome.Weights });
            kept.Add(ArtifactNames.Slice, context.Artifacts.Put(slice.ToBytes()));
        }

        if (inheritance is { Consolidate: true })
        {
            kept.Add(ArtifactNames.SuperNet, context.Artifacts.Put(NetworkFile.ToBytes(
                new SlimNetwork(candidate.Structure.Graph, superNet, ImmutableSortedDictionary<string, KernelMask>.Empty))));
        }

        return kept.ToImmutable();
    }

    private JobResult TrainFinal(CandidateJob job, IJobContext context)
    {
        var candidate = job.Slice is { } slice
            ? FromSlice(environment.Structure(job.Network, job.Pruning, context.Artifacts), Slice.Parse(context.Artifacts.Get(new ArtifactId(slice)), slice))
            : Slim(job.Network, job.Pruning, job.Data, job.BaseWeights, job.Genome, context, job.Seed);
        var images = environment.Images(job.Data);
        var outcome = Trainer.Run(
            new TrainingJob(
                candidate.Network.Graph,
                candidate.Network.Weights!,
                job.Recipe,
                Options(job.Compute, job.Seed) with { Masks = Masks(candidate.Network), MeasureStart = true },
                images.Train,
                images.Validation,
                images.Test,
                TeacherOf(job, context)),
            new JobMonitor(context, "re-training"));
        var test = outcome.TestErrorLast ?? TestError(
            candidate.Network.Graph, outcome.Weights, Options(job.Compute, job.Seed), images.Test, context.Cancellation);
        var detail = Detail(outcome);
        detail["epochs"] = new JsonArray([.. outcome.Epochs.Select(e => (JsonNode?)e.TestError)]);
        return new JobResult(
            Figures(candidate, job.Pruning, job.CostConvention)
                .Add(MeasureNames.Error, outcome.Error!.Value)
                .Add(MeasureNames.TestErrorLast, test)
                .Add(MeasureNames.TestErrorBest, outcome.TestErrorBest ?? test),
            ImmutableSortedDictionary<string, ArtifactId>.Empty.Add(
                BaseFigures.WeightsArtifact, context.Artifacts.Put(NetworkFile.ToBytes(candidate.Network with { Weights = outcome.Weights }))),
            detail.ToJsonString());
    }

    private JobResult Measure(MeasureJob job, IJobContext context)
    {
        var network = job.Genome is { } genome
            ? Slim(job.Network, job.Pruning, job.Data, job.BaseWeights, genome, context, seed: 0).Network
            : new SlimNetwork(
                environment.Graph(job.Network, context.Artifacts),
                environment.Weights(new ArtifactId(job.BaseWeights), context.Artifacts),
                ImmutableSortedDictionary<string, KernelMask>.Empty);
        var latency = Time(network, job.Latency, job.Device, context.Cancellation);
        return new JobResult(
            Measures((MeasureNames.LatencyMs, latency.MedianMs)),
            ImmutableSortedDictionary<string, ArtifactId>.Empty,
            new JsonObject
            {
                ["batch"] = job.Latency.Batch,
                ["precision"] = job.Latency.Precision,
                ["threads"] = job.Latency.Threads,
                ["fastestMs"] = latency.FastestMs,
                ["slowestMs"] = latency.SlowestMs,
            }.ToJsonString());
    }

    private static Candidate FromSlice(NetworkStructure structure, Slice slice) =>
        new(structure, slice.Network, new PruningPlan(slice.Filters, null, ChannelMode.None));

    /// <param name="data">May be null where the genome's criteria need no images.</param>
    /// <param name="seed">For criteria that draw; how much a network costs does not depend on it.</param>
    private Candidate Slim(
        NetworkSpec network,
        PruningSpec pruning,
        DataSpec? data,
        string baseWeights,
        string genomeText,
        IJobContext context,
        long seed,
        NamedTensors? superNet = null)
    {
        var structure = environment.Structure(network, pruning, context.Artifacts);
        var id = new ArtifactId(baseWeights);
        var weights = superNet ?? environment.Weights(id, context.Artifacts);
        var genome = GenomeText.Parse(genomeText);
        Func<Criterion, LayerScores>? calibrated = data is null ? null : c => environment.Scores(c, network, data, id, context.Artifacts);
        Func<NamedTensors>? saliencies = data is null ? null : () => environment.Saliencies(network, data, context.Artifacts);
        var filters = genome is CriterionGenome choices
            ? CriterionSelection.Resolve(choices, structure.Coupling, weights, seed, calibrated, saliencies)
            : structure.RepresentativeFilters(genome);
        var plan = new PruningPlan(filters, (genome as MaskGenome)?.Channels, pruning.Channels);
        return new Candidate(structure, Surgery.Apply(structure.Coupling, plan, weights), plan);
    }

    private static ImmutableSortedDictionary<string, double> Figures(Candidate candidate, PruningSpec pruning, Cost.CostConvention convention) =>
        CandidateFigures.Of(candidate.Structure.Coupling, candidate.Network, candidate.Plan.Filters, candidate.Plan.Channels, pruning.Channels, convention);

    private Teacher? TeacherOf(CandidateJob job, IJobContext context) => job.Recipe.Distillation > 0
        ? new Teacher(environment.Graph(job.Network, context.Artifacts), environment.Weights(new ArtifactId(job.BaseWeights), context.Artifacts))
        : null;

    private Latency Time(SlimNetwork network, LatencySpec latency, string deviceClass, CancellationToken cancellation) => LatencyMeter.Measure(
        network.Graph,
        network.Weights!,
        new LatencySetting(latency.Batch, PrecisionOf(latency.Precision), environment.Device(deviceClass), latency.Threads, Repeats: latency.Repeats),
        cancellation);

    private static double TestError(NetworkGraph graph, NamedTensors weights, TrainingOptions options, ImageSet test, CancellationToken cancellation)
    {
        using var module = new NetworkModule(graph, weights, new ModuleOptions(options.Precision, options.Device, options.Masks));
        return ErrorMeter.Measure(module, test, cancellation);
    }

    private TrainingOptions Options(Compute compute, long seed) =>
        new(PrecisionOf(compute.Precision), environment.Device(compute.Device), compute.Threads, seed);

    private static Precision PrecisionOf(string name) => name switch
    {
        "fp32" => Precision.Float32,
        "bf16" => Precision.BFloat16,
        _ => throw new EvaluationException($"Unknown precision '{name}': expected fp32 or bf16."),
    };

    /// <summary>Kernels that must stay zero, as the factors that the module multiplies weights with; null where there are none.</summary>
    private static NamedTensors? Masks(SlimNetwork network) => network.Masks.IsEmpty
        ? null
        : NamedTensors.From(network.Masks.Select(m => KeyValuePair.Create(m.Key, TensorData.Of(
            [m.Value.Out, m.Value.In, 1, 1], [.. m.Value.Bits.ToArray().Select(b => b ? 1f : 0f)]))));

    private static JsonObject Detail(TrainingOutcome outcome) => new()
    {
        ["errorInherited"] = outcome.StartError,
        ["errorRecalibrated"] = outcome.RecalibratedError,
        ["errorFineTuned"] = outcome.Error,
        ["steps"] = outcome.Steps,
        ["diverged"] = outcome.Diverged,
    };

    private static ImmutableSortedDictionary<string, double> Measures(params ReadOnlySpan<(string Name, double Value)> figures)
    {
        var measures = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in figures)
        {
            measures.Add(name, value);
        }

        return measures.ToImmutable();
    }

    private sealed record Candidate(NetworkStructure Structure, SlimNetwork Network, PruningPlan Plan);
}
