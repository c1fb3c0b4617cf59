using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>One server for all tests of the PostgreSQL journal, which run one after the other; each has a schema of its own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}

[Collection(PostgresCollection.Name)]
public sealed class PostgresJournalTests(PostgresServer server) : JournalConformance
{
    private readonly string url = server.Url(server.NewSchema());

    protected override IJournal Open(TimeProvider clock) => new PostgresJournal(url, new PostgresJournalOptions { Clock = clock });
}
