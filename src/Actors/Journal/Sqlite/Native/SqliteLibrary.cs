using System.Reflection;
using System.Runtime.InteropServices;

namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>Finds the operating system's SQLite.</summary>
internal static class SqliteLibrary
{
    /// <summary>The name that <see cref="SqliteNative"/> imports from.</summary>
    internal const string Name = "sqlite3";

    /// <summary>The oldest version that has all that the journal's SQL needs (UPDATE … FROM).</summary>
    internal const int OldestVersion = 3_033_000;

    private static readonly string[] Candidates = ["libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", "winsqlite3.dll"];

    // Lazy caches the exception too: a library that is missing stays missing, and every caller hears why.
    private static readonly Lazy<nint> Handle = new(() =>
    {
        var handle = Load(Candidates);
        NativeLibrary.SetDllImportResolver(typeof(SqliteLibrary).Assembly, (name, _, _) => name == Name ? handle : 0);
        return handle;
    });

    /// <exception cref="JournalUnavailableException">No SQLite, or one that is too old; the message says what to install.</exception>
    internal static void Require()
    {
        _ = Handle.Value;
        if (SqliteNative.sqlite3_libversion_number() is var version && version < OldestVersion)
        {
            throw new JournalUnavailableException(
                $"The operating system's SQLite library is version {version / 1_000_000}.{version / 1000 % 1000}.{version % 1000}, "
                + "but the journal needs 3.33 or later: update the package libsqlite3-0 (Fedora and RHEL: sqlite-libs).");
        }
    }

    internal static nint Load(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle))
            {
                return handle;
            }
        }

        throw new JournalUnavailableException(
            $"SQLite's library is not installed (tried {string.Join(", ", names)}): install it with 'apt-get install libsqlite3-0' "
            + "(Fedora and RHEL: 'dnf install sqlite-libs', Alpine: 'apk add sqlite-libs').");
    }
}
