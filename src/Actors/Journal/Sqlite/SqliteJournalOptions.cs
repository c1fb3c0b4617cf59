namespace ActorPrune.Actors.Journal.Sqlite;

/// <summary>How a <see cref="SqliteJournal"/> behaves. The defaults are those of the program.</summary>
public sealed record SqliteJournalOptions
{
    /// <summary>Keeps the journal in memory, for this instance alone: for tests and simulations.</summary>
    public const string InMemory = ":memory:";

    /// <summary>The store's clock; null is the database's own, which all processes on the machine share.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>How long a call waits for other connections' locks before it fails. Default 10 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often other processes' commits are looked for while somebody listens to <see cref="IJournal.OnChange"/>. Default 100 ms;
    /// <see cref="Timeout.InfiniteTimeSpan"/>: never.
    /// </summary>
    public TimeSpan ChangePoll { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// True (the default): a commit has reached the disk before the call returns, so that a power loss loses nothing that was committed.
    /// False: a power loss may lose the last commits, in order and never half of one; a crash of the process still loses nothing.
    /// </summary>
    public bool Durable { get; init; } = true;
}
