using System.Text;

namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>A prepared statement. While it is stepped it is also the current row: columns count from 0.</summary>
internal sealed unsafe class SqliteStatement(SqliteConnection connection, nint handle) : IDisposable
{
    private nint handle = handle;

    internal void Bind(ReadOnlySpan<SqliteValue> values)
    {
        if (values.Length != SqliteNative.sqlite3_bind_parameter_count(handle))
        {
            throw new ArgumentException(
                $"The statement has {SqliteNative.sqlite3_bind_parameter_count(handle)} parameters, {values.Length} values were given.");
        }

        for (var i = 0; i < values.Length; i++)
        {
            connection.Check(Bind(i + 1, values[i]));
        }
    }

    private int Bind(int index, SqliteValue value)
    {
        switch (value.Kind)
        {
            case SqliteValueKind.Integer:
                return SqliteNative.sqlite3_bind_int64(handle, index, value.Integer);
            case SqliteValueKind.Real:
                return SqliteNative.sqlite3_bind_double(handle, index, value.Real);
            case SqliteValueKind.Text:
                var bytes = Encoding.UTF8.GetBytes(value.Text!);
                byte nothing = 0;
                fixed (byte* start = bytes)
                {
                    // An empty array pins to null, which SQLite would take for NULL.
                    return SqliteNative.sqlite3_bind_text(handle, index, start is null ? &nothing : start, bytes.Length, SqliteNative.Transient);
                }

            default:
                return SqliteNative.sqlite3_bind_null(handle, index);
        }
    }

    /// <summary>True: there is a row.</summary>
    internal bool Step()
    {
        var code = SqliteNative.sqlite3_step(handle);
        if (code is SqliteNative.Row or SqliteNative.Done)
        {
            return code == SqliteNative.Row;
        }

        throw connection.Failure(code);
    }

    /// <summary>Ends the statement's hold on the database; the code repeats what <see cref="Step"/> has thrown already.</summary>
    internal void Reset()
    {
        _ = SqliteNative.sqlite3_reset(handle);
        _ = SqliteNative.sqlite3_clear_bindings(handle);
    }

    internal bool IsNull(int column) => SqliteNative.sqlite3_column_type(handle, column) == SqliteNative.TypeNull;

    internal long Integer(int column) => SqliteNative.sqlite3_column_int64(handle, column);

    internal double Real(int column) => SqliteNative.sqlite3_column_double(handle, column);

    internal string Text(int column)
    {
        // The order matters: the number of bytes is that of the text form, which the first call makes.
        var text = SqliteNative.sqlite3_column_text(handle, column);
        return text is null ? string.Empty : Encoding.UTF8.GetString(text, SqliteNative.sqlite3_column_bytes(handle, column));
    }

    internal string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public void Dispose()
    {
        if (handle != 0)
        {
            _ = SqliteNative.sqlite3_finalize(handle);
            handle = 0;
        }
    }
}
