using System.Security.Cryptography;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Bench;

/// <summary>Checkpoints of a ResNet-20 (weights and momentum: about 2 MiB) come and go; blobs of 1 MiB here, one client.</summary>
internal static class Artifacts
{
    private const int MiB = 1024 * 1024;

    public static IEnumerable<Case> Cases() =>
    [
        new Case("written", 1, store => [() => Put(Of(store)).Length / MiB]),
        new Case("read", 1, store =>
        {
            var artifacts = Of(store);
            var id = artifacts.Put(RandomNumberGenerator.GetBytes(MiB));
            return [() => artifacts.Get(id).Length / MiB];
        }),
    ];

    private static byte[] Put(IArtifactStore artifacts)
    {
        var content = RandomNumberGenerator.GetBytes(MiB);
        artifacts.Put(content);
        return content;
    }

    private static IArtifactStore Of(BenchStore store) =>
        store.First is PostgresJournal postgres ? new PostgresArtifactStore(postgres) : new FileArtifactStore(store.ArtifactFolder);
}
