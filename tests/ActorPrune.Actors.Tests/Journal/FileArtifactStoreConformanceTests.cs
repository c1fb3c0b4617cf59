using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

public sealed class FileArtifactStoreConformanceTests : ArtifactStoreConformance
{
    private readonly TemporaryDirectory directory = new();

    protected override IArtifactArchive Open() => new FileArtifactStore(directory.Path);

    protected override void Dispose(bool disposing)
    {
        directory.Dispose();
        base.Dispose(disposing);
    }
}
