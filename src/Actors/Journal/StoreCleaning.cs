using System.Collections.Immutable;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal;

/// <summary>What cleaning freed, or would free.</summary>
/// <param name="Artifacts">Weights and checkpoints.</param>
/// <param name="Bytes">That they took.</param>
public readonly record struct Freed(int Artifacts, long Bytes);

/// <summary>
/// Frees what no experiment of a store refers to: results of deleted experiments with their weights, and what a crash left between the writing
/// of an artifact and the commit that names it.
/// </summary>
public static class StoreCleaning
{
    /// <summary>What <see cref="Clean"/> would free now; changes nothing.</summary>
    public static Freed Preview(IJournal journal, IArtifactArchive artifacts)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(artifacts);
        return Sum(Unnamed(artifacts, journal.NamedArtifacts()));
    }

    /// <summary>
    /// First the results, then the artifacts: a crash in between leaves artifacts that the next cleaning finds, never a result without its
    /// weights.
    /// </summary>
    /// <returns>Null: a node lives, and may name at any moment what nothing names now. Results may be gone then.</returns>
    /// <exception cref="JournalUnavailableException">The journal is away.</exception>
    /// <exception cref="ArtifactUnavailableException">The artifacts cannot be read.</exception>
    public static Freed? Clean(IJournal journal, IArtifactArchive artifacts)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(artifacts);
        var freed = default(Freed);
        return journal.DeleteUnaskedJobs() && journal.WithoutNodes(named => freed = Remove(artifacts, Unnamed(artifacts, named))) ? freed : null;
    }

    private static ImmutableArray<StoredArtifact> Unnamed(IArtifactArchive artifacts, ImmutableHashSet<ArtifactId> named) =>
        [.. artifacts.All().Where(a => !named.Contains(a.Id))];

    private static Freed Remove(IArtifactArchive artifacts, ImmutableArray<StoredArtifact> unnamed)
    {
        foreach (var artifact in unnamed)
        {
            artifacts.Remove(artifact.Id);
        }

        // One that could not be removed stays for the next time.
        return Sum([.. unnamed.Where(a => !artifacts.Contains(a.Id))]);
    }

    private static Freed Sum(ImmutableArray<StoredArtifact> artifacts) => new(artifacts.Length, artifacts.Sum(a => a.Bytes));
}
