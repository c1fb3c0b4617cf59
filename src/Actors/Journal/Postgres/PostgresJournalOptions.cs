namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>How a <see cref="PostgresJournal"/> behaves. The defaults are those of the program.</summary>
public sealed record PostgresJournalOptions
{
    /// <summary>The store's clock; null is the server's own, which all nodes share.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>
    /// How long a call that lost its connection, or met a server that is starting, goes on trying before it fails. The outcome of a commit
    /// whose answer was lost is inquired for as long again. Default 10 s.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a statement waits for the locks of other transactions before its call fails. Default 10 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After this time without a statement the server ends an open transaction and frees its locks: a process that was paused or cut off in
    /// the middle of one holds nobody up for longer. Default 10 s.
    /// </summary>
    public TimeSpan AbandonedTransaction { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told of each repetition of a call that lost its connection, or met a starting server or a deadlock.</summary>
    public Action? Retried { get; init; }

    /// <summary>How often listeners are woken on suspicion while the connection that hears notifications is away. Default 1 s.</summary>
    public TimeSpan ChangePoll { get; init; } = TimeSpan.FromSeconds(1);
}
