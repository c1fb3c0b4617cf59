using System.Collections.Immutable;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison;

/// <summary>All that the table, the files and the pages of a comparison say.</summary>
public sealed record ComparisonResult
{
    /// <summary>Of the comparison.</summary>
    public required string Name { get; init; }

    /// <summary>Evaluations that each method may ask for.</summary>
    public required long Budget { get; init; }

    public required ImmutableArray<long> Seeds { get; init; }

    /// <summary>The shares of MACs removed at which networks were re-trained.</summary>
    public required ImmutableArray<double> At { get; init; }

    public required ReferencePoint Reference { get; init; }

    /// <summary>The base network, or that of each seed, which all methods have in common.</summary>
    public required ComparedBase Base { get; init; }

    /// <summary>In the order in which they were named.</summary>
    public required ImmutableArray<MethodResult> Methods { get; init; }

    /// <summary>What all methods had in common, in words: subject and value.</summary>
    public required ImmutableArray<(string Subject, string Value)> Conditions { get; init; }

    /// <summary>Where they differ in what could be equal.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    public required Provenance Provenance { get; init; }

    /// <summary>"resnet20 on cifar10".</summary>
    public required string Subject { get; init; }
}

/// <summary>What is pruned: one network, or one for each seed.</summary>
/// <param name="TestErrorLast">Test error after the last epoch.</param>
/// <param name="SearchError">Validation error.</param>
public sealed record ComparedBase(Summary TestErrorLast, Summary SearchError, double? Macs, double? Params)
{
    public static ComparedBase Of(IReadOnlyList<OriginFigures> bases) => new(
        Summary.Over(bases.Select(b => b.TestErrorLast)), Summary.Over(bases.Select(b => b.SearchError)), bases[0].Macs, bases[0].Params);
}

/// <summary>Where a comparison was computed, and by what.</summary>
/// <param name="Machine">Processor, cores, memory.</param>
/// <param name="Commit">Of the source tree that the program stands in; null where it stands in none.</param>
/// <param name="Engine">Version of the program.</param>
/// <param name="Libtorch">Its version.</param>
/// <param name="Command">What gives the same again.</param>
/// <param name="WrittenAt">When this was written.</param>
/// <param name="ComputingSeconds">Of all jobs together, each once: base, evaluations, re-trainings, measurements.</param>
public sealed record Provenance(
    string Machine, string? Commit, string Engine, string Libtorch, string Command, DateTimeOffset WrittenAt, double ComputingSeconds);

/// <summary>A method over the seeds.</summary>
/// <param name="Planned">Evaluations that its settings lead to at most.</param>
/// <param name="Runs">One for each seed, in their order.</param>
public sealed record MethodResult(string Label, string File, MethodKind Kind, long Planned, ImmutableArray<ComparedRun> Runs)
{
    public Summary Hypervolume => Summary.Over(Runs.Select(r => r.Hypervolume));

    public Summary Requested => Summary.Over(Runs.Select(r => (double?)r.Evaluations.Requested));

    public Summary Computed => Summary.Over(Runs.Select(r => (double?)r.Evaluations.Computed));

    public Summary Cached => Summary.Over(Runs.Select(r => (double?)r.Evaluations.Cached));

    public Summary SearchSeconds => Summary.Over(Runs.Select(r => (double?)r.SearchSeconds));

    public Summary ErrorLast(double target) => Summary.Over(Runs.Select(r => r.For(target)?.ErrorLast));

    public Summary ErrorBest(double target) => Summary.Over(Runs.Select(r => r.For(target)?.ErrorBest));

    public Summary Removed(double target) => Summary.Over(Runs.Select(r => r.For(target)?.Removed));
}
