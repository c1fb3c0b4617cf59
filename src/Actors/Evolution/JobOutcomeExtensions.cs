using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>Outcomes of evaluations in the words of a search.</summary>
internal static class JobOutcomeExtensions
{
    /// <summary>What the evaluation of <paramref name="genome"/> came to; one that failed has no figures.</summary>
    public static Evaluated Of(this JobOutcome outcome, Genome genome) => new(
        genome, outcome.Key, outcome.Result?.Measures ?? ImmutableSortedDictionary<string, double>.Empty, outcome.Failure)
    {
        Artifacts = outcome.Result?.Artifacts ?? ImmutableSortedDictionary<string, ArtifactId>.Empty,
    };
}
