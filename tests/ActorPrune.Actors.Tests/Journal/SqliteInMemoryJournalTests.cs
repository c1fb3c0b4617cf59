using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>The journal that simulations use: all nodes of a test share its one instance.</summary>
public sealed class SqliteInMemoryJournalTests : JournalConformance
{
    private SqliteJournal? shared;

    protected override IJournal Open(TimeProvider clock) =>
        shared ??= new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = clock });
}
