using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Host.Report;

/// <summary>Everything that <c>show</c>, the files of a run and the report say about an experiment, as it stands at one moment.</summary>
public sealed record RunModel
{
    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    public required ExperimentStatus Status { get; init; }

    /// <summary>Why it failed or was stopped, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>The search method's short name: "cemba".</summary>
    public required string Method { get; init; }

    public required long Seed { get; init; }

    /// <summary>The network's name: "resnet20".</summary>
    public required string Network { get; init; }

    /// <summary>The data set's name: "cifar10".</summary>
    public required string Data { get; init; }

    /// <summary>How MACs are counted: "macs", "thop", "evofc".</summary>
    public required string Convention { get; init; }

    /// <summary>Names of the minimised measures, in order: "error", "macs", and "latencyMs" where time is an objective.</summary>
    public ImmutableArray<string> Objectives { get; init; } = [MeasureNames.Error, MeasureNames.Macs];

    /// <summary>The resolved configuration as text, shown as it is.</summary>
    public string Configuration { get; init; } = string.Empty;

    /// <summary>The command that gives the same front again.</summary>
    public string Command { get; init; } = string.Empty;

    public required RunEnvironment Environment { get; init; }

    public ExperimentState State { get; init; } = ExperimentState.Empty;

    public EvaluationCounts Evaluations { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>All jobs that the experiment asked for, in the order of asking.</summary>
    public ImmutableArray<JobRow> Jobs { get; init; } = [];

    /// <summary>What could be pruned; null before the base network is there.</summary>
    public SearchSpace? Space { get; init; }

    /// <summary>The base network's layers in topological order; empty where they are not known.</summary>
    public ImmutableArray<BaseLayer> Layers { get; init; } = [];

    /// <summary>When the experiment was created, by the store's clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last job ended, or null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>Where and with what the experiment ran; values are shown as they are.</summary>
/// <param name="Machine">Processor or graphics card, cores, memory.</param>
/// <param name="Device">"cpu", "cuda:0".</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="Precision">Of training and validation: "float32", "bfloat16".</param>
/// <param name="Engine">Version of ActorPrune that created the experiment.</param>
/// <param name="Evaluators">Evaluators at work, one thread each; 0 where it is not known.</param>
public sealed record RunEnvironment(
    string Machine, string Device, string OperatingSystem, string Libtorch, string Precision, string Engine, int Evaluators);

/// <summary>One layer of the base network, for the report's table.</summary>
/// <param name="Name">PyTorch's module path.</param>
/// <param name="Kind">"Conv2d 3×3", "Linear".</param>
/// <param name="In">Input channels.</param>
/// <param name="Out">Output channels.</param>
/// <param name="Macs">Multiply-accumulates by the run's convention.</param>
/// <param name="Params">Trainable weights.</param>
public sealed record BaseLayer(string Name, string Kind, int In, int Out, long Macs, long Params);
