using System.Data;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// Transactions on a server that may go away at any statement. A call that lost its connection is repeated, with back-off, for as long as
/// the options allow; one that lost it at the commit first finds out whether the commit took effect, and is never applied twice.
/// </summary>
/// <remarks>
/// Isolation is READ COMMITTED with explicit row locks, in the order that the schema states, rather than SERIALIZABLE: turns of different
/// actors and claims of different jobs then never make each other start again, and a large turn cannot starve behind small ones. What a
/// transaction relies on it has locked before it reads it.
/// The outcome of a lost commit is read from the mark that the transaction leaves, see <see cref="CommitMarks"/>. A fail-over to a replica
/// that lacks acknowledged commits can mislead it, as it misleads everybody who was told of those commits.
/// </remarks>
internal sealed class PostgresDatabase : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly PostgresAddress address;
    private readonly PostgresJournalOptions options;
    private readonly NpgsqlDataSource work;

    // A heartbeat never waits for a connection that a turn or a large artifact holds.
    private readonly NpgsqlDataSource heartbeat;
    private readonly CommitMarks marks = new();
    private readonly CancellationTokenSource disposed = new();

    internal PostgresDatabase(PostgresAddress address, PostgresJournalOptions options)
    {
        this.address = address;
        this.options = options;
        work = NpgsqlDataSource.Create(address.Connect(options));
        heartbeat = NpgsqlDataSource.Create(address.Connect(options, poolSize: 1));
    }

    /// <summary>Host, port, database, user and schema, for people.</summary>
    internal string Display => address.ToString();

    internal PostgresAddress Address => address;

    internal bool IsDisposed => disposed.IsCancellationRequested;

    /// <summary>The schema version that write transactions insist on; null before the migrations ran.</summary>
    internal int? Schema { get; set; }

    /// <summary>For tests: told of each statement.</summary>
    internal Action<NpgsqlCommand>? Seen { get; set; }

    public void Dispose()
    {
        if (!IsDisposed)
        {
            disposed.Cancel();
            work.Dispose();
            heartbeat.Dispose();
        }
    }

    /// <summary>Runs <paramref name="query"/>, which changes nothing; in one state of the store if it has several statements.</summary>
    internal T Read<T>(Func<PostgresSession, T> query, bool oneState = false) => Repeat(work, connection =>
    {
        using var transaction = oneState ? connection.BeginTransaction(IsolationLevel.RepeatableRead) : null;
        return query(Session(connection));
    });

    /// <summary>
    /// Runs <paramref name="change"/> as one transaction, committed when <paramref name="keep"/> says so. It may be run again from the
    /// start, each time on a transaction of its own.
    /// </summary>
    /// <param name="change">The statements.</param>
    /// <param name="keep">Whether to commit.</param>
    /// <param name="notify">What is announced to others once it is committed, or null: channel and payload.</param>
    /// <param name="beat">Use the connection that is kept for heartbeats.</param>
    internal T Write<T>(
        Func<PostgresSession, T> change, Func<T, bool> keep, (string Channel, string Payload)? notify = null, bool beat = false) =>
        Repeat(beat ? heartbeat : work, connection =>
        {
            using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
            var session = Session(connection, inTransaction: true);
            if (Schema is { } version)
            {
                PostgresMigrations.RequireVersion(session, this, version);
            }

            var result = change(session);
            if (keep(result))
            {
                Commit(session, transaction);
                if (notify is { } news)
                {
                    Announce(connection, news.Channel, news.Payload);
                }
            }

            return result;
        });

    private PostgresSession Session(NpgsqlConnection connection, bool inTransaction = false) =>
        new(connection, options.Clock, Seen, inTransaction);

    /// <summary>
    /// Wakes others up, after the commit and not within it: transactions that notify commit one after the other, each with its own flush of
    /// the log, while those that do not share one. A transaction that only notifies has nothing to flush.
    /// </summary>
    private void Announce(NpgsqlConnection connection, string channel, string payload)
    {
        if (connection.State != ConnectionState.Open)
        {
            // Lost at the commit, which took effect.
            return;
        }

        try
        {
            Session(connection).Run("SELECT pg_notify($1, $2)", channel, payload);
        }
        catch (Exception e) when (PostgresFailure.Concerns(e) || e is InvalidOperationException)
        {
            // A hint only: whoever waits also polls. The commit stands, also when the connection, or this store, ended meanwhile.
        }
    }

    private void Commit(PostgresSession session, NpgsqlTransaction transaction)
    {
        if (session.Number.Length == 0 || Schema is null)
        {
            session.Flush();
        }

        // What was flushed may have been the transaction's first change, which gave it its number.
        if (session.Number.Length == 0 || Schema is null)
        {
            // It changed nothing, or is a step of the migrations, which look whether they have been made.
            transaction.Commit();
            return;
        }

        var (mark, number, process) = (marks.Next(), session.Number, session.Connection.ProcessID);
        try
        {
            mark.Leave(session);
            session.Commit();
        }
        catch (Exception e) when (PostgresFailure.Concerns(e) && PostgresFailure.Disconnected(e))
        {
            // A server that answers the commit with a plain error has rolled back; one that is gone may have done either. The broken
            // connection goes first, so that the question cannot wait for its place in the pool.
            session.Connection.Close();
            if (!TookEffect(mark, number, process, e))
            {
                throw;
            }
        }

        marks.Settle(mark);
    }

    /// <summary>Asks the server what became of a transaction whose commit was not answered.</summary>
    /// <exception cref="JournalUnavailableException">The server could not be asked in time: the outcome is unknown.</exception>
    private bool TookEffect(CommitMark mark, string number, int process, Exception lost)
    {
        var patience = new Patience(options.Patience, disposed.Token);
        work.Clear();
        while (true)
        {
            string obstacle;
            try
            {
                using var connection = work.OpenConnection();
                var session = Session(connection);
                if (!IsInProgress(session, number))
                {
                    return mark.IsThere(session);
                }

                // Its session does not know yet that nobody listens. It is ours to end, and it ends one way or the other.
                session.Run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid = $2::text::xid8::xid",
                    process, number);
                obstacle = $"transaction {number} is still in progress there";
            }
            catch (Exception e) when (PostgresFailure.Concerns(e) && PostgresFailure.Transient(e))
            {
                work.Clear();
                obstacle = e.GetBaseException().Message;
            }
            catch (Exception e) when (PostgresFailure.Concerns(e))
            {
                throw PostgresFailure.OutcomeUnknown(lost, e.GetBaseException().Message, Display);
            }

            if (!patience.TryWait())
            {
                throw PostgresFailure.OutcomeUnknown(lost, obstacle, Display);
            }
        }
    }

    private static bool IsInProgress(PostgresSession session, string number)
    {
        try
        {
            return session.First("SELECT coalesce(pg_xact_status($1::text::xid8), '')", row => row.GetString(0), number) == "in progress";
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // "In the future": the server crashed before any record of that transaction reached the disk, and counts from below again.
            return false;
        }
    }

    private T Repeat<T>(NpgsqlDataSource source, Func<NpgsqlConnection, T> attempt)
    {
        var patience = new Patience(options.Patience, disposed.Token);
        while (true)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, typeof(PostgresJournal));
            try
            {
                using var connection = source.OpenConnection();
                return attempt(connection);
            }
            catch (Exception e) when (PostgresFailure.Concerns(e))
            {
                ObjectDisposedException.ThrowIf(IsDisposed, typeof(PostgresJournal));
                if (!PostgresFailure.Transient(e) || GivesUp(e) || !patience.TryWait())
                {
                    throw PostgresFailure.Of(e, Display);
                }

                options.Retried?.Invoke();
                if (PostgresFailure.Disconnected(e))
                {
                    // The pool's other connections are as stale as this one was.
                    source.Clear();
                }
            }
        }
    }

    /// <summary>A store that has never been reached is more likely misspelt than restarting: whoever opens it is told at once.</summary>
    private bool GivesUp(Exception failure) => Schema is null && failure is not PostgresException;

    /// <summary>Waits between attempts: none before the first, then 50 ms, doubling to a second.</summary>
    private sealed class Patience(TimeSpan limit, CancellationToken stop)
    {
        private readonly long start = TimeProvider.System.GetTimestamp();
        private TimeSpan next = TimeSpan.Zero;

        internal bool TryWait()
        {
            if (TimeProvider.System.GetElapsedTime(start) + next > limit || stop.WaitHandle.WaitOne(next))
            {
                return false;
            }

            next = next == TimeSpan.Zero ? TimeSpan.FromMilliseconds(50) : next * 2 < LongestWait ? next * 2 : LongestWait;
            return true;
        }
    }
}
