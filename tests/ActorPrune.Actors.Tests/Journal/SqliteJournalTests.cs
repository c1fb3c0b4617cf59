using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

public sealed class SqliteJournalTests : JournalConformance
{
    private readonly TemporaryDirectory directory = new();

    protected override IJournal Open(TimeProvider clock) =>
        new SqliteJournal(directory.File("journal.db"), new SqliteJournalOptions { Clock = clock, ChangePoll = TimeSpan.FromMilliseconds(5) });

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        directory.Dispose();
    }
}
