using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

/// <summary>One step of the schema. <paramref name="Version"/> counts from 1 without gaps.</summary>
internal sealed record SqliteMigration(int Version, string Name, string Sql);

/// <summary>Brings a file to the schema of this program, one transaction a step.</summary>
internal static class SqliteMigrations
{
    private const string Folder = "journal/sqlite/";

    private const string LatestVersion = "SELECT max(version) FROM migration";

    /// <summary>"APRN": tells the journal from other programs' SQLite files.</summary>
    private const int ApplicationId = 0x4150524e;

    internal static ImmutableArray<SqliteMigration> Embedded { get; } = ReadEmbedded();

    /// <exception cref="JournalIncompatibleException">Another program's database, or a schema from the future.</exception>
    internal static void Apply(SqliteConnection connection, ImmutableArray<SqliteMigration> migrations, Func<long> now)
    {
        // Reading first: several processes may start at once, and none of them needs the write lock on a store that is up to date.
        if (Version(connection, migrations) == migrations.Length)
        {
            return;
        }

        foreach (var migration in migrations)
        {
            connection.Run("BEGIN IMMEDIATE");
            try
            {
                // Read again under the lock: another process may have applied the step meanwhile.
                if (Version(connection, migrations) < migration.Version)
                {
                    Apply(connection, migration, now());
                }

                connection.Run("COMMIT");
            }
            catch
            {
                connection.RollBack();
                throw;
            }
        }
    }

    /// <summary>
    /// Called in every write transaction: a newer program may have brought the file to its schema while this one had it open, and this
    /// one's statements know nothing of the invariants that came with it.
    /// </summary>
    internal static void RequireVersion(SqliteConnection connection, int expected)
    {
        if (connection.Integer(LatestVersion) is var version && version != expected)
        {
            throw new JournalIncompatibleException(
                $"The journal '{connection.Path}' was brought to schema version {version} while this program, which knows version {expected}, "
                + "had it open: start the newer ActorPrune here too.");
        }
    }

    private static void Apply(SqliteConnection connection, SqliteMigration migration, long now)
    {
        if (migration.Version == 1)
        {
            connection.Script($"PRAGMA application_id = {ApplicationId}");
            connection.Script("CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
        }

        connection.Script(migration.Sql);
        connection.Run("INSERT INTO migration (version, name, applied_at) VALUES (?1, ?2, ?3)", migration.Version, migration.Name, now);
    }

    /// <summary>The version of the file's schema; 0 for an empty file.</summary>
    private static int Version(SqliteConnection connection, ImmutableArray<SqliteMigration> migrations)
    {
        var application = connection.Integer("PRAGMA application_id") ?? 0;
        if (application != ApplicationId)
        {
            return application == 0 && connection.Integer("SELECT count(*) FROM sqlite_master") == 0
                ? 0
                : throw new JournalIncompatibleException(
                    $"'{connection.Path}' is the SQLite database of another program: name another file with --db.");
        }

        var version = (int)(connection.Integer(LatestVersion) ?? 0);
        return version <= migrations.Length
            ? version
            : throw new JournalIncompatibleException(
                $"The journal '{connection.Path}' has schema version {version}, but this program knows versions up to {migrations.Length}: "
                + "use the newer ActorPrune that wrote it.");
    }

    private static ImmutableArray<SqliteMigration> ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => Read(assembly, n))];
    }

    private static SqliteMigration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = resource[Folder.Length..^".sql".Length];
        return new SqliteMigration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
