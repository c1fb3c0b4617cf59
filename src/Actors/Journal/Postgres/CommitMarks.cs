using System.Collections.Concurrent;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// What a transaction leaves in the store so that its writer, if it loses the connection at the commit, can tell whether it took effect.
/// </summary>
/// <remarks>
/// The server's own memory of a transaction (pg_xact_status) goes by its number, and numbers are no proof across a crash: those of
/// transactions whose records had not reached the disk are handed out again, and then tell of another transaction's fate.
/// </remarks>
internal sealed class CommitMarks
{
    // Far longer than anybody waits for the answer to a commit.
    private const string Past = "interval '1 day'";

    // A row is written by one transaction at a time, so that none waits for another's.
    private readonly ConcurrentBag<Guid> idle = [];

    /// <summary>A mark that no transaction has left yet, in a row of this process that is free.</summary>
    internal CommitMark Next() => new(idle.TryTake(out var writer) ? writer : Guid.NewGuid(), Guid.NewGuid());

    /// <summary>Frees the mark's row, once it is known what became of its transaction.</summary>
    internal void Settle(CommitMark mark) => idle.Add(mark.Writer);

    /// <summary>Takes away the rows of writers that are long gone.</summary>
    internal static void Sweep(PostgresSession session) => session.Defer($"DELETE FROM commit_mark WHERE at < now() - {Past}");
}

/// <param name="Writer">Names the row.</param>
/// <param name="Value">Names the transaction.</param>
internal sealed record CommitMark(Guid Writer, Guid Value)
{
    /// <summary>Leaves it; the transaction's last statement but its commit.</summary>
    internal void Leave(PostgresSession session) => session.Defer(
        """
        INSERT INTO commit_mark (writer, mark) VALUES ($1, $2)
        ON CONFLICT (writer) DO UPDATE SET mark = excluded.mark, at = excluded.at
        """,
        Writer, Value);

    /// <summary>Whether the transaction that left it took effect, asked when it is certain to have ended.</summary>
    internal bool IsThere(PostgresSession session) =>
        session.Integer("SELECT 1::bigint FROM commit_mark WHERE writer = $1 AND mark = $2", Writer, Value) is not null;
}
