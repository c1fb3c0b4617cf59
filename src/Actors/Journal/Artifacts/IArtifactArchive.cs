using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Artifacts;

/// <summary>An artifact store that knows all that it holds: what a journal's lies in.</summary>
public interface IArtifactArchive : IArtifactStore
{
    /// <summary>All blobs that are whole, in no particular order; what others put or remove meanwhile may be there or not.</summary>
    /// <exception cref="ArtifactUnavailableException">The store cannot be read.</exception>
    IEnumerable<StoredArtifact> All();
}

/// <summary>A blob and what it takes.</summary>
/// <param name="Id">Hash of its content.</param>
/// <param name="Bytes">Its length.</param>
public readonly record struct StoredArtifact(ArtifactId Id, long Bytes);
