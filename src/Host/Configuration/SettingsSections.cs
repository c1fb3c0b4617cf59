using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Training;

namespace ActorPrune.Host.Configuration;

// What each setting means, its unit and its default stand in hocon/reference.conf. Here stand types and ranges. Property names in kebab
// case are the keys. A record is one object of the configuration.

/// <summary>The experiment as a whole.</summary>
public sealed record ExperimentSettings
{
    [Name]
    [Operational]
    public required string Name { get; init; }

    [Between(0, long.MaxValue)]
    public required long Seed { get; init; }
}

/// <summary>The network that is pruned.</summary>
public sealed record NetworkSettings
{
    /// <summary>A name of the zoo.</summary>
    [Name]
    public required string Name { get; init; }

    public required ShortcutChoice Shortcut { get; init; }

    [Between(0.0625, 16)]
    public required double Width { get; init; }

    /// <summary>A network of one's own in the place of one of the zoo (<see cref="Nn.Formats.NetworkReader"/>), or empty. The identity holds its
    /// file name only, as that of <see cref="Weights"/>.</summary>
    public string File { get; init; } = "";

    /// <summary>A safetensors file, or empty. The identity holds its file name only: the content's hash is part of every job.</summary>
    public required string Weights { get; init; }
}

/// <summary>What a residual network's shortcut does where the shape changes (He et al. 2016, options A and B).</summary>
public enum ShortcutChoice
{
    /// <summary>Every second pixel, zero channels added: no parameters.</summary>
    A,

    /// <summary>A 1×1 convolution.</summary>
    B,

    /// <summary>As A, with the mean of each two by two pixels in the place of every second.</summary>
    Pool,
}

/// <summary>The images.</summary>
public sealed record DataSettings
{
    [OneOf("shapes", "cifar10", "cifar100", "mnist", "fashion-mnist", "folder", "tiny-imagenet", "ilsvrc2012", "places365")]
    public required string Name { get; init; }

    [Operational]
    public required string Path { get; init; }

    public required ChecksumChoice Checksum { get; init; }

    public required LabelChoice Labels { get; init; }

    [Between(0, ImageSet.LargestSide)]
    public required int ImageSize { get; init; }

    public required ResizeChoice Resize { get; init; }

    [Between(0, ImageSet.LargestSide)]
    public required int ShorterSide { get; init; }

    [Between(0, 1)]
    [Operational]
    public required double MaxBadShare { get; init; }

    /// <summary>In GiB.</summary>
    [Between(0, 65_536)]
    [Operational]
    public required double Memory { get; init; }

    [Between(0.01, 0.5)]
    public required double Validation { get; init; }

    [Between(0, long.MaxValue)]
    public required long SplitSeed { get; init; }

    [Between(0, 10_000_000)]
    public required int TrainLimit { get; init; }

    public required ShapesSettings Shapes { get; init; }
}

/// <summary>What is accepted under a published data set's file names.</summary>
public enum ChecksumChoice
{
    Strict,
    Any,
}

/// <summary>The built-in, drawn data set.</summary>
public sealed record ShapesSettings
{
    [Between(10, 500_000)]
    public required int Train { get; init; }

    [Between(10, 500_000)]
    public required int Test { get; init; }

    [Between(0, long.MaxValue)]
    public required long Seed { get; init; }
}

/// <summary>How networks are trained.</summary>
public sealed record TrainingSettings
{
    public required PrecisionChoice Precision { get; init; }

    public required DeviceChoice Device { get; init; }

    [Between(0, long.MaxValue)]
    public required long Seed { get; init; }

    public required BaseTraining Base { get; init; }

    public required EvaluationTraining Evaluation { get; init; }

    public required FinalTraining Final { get; init; }
}

/// <summary>The numbers that convolutions compute with.</summary>
public enum PrecisionChoice
{
    Auto,
    Fp32,
    Bf16,
}

/// <summary>Where networks are trained.</summary>
public enum DeviceChoice
{
    Auto,
    Cpu,
    Cuda,
}

/// <summary>How the base network comes to be. In the configuration the recipe's keys stand beside the others, in the same object.</summary>
public sealed record BaseTraining
{
    public required BaseMode Mode { get; init; }

    [Between(1, 256)]
    public required int Threads { get; init; }

    public required Recipe Recipe { get; init; }
}

/// <summary>Where the base network's weights come from.</summary>
public enum BaseMode
{
    /// <summary>Trained by the recipe, from network.weights if given.</summary>
    Train,

