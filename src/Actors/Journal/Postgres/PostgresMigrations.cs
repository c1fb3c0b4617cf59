using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>One step of the schema. <paramref name="Version"/> counts from 1 without gaps.</summary>
internal sealed record PostgresMigration(int Version, string Name, string Sql);

/// <summary>
/// Brings a schema to the version of this program, one transaction a step. A migration holds an advisory lock exclusively that every write
/// transaction holds shared: no turn runs half before and half after one.
/// </summary>
internal static class PostgresMigrations
{
    /// <summary>The first version with 64-bit transaction numbers that can be inquired.</summary>
    internal const int OldestServer = 13;

    private const string Folder = "journal/postgres/";

    private const string LatestVersion = "SELECT coalesce(max(version), 0) FROM journal_migration";

    // Advisory locks are numbers that a whole database shares, and it may hold several journals.
    private const string LockOfSchema = "hashtextextended('actorprune.' || $1, 0)";

    internal static ImmutableArray<PostgresMigration> Embedded { get; } = ReadEmbedded();

    /// <exception cref="JournalIncompatibleException">Another program's schema, one from the future, or a server too old.</exception>
    internal static void Apply(PostgresDatabase database, ImmutableArray<PostgresMigration> migrations)
    {
        // Reading first: a store that is up to date needs neither the lock nor the right to create anything.
        // In one state: another process may be making the store between two statements.
        if (database.Read(session => Version(session, database, migrations.Length), oneState: true) == migrations.Length)
        {
            return;
        }

        foreach (var migration in migrations)
        {
            database.Write(
                session =>
                {
                    session.Run($"SELECT pg_advisory_xact_lock({LockOfSchema})", database.Address.Schema);

                    // Read again under the lock: another process may have applied the step meanwhile.
                    if (Version(session, database, migrations.Length) < migration.Version)
                    {
                        Apply(session, database.Address.Schema, migration);
                    }

                    return true;
                },
                done => done);
        }
    }

    /// <summary>
    /// Called first in every write transaction: a newer program may have brought the schema ahead while this one had it open, and this
    /// one's statements know nothing of the invariants that came with it.
    /// </summary>
    internal static void RequireVersion(PostgresSession session, PostgresDatabase database, int expected)
    {
        // Two statements: what the second reads is what holds once the lock was given.
        session.Defer($"SELECT pg_advisory_xact_lock_shared({LockOfSchema})", database.Address.Schema);
        session.Defer(
            LatestVersion,
            row => row.GetInt32(0) is var version && version == expected ? null : new JournalIncompatibleException(
                $"The journal '{database.Display}' was brought to schema version {version} while this program, which knows version "
                + $"{expected}, had it open: start the newer ActorPrune here too."));
    }

    private static void Apply(PostgresSession session, string schema, PostgresMigration migration)
    {
        if (migration.Version == 1)
        {
            // Asked for only where it is missing: a user without the right to create schemas may own one.
            if (session.Integer("SELECT 1::bigint FROM pg_namespace WHERE nspname = $1", schema) is null)
            {
                session.Run($"CREATE SCHEMA {schema}");
            }

            session.Run(
                """
                CREATE TABLE journal_migration (
                    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
                """);
        }

        session.Script(migration.Sql);
        session.Run("INSERT INTO journal_migration (version, name) VALUES ($1, $2)", migration.Version, migration.Name);
    }

    /// <summary>The version of the store's schema; 0 where there is none.</summary>
    private static int Version(PostgresSession session, PostgresDatabase database, int known)
    {
        if (session.Connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new JournalIncompatibleException(
                $"The journal '{database.Display}' lies on PostgreSQL {session.Connection.PostgreSqlVersion}: version {OldestServer} "
                + "or later is needed.");
        }

        var schema = database.Address.Schema;
        const string Table =
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
        if (session.Integer($"{Table} AND c.relname = 'journal_migration'", schema) == 0)
        {
            return session.Integer(Table, schema) == 0
                ? 0
                : throw new JournalIncompatibleException(
                    $"The schema '{schema}' in '{database.Display}' holds tables of another program: name another with ?schema=NAME.");
        }

        var version = (int)session.Integer(LatestVersion)!.Value;
        return version <= known
            ? version
            : throw new JournalIncompatibleException(
                $"The journal '{database.Display}' has schema version {version}, but this program knows versions up to {known}: use the "
                + "newer ActorPrune that wrote it.");
    }

    private static ImmutableArray<PostgresMigration> ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => Read(assembly, n))];
    }

    private static PostgresMigration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = resource[Folder.Length..^".sql".Length];
        return new PostgresMigration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
