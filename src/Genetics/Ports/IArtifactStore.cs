namespace ActorPrune.Genetics.Ports;

/// <summary>Blobs addressed by the hash of their content. Safe for use from several threads.</summary>
public interface IArtifactStore
{
    /// <summary>Makes <paramref name="content"/> durable before it returns. Putting the same content again is free.</summary>
    ArtifactId Put(ReadOnlySpan<byte> content);

    /// <summary>The content, verified against its hash.</summary>
    /// <exception cref="ArtifactException">It is missing, or damaged: the message says where it was looked for.</exception>
    byte[] Get(ArtifactId id);

    bool Contains(ArtifactId id);
}

/// <summary>A blob that is missing or does not match its address.</summary>
public sealed class ArtifactException(string message) : Exception(message);
