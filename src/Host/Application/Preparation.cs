using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Application;

/// <summary>
/// Turns settings into a study definition. Everything that can be wrong is found here, before anything is written: the network, the data set's
/// files, the split, the method's fit to the network.
/// </summary>
public static class Preparation
{
    /// <exception cref="ConfigurationException">A setting does not fit; the message names file, line and key.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    public static (StudyDefinition Definition, byte[]? Weights) Of(Settings settings, DataSetCache data)
    {
        var images = Load(settings, data);
        var weights = ReadWeights(settings);
        var definition = Definition(settings, images, weights is null ? null : ArtifactId.Of(weights).Hex);
        var structure = Structure(settings, definition);
        var problems = settings.Method.ValidateFor(structure.Coupling.Space(definition.Pruning.Channels));
        return problems.IsEmpty ? (definition, weights) : throw settings.Refuse("search.method", string.Join(' ', problems));
    }

    /// <summary>Where evaluators find what <paramref name="spec"/> names.</summary>
    public static DataSetOptions OptionsOf(DataSpec spec, string root) => new()
    {
        Root = root,
        Checksum = spec.Strict ? Checksum.Strict : Checksum.Any,
        Seed = spec.Shapes?.Seed ?? 1,
        TrainCount = spec.Shapes?.Train ?? 10,
        TestCount = spec.Shapes?.Test ?? 10,
    };

    private static DataSet Load(Settings settings, DataSetCache data)
    {
        var spec = Spec(settings, hash: string.Empty);
        var images = data.Get(spec.Name, OptionsOf(spec, settings.Data.Path));
        _ = Split.Of(images.Train.Labels.Span, DataSplits.Of(spec));
        return images;
    }

    private static DataSpec Spec(Settings settings, string hash) => new(
        settings.Data.Name,
        hash,
        settings.Data.Validation,
        settings.Data.SplitSeed,
        settings.Data.TrainLimit,
        settings.Data.Checksum == ChecksumChoice.Strict,
        settings.Data.Name == "shapes" ? new ShapesSpec(settings.Data.Shapes.Train, settings.Data.Shapes.Test, settings.Data.Shapes.Seed) : null);

    private static byte[]? ReadWeights(Settings settings)
    {
        if (settings.Network.Weights.Length == 0)
        {
            return settings.Training.Base.Mode == Configuration.BaseMode.Load
                ? throw settings.Refuse("training.base.mode", "'load' needs network.weights to name a safetensors file.")
                : null;
        }

        try
        {
            return File.ReadAllBytes(settings.Network.Weights);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw settings.Refuse("network.weights", $"cannot read '{settings.Network.Weights}': {e.Message}");
        }
    }

    private static StudyDefinition Definition(Settings settings, DataSet images, string? weights)
    {
        var cuda = settings.Training.Device switch
        {
            DeviceChoice.Cpu => false,
            DeviceChoice.Auto => Capabilities.Read().CudaDevices > 0,
            _ => Capabilities.Read().CudaDevices > 0 ? true : throw settings.Refuse("training.device", "no CUDA device is here: use cpu or auto."),
        };
        var bf16 = cuda || Capabilities.Read().FastBf16;
        var shape = images.Shape;
        var training = settings.Training;
        return new StudyDefinition
        {
            Seed = settings.Experiment.Seed,
            Method = settings.Method,
            Network = new NetworkSpec(
                settings.Network.Name, settings.Network.Shortcut == ShortcutChoice.B ? "b" : "a", settings.Network.Width, shape.Classes, shape.Channels, shape.Height, shape.Width),
            Data = Spec(settings, images.Hash),
            Pruning = new PruningSpec(
                settings.Pruning.Include,
                settings.Pruning.Exclude,
                settings.Pruning.Coupled,
                settings.Pruning.Minimum,
                settings.Pruning.Multiple,
                settings.Pruning.Channels),
            CostConvention = Enum.Parse<Nn.Cost.CostConvention>(settings.Cost.Convention.ToString()),
            Precision = Resolve(training.Precision, bf16),
            Device = cuda ? "cuda" : "cpu",
            TrainingSeed = training.Seed,
            Base = new BaseSpec(
                Enum.Parse<Nn.Study.BaseMode>(training.Base.Mode.ToString()), weights, new TrainingSpec(training.Base.Recipe, training.Base.Threads)),
            Evaluation = new TrainingSpec(training.Evaluation.Recipe, training.Evaluation.Threads),
            ValidationLimit = training.Evaluation.ValidationLimit,
            Final = new TrainingSpec(training.Final.Recipe, training.Final.Threads),
            Latency = new LatencySpec(
                settings.Cost.Latency.Batch,
                settings.Cost.Latency.Threads,
                Resolve(settings.Cost.Latency.Precision, bf16),
                settings.Cost.Latency.Repeats,
                settings.Search.MeasuresLatency),
            Picks = [.. Picks(settings)],
        };
    }

    private static string Resolve(PrecisionChoice precision, bool bf16) => precision switch
    {
        PrecisionChoice.Fp32 => "fp32",
        PrecisionChoice.Bf16 => "bf16",
        _ => bf16 ? "bf16" : "fp32",
    };

    private static IEnumerable<string> Picks(Settings settings)
    {
        var wanted = new[] { ("heavy", settings.Picks.Heavy), ("knee", settings.Picks.Knee), ("light", settings.Picks.Light) };
        return wanted.Where(p => p.Item2).Select(p => p.Item1);
    }

    private static NetworkStructure Structure(Settings settings, StudyDefinition definition)
    {
        try
        {
            var structure = NetworkStructure.Of(definition.Network, definition.Pruning);
            return structure.Coupling.UnitCount > 0
                ? structure
                : throw settings.Refuse("pruning.include", $"nothing of {definition.Network.Name} is left to prune: see 'actorprune inspect'.");
        }
        catch (ArgumentException e)
        {
            throw settings.Refuse("network.name", e.Message);
        }
    }
}
