using System.Collections.Immutable;
using System.Diagnostics;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

/// <summary>
/// The journal of one machine: a SQLite file in write-ahead mode, by the operating system's library. Several processes may open one file.
/// Writers take turns (one transaction at a time, in the order in which they get the lock); readers see the last commit and neither wait
/// for writers nor hold them up.
/// </summary>
/// <remarks>
/// Outcomes are definite: a call that throws took no effect, a call that returns did, and is on the disk. The one exception is a disk whose
/// flush fails at the very commit and a machine that dies right after: then the commit may be found after the restart, as if the call had
/// returned. Whoever loads again after an exception, as the port asks, sees what is true.
/// </remarks>
public sealed partial class SqliteJournal : IJournal
{
    private readonly SqliteJournalOptions options;
    private readonly int schema;
    private readonly Lock writeGate = new();
    private readonly Lock readGate;
    private readonly SqliteConnection writer;
    private readonly SqliteConnection reader;
    private readonly ChangeSignal changes = new();
    private readonly Timer poll;
    private long seenVersion;
    private volatile bool disposed;

    /// <param name="path">The file, created with its directory when absent, or <see cref="SqliteJournalOptions.InMemory"/>.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="JournalUnavailableException">The library is missing, or the file cannot be opened or written.</exception>
    /// <exception cref="JournalIncompatibleException">Not a journal, or one of a later schema.</exception>
    public SqliteJournal(string path, SqliteJournalOptions? options = null)
        : this(path, options ?? new SqliteJournalOptions(), SqliteMigrations.Embedded)
    {
    }

    internal SqliteJournal(string path, SqliteJournalOptions options, ImmutableArray<SqliteMigration> migrations)
    {
        this.options = options;
        schema = migrations.Length;
        Path = path == SqliteJournalOptions.InMemory ? path : System.IO.Path.GetFullPath(path);
        writer = OpenWriter();
        try
        {
            SqliteMigrations.Apply(writer, migrations, Now);
            (reader, readGate) = path == SqliteJournalOptions.InMemory ? (writer, writeGate) : (OpenReader(), new Lock());
        }
        catch
        {
            writer.Dispose();
            throw;
        }

        poll = new Timer(_ => Poll());
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>For tests: the connection that writes.</summary>
    internal SqliteConnection Writer => writer;

    /// <summary>For tests: the connection that reads.</summary>
    internal SqliteConnection Reader => reader;

    public IDisposable OnChange(Action wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        ObjectDisposedException.ThrowIf(disposed, this);
        var listener = changes.Add(wake);
        if (Path != SqliteJournalOptions.InMemory)
        {
            _ = poll.Change(options.ChangePoll, options.ChangePoll);
        }

        return listener;
    }

    public void Dispose()
    {
        poll.Dispose();

        // Always in this order: the poll and the writers take the write gate alone, readers the read gate alone.
        lock (writeGate)
        {
            lock (readGate)
            {
                if (!disposed)
                {
                    disposed = true;
                    reader.Dispose();
                    writer.Dispose();
                }
            }
        }
    }

    private SqliteConnection OpenWriter()
    {
        if (Path != SqliteJournalOptions.InMemory)
        {
            CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        }

        var connection = new SqliteConnection(Path, options.BusyTimeout);
        try
        {
            EnterWriteAhead(connection);
            Configure(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteConnection OpenReader()
    {
        var connection = new SqliteConnection(Path, options.BusyTimeout);
        Configure(connection);
        connection.Script("PRAGMA query_only = 1");
        return connection;
    }

    private void Configure(SqliteConnection connection) => connection.Script(
        $"""
        PRAGMA foreign_keys = 1;
        PRAGMA synchronous = {(options.Durable ? "FULL" : "NORMAL")};
        PRAGMA temp_store = MEMORY;
        PRAGMA journal_size_limit = 67108864;
        """);

    private void EnterWriteAhead(SqliteConnection connection)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var mode = connection.First("PRAGMA journal_mode = WAL", row => row.Text(0));
                if (mode is "wal" or "memory")
                {
                    return;
                }

                throw new JournalUnavailableException(
                    $"The file system that holds the journal '{Path}' has no shared memory (SQLite stayed in journal mode '{mode}'): "
                    + "put it on a local disk.") { Cause = UnavailableCause.NotWritable };
            }
            catch (JournalUnavailableException e) when (e.Cause == UnavailableCause.Busy && waiting.Elapsed < options.BusyTimeout)
            {
                // SQLite does not wait by itself when two processes switch the mode of a new file at once.
                Thread.Sleep(5);
            }
        }
    }

    private static void CreateDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalUnavailableException(
                $"The directory '{directory}' of the journal cannot be created ({e.Message}): name another place with --db or --home.", e)
            {
                Cause = UnavailableCause.NotWritable,
            };
        }
    }

    /// <summary>Runs <paramref name="work"/> as one write transaction, committed when <paramref name="keep"/> says so.</summary>
    private T Write<T>(Func<T> work, Func<T, bool> keep, bool wake)
    {
        T result;
        bool kept;
        lock (writeGate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            writer.Run("BEGIN IMMEDIATE");
            try
            {
                SqliteMigrations.RequireVersion(writer, schema);
                result = work();
                kept = keep(result);
                writer.Run(kept ? "COMMIT" : "ROLLBACK");
            }
            catch
            {
                writer.RollBack();
                throw;
            }
        }

        if (kept && wake)
        {
            changes.Raise();
        }

        return result;
    }

    private bool Write(Func<bool> work, bool wake) => Write(work, done => done, wake);

    /// <summary>Runs <paramref name="work"/> on one state of the store: what others commit meanwhile stays unseen.</summary>
    private T Read<T>(Func<T> work)
    {
        lock (readGate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            reader.Run("BEGIN");
            try
            {
                return work();
            }
            finally
            {
                reader.RollBack();
            }
        }
    }

    // Milliseconds since 1970. The database's clock has no sub-second function before SQLite 3.42; a Julian day as a double resolves
    // 0.05 ms.
    private long Now() => Now(writer);

    private long Now(SqliteConnection connection) => options.Clock is { } clock
        ? clock.GetUtcNow().ToUnixTimeMilliseconds()
        : connection.Integer("SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)")!.Value;

    private static long Milliseconds(TimeSpan lease)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lease, TimeSpan.FromMilliseconds(1));
        return (long)lease.TotalMilliseconds;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private long NextNumber()
    {
        writer.Run("UPDATE counter SET value = value + 1");
        return writer.Integer("SELECT value FROM counter")!.Value;
    }

    /// <summary>Looks whether another connection committed since the last look.</summary>
    private void Poll()
    {
        // Busy writers raise the signal themselves; a poll never queues behind them.
        if (!changes.HasListeners || !writeGate.TryEnter())
        {
            return;
        }

        var changed = false;
        try
        {
            if (!disposed)
            {
                // The number stays the same across this connection's own commits.
                var version = writer.Integer("PRAGMA data_version") ?? 0;
                changed = version != seenVersion;
                seenVersion = version;
            }
        }
#pragma warning disable CA1031 // a timer's thread: it would end the process
        catch (Exception)
#pragma warning restore CA1031
        {
            // A hint only: the next real call says what is wrong.
        }
        finally
        {
            writeGate.Exit();
        }

        if (changed)
        {
            changes.Raise();
        }
    }
}
