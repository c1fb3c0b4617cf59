using System.Globalization;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

[Collection(PostgresCollection.Name)]
public sealed class PostgresArtifactStoreTests(PostgresServer server) : ArtifactStoreConformance
{
    private readonly string schema = server.NewSchema();
    private readonly List<PostgresJournal> journals = [];

    protected override IArtifactArchive Open()
    {
        journals.Add(new PostgresJournal(server.Url(schema)));
        return new PostgresArtifactStore(journals[^1]);
    }

    protected override void Dispose(bool disposing)
    {
        journals.ForEach(j => j.Dispose());
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData("UPDATE {0}.artifact_chunk SET content = set_byte(content, 5, 255 - get_byte(content, 5))")]
    [InlineData("DELETE FROM {0}.artifact_chunk WHERE number = 1")]
    [InlineData("UPDATE {0}.artifact_chunk SET content = content || content")]
    public void A_damaged_blob_is_refused_by_name(string damage)
    {
        var store = Open();
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        var id = store.Put(content);

        server.Execute(string.Format(CultureInfo.InvariantCulture, damage, schema));

        Should.Throw<ArtifactException>(() => store.Get(id)).Message.ShouldContain($"{id} in 'postgresql://");
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    public void An_id_that_is_no_hash_is_refused(string hex) => Should.Throw<ArtifactException>(() => Open().Get(new ArtifactId(hex)));
}