    /// <summary>network.weights as they are.</summary>
    Load,

    /// <summary>Left at their random initialisation.</summary>
    Random,
}

/// <summary>How a candidate is fine-tuned and measured.</summary>
public sealed record EvaluationTraining
{
    [Between(1, 256)]
    public required int Threads { get; init; }

    [Between(0, 10_000_000)]
    public required int ValidationLimit { get; init; }

    public required bool MeasureStart { get; init; }

    public required Recipe Recipe { get; init; }
}

/// <summary>How the picks are trained at the end.</summary>
public sealed record FinalTraining
{
    [Between(1, 256)]
    public required int Threads { get; init; }

    public required Recipe Recipe { get; init; }
}

/// <summary>What may be pruned.</summary>
public sealed record PruningSettings
{
    [Count(1, 1000)]
    public required ImmutableArray<string> Include { get; init; }

    [Count(0, 1000)]
    public required ImmutableArray<string> Exclude { get; init; }

    public required bool Coupled { get; init; }

    [Between(1, 4096)]
    public required int Minimum { get; init; }

    [Between(1, 256)]
    public required int Multiple { get; init; }

    public required ChannelMode Channels { get; init; }
}

/// <summary>How a network's cost is counted.</summary>
public sealed record CostSettings
{
    public required ConventionChoice Convention { get; init; }

    public required LatencySettings Latency { get; init; }
}

/// <summary>What one forward pass is said to cost.</summary>
public enum ConventionChoice
{
    Macs,
    Thop,
    Evofc,
}

/// <summary>How the time of a forward pass is measured.</summary>
public sealed record LatencySettings
{
    [Between(1, 65_536)]
    public required int Batch { get; init; }

    [Between(1, 256)]
    public required int Threads { get; init; }

    public required PrecisionChoice Precision { get; init; }

    [Between(1, 10_000)]
    public required int Repeats { get; init; }
}

/// <summary>Which method searches, and for what. The method's own settings are <see cref="Settings.Method"/>.</summary>
public sealed record SearchSettings
{
    /// <summary>One of the known search methods.</summary>
    [Name]
    public required string Method { get; init; }

    [OneOf(
        MeasureNames.Error, MeasureNames.Macs, MeasureNames.Params, MeasureNames.Filters, MeasureNames.Channels, MeasureNames.LatencyMs)]
    [Count(2, 4)]
    public required ImmutableArray<string> Objectives { get; init; }

    /// <summary>Whether measured time is an objective, so that every candidate's latency is measured.</summary>
    [JsonIgnore]
    public bool MeasuresLatency => Objectives.Contains(MeasureNames.LatencyMs);
}

/// <summary>Which picks of the final front are re-trained.</summary>
public sealed record PicksSettings
{
    public required bool Heavy { get; init; }

    public required bool Knee { get; init; }

    public required bool Light { get; init; }

    /// <summary>Fractions of the base's MACs that are to be gone.</summary>
    [Between(0.01, 0.99)]
    [Count(0, 16)]
    public required ImmutableArray<double> At { get; init; }

    /// <summary>Members that are widened for each of these fractions.</summary>
    [Between(0, 16)]
    public required int Widened { get; init; }
}

/// <summary>How the work is shared out.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Evaluators on this machine; null = as many as fit the device.</summary>
    [Between(1, 1024)]
    [Operational]
    [JsonConverter(typeof(AutoConverter))]
    public required int? Evaluators { get; init; }

    [Between(1, 100)]
    [Operational]
    public required int MaxAttempts { get; init; }

    /// <summary>Deaths of its node after which a job is computed in a process of its own; 0 = each job is.</summary>
    [Between(0, 1000)]
    [Operational]
    public required int IsolateAfter { get; init; }

    /// <summary>Times the usual that a job takes before an idle evaluator of another node begins it too; 0 = never.</summary>
    [Between(0, 1000)]
    [Operational]
    public required double StragglerFactor { get; init; }

    [Lasts("1s", "1h")]
    [Operational]
    public required TimeSpan Lease { get; init; }

    [Lasts("100ms", "10m")]
    [Operational]
    public required TimeSpan Heartbeat { get; init; }

    [Lasts("1s", "1d")]
    [Operational]
    public required TimeSpan CheckpointInterval { get; init; }
}

/// <summary>Where a node's figures go.</summary>
public sealed record MetricsSettings
{
    /// <summary>Address of an OpenTelemetry collector, or empty.</summary>
    [Operational]
    public required string Otlp { get; init; }
}
