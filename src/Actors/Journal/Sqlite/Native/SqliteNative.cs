using System.Runtime.InteropServices;

namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>
/// The part of SQLite's C interface that the journal uses, under its own names. See https://sqlite.org/c3ref/funclist.html.
/// </summary>
internal static unsafe partial class SqliteNative
{
    internal const int Ok = 0;
    internal const int Row = 100;
    internal const int Done = 101;

    internal const int OpenReadWrite = 0x2;
    internal const int OpenCreate = 0x4;
    internal const int OpenNoMutex = 0x8000;
    internal const uint PreparePersistent = 0x1;

    internal const int TypeNull = 5;

    /// <summary>Tells SQLite to copy the bound bytes before the call returns.</summary>
    internal const nint Transient = -1;

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_libversion_number();

    [LibraryImport(SqliteLibrary.Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sqlite3_open_v2(string filename, out nint db, int flags, string? vfs);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_close_v2(nint db);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_extended_result_codes(nint db, int on);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_busy_timeout(nint db, int milliseconds);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial byte* sqlite3_errmsg(nint db);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial byte* sqlite3_errstr(int code);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_prepare_v3(nint db, byte* sql, int bytes, uint flags, out nint statement, out byte* tail);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_finalize(nint statement);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_step(nint statement);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_reset(nint statement);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_clear_bindings(nint statement);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_bind_parameter_count(nint statement);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_bind_null(nint statement, int index);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_bind_int64(nint statement, int index, long value);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_bind_double(nint statement, int index, double value);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_bind_text(nint statement, int index, byte* value, int bytes, nint destructor);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_column_type(nint statement, int column);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial double sqlite3_column_double(nint statement, int column);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_column_bytes(nint statement, int column);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_changes(nint db);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial long sqlite3_last_insert_rowid(nint db);

    [LibraryImport(SqliteLibrary.Name)]
    internal static partial int sqlite3_get_autocommit(nint db);
}
