using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>
/// One connection with its prepared statements, each compiled once. For one thread at a time: whoever holds it guards it with a lock.
/// </summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> statements = new(StringComparer.Ordinal);
    private nint handle;

    /// <param name="path">File to open, created when it is absent; ":memory:" for one that lives as long as the connection.</param>
    /// <param name="busyTimeout">How long a statement waits for another connection's lock before it fails.</param>
    internal SqliteConnection(string path, TimeSpan busyTimeout)
    {
        Path = path;
        SqliteLibrary.Require();
        var code = SqliteNative.sqlite3_open_v2(
            path, out handle, SqliteNative.OpenReadWrite | SqliteNative.OpenCreate | SqliteNative.OpenNoMutex, null);
        if (code != SqliteNative.Ok)
        {
            var failure = Failure(code);
            Dispose();
            throw failure;
        }

        Check(SqliteNative.sqlite3_extended_result_codes(handle, 1));
        Check(SqliteNative.sqlite3_busy_timeout(handle, checked((int)busyTimeout.TotalMilliseconds)));
    }

    internal string Path { get; }

    internal bool InTransaction => SqliteNative.sqlite3_get_autocommit(handle) == 0;

    internal long LastInsertId => SqliteNative.sqlite3_last_insert_rowid(handle);

    /// <summary>Runs a statement to its end and returns how many rows it inserted, updated or deleted.</summary>
    internal int Run(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        var statement = Prepare(sql);
        try
        {
            statement.Bind(values);
            while (statement.Step())
            {
            }

            return SqliteNative.sqlite3_changes(handle);
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>All rows. <paramref name="read"/> must not use the connection.</summary>
    internal ImmutableArray<T> Query<T>(string sql, Func<SqliteStatement, T> read, params ReadOnlySpan<SqliteValue> values)
    {
        var statement = Prepare(sql);
        try
        {
            statement.Bind(values);
            var rows = ImmutableArray.CreateBuilder<T>();
            while (statement.Step())
            {
                rows.Add(read(statement));
            }

            return rows.DrainToImmutable();
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>The first row, or null.</summary>
    internal T? First<T>(string sql, Func<SqliteStatement, T> read, params ReadOnlySpan<SqliteValue> values)
        where T : class
    {
        var rows = Query(sql, read, values);
        return rows.Length > 0 ? rows[0] : null;
    }

    /// <summary>The integer in the first column of the first row, or null when there is no row or no value.</summary>
    internal long? Integer(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        var rows = Query(sql, row => row.IsNull(0) ? (long?)null : row.Integer(0), values);
        return rows.Length > 0 ? rows[0] : null;
    }

    /// <summary>Runs several statements without parameters, one after the other.</summary>
    internal void Script(string sql)
    {
        var bytes = Encoding.UTF8.GetBytes(sql + "\0");
        fixed (byte* start = bytes)
        {
            var rest = start;
            while (*rest != 0)
            {
                Check(SqliteNative.sqlite3_prepare_v3(handle, rest, -1, 0, out var compiled, out rest));

                // Null: nothing but white space or a comment was left.
                if (compiled != 0)
                {
                    using var statement = new SqliteStatement(this, compiled);
                    while (statement.Step())
                    {
                    }
                }
            }
        }
    }

    /// <summary>Takes back an open transaction, if SQLite has not done so itself.</summary>
    internal void RollBack()
    {
        if (handle != 0 && InTransaction)
        {
            Run("ROLLBACK");
        }
    }

    private SqliteStatement Prepare(string sql)
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        if (!statements.TryGetValue(sql, out var statement))
        {
            var bytes = Encoding.UTF8.GetBytes(sql);
            fixed (byte* start = bytes)
            {
                Check(SqliteNative.sqlite3_prepare_v3(handle, start, bytes.Length, SqliteNative.PreparePersistent, out var compiled, out _));
                statement = new SqliteStatement(this, compiled);
            }

            statements.Add(sql, statement);
        }

        return statement;
    }

    internal void Check(int code)
    {
        if (code != SqliteNative.Ok)
        {
            throw Failure(code);
        }
    }

    internal Exception Failure(int code)
    {
        var text = handle != 0 ? SqliteNative.sqlite3_errmsg(handle) : SqliteNative.sqlite3_errstr(code);
        return SqliteFailure.Of(code, Marshal.PtrToStringUTF8((nint)text) ?? "unknown error", Path);
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        statements.Clear();
        if (handle != 0)
        {
            _ = SqliteNative.sqlite3_close_v2(handle);
            handle = 0;
        }
    }
}
