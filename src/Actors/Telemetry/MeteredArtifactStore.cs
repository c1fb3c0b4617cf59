using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Telemetry;

/// <summary>Counts the bytes of <paramref name="inner"/>'s artifacts; owns it.</summary>
public sealed class MeteredArtifactStore(IArtifactArchive inner, EngineMeter meter) : IArtifactArchive, IDisposable
{
    private const string Direction = "actorprune.artifact.direction";

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        var id = inner.Put(content);
        meter.ArtifactBytes.Add(content.Length, new KeyValuePair<string, object?>(Direction, "write"));
        return id;
    }

    public byte[] Get(ArtifactId id)
    {
        var content = inner.Get(id);
        meter.ArtifactBytes.Add(content.Length, new KeyValuePair<string, object?>(Direction, "read"));
        return content;
    }

    public bool Contains(ArtifactId id) => inner.Contains(id);

    public void Remove(ArtifactId id) => inner.Remove(id);

    public IEnumerable<StoredArtifact> All() => inner.All();

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
