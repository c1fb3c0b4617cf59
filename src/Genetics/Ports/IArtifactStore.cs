namespace ActorPrune.Genetics.Ports;

/// <summary>Blobs addressed by the hash of their content. Safe for use from several threads.</summary>
public interface IArtifactStore
{
    /// <summary>Makes <paramref name="content"/> durable before it returns. Putting the same content again is free.</summary>
    /// <exception cref="ArtifactUnavailableException">The store cannot be written: nothing of the blob is there.</exception>
    ArtifactId Put(ReadOnlySpan<byte> content);

    /// <summary>The content, verified against its hash.</summary>
    /// <exception cref="ArtifactException">It is missing, or damaged: the message says where it was looked for.</exception>
    /// <exception cref="ArtifactUnavailableException">The store cannot be read.</exception>
    byte[] Get(ArtifactId id);

    bool Contains(ArtifactId id);

    /// <summary>
    /// Frees the room of a blob that nothing names any more. One that is not there, or cannot be removed now, is left to be.
    /// </summary>
    void Remove(ArtifactId id);
}

/// <summary>A blob that is missing or does not match its address.</summary>
public sealed class ArtifactException(string message) : Exception(message);

/// <summary>The store cannot be read or written for now (disk full, no permission); the message says where and what to do.</summary>
public sealed class ArtifactUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The disk is full: repeating helps only after somebody freed space.</summary>
    public bool DiskFull { get; init; }
}
