using System.Collections.Immutable;

namespace ActorPrune.Actors.Journal;

/// <summary>Whose work a claim may take. Results of two versions of the engine must not be mixed, so every node names its own.</summary>
public sealed record WorkScope
{
    public static WorkScope All { get; } = new();

    /// <summary>Only experiments that were begun by this version of the engine; null = by any.</summary>
    public string? Engine { get; init; }

    /// <summary>Only these experiments; null = all that run.</summary>
    public ImmutableArray<string>? Experiments { get; init; }

    /// <summary>Nothing would ever be found.</summary>
    internal bool IsEmpty => Experiments is { IsEmpty: true };

    public static WorkScope Of(string experiment) => new() { Experiments = [experiment] };
}
