using System.Collections.Concurrent;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Study;

/// <summary>Blobs in memory.</summary>
public sealed class MemoryArtifactStore : IArtifactArchive
{
    private readonly ConcurrentDictionary<ArtifactId, byte[]> blobs = new();

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        var id = ArtifactId.Of(content);
        blobs.TryAdd(id, content.ToArray());
        return id;
    }

    public byte[] Get(ArtifactId id) =>
        blobs.TryGetValue(id, out var blob) ? blob : throw new ArtifactException($"There is no artifact {id} in memory.");

    public bool Contains(ArtifactId id) => blobs.ContainsKey(id);

    public IEnumerable<StoredArtifact> All() => blobs.Select(b => new StoredArtifact(b.Key, b.Value.Length));

    public void Remove(ArtifactId id) => blobs.TryRemove(id, out _);
}
