using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.Journal.Sqlite;

namespace ActorPrune.Actors.Journal;

/// <summary>A journal with the artifacts that it names.</summary>
/// <param name="Url">For people: without a password.</param>
public sealed record Store(IJournal Journal, IArtifactArchive Artifacts, string Url) : IDisposable
{
    public void Dispose()
    {
        Journal.Dispose();
        (Artifacts as IDisposable)?.Dispose();
    }
}

/// <summary>What is needed to open a store besides its URL.</summary>
/// <param name="Home">Directory that holds what has no place of its own.</param>
/// <param name="Clock">Store clock; null is the database's.</param>
/// <param name="Retried">Told of each call that is repeated because the store was away for a moment.</param>
public sealed record StoreOptions(string Home, TimeProvider? Clock = null, Action? Retried = null);

/// <summary>Opens stores by URL. A kind of store is added with <see cref="Register"/>.</summary>
public sealed class StoreFactory
{
    private readonly SortedDictionary<string, Func<JournalUrl, StoreOptions, Store>> openers = new(StringComparer.Ordinal);

    public StoreFactory() => Register("sqlite", OpenSqlite).Register(JournalUrl.Postgres, OpenPostgres);

    /// <summary>Lets <paramref name="open"/> serve URLs that begin with "<paramref name="scheme"/>:", in lower case.</summary>
    public StoreFactory Register(string scheme, Func<JournalUrl, StoreOptions, Store> open)
    {
        openers[scheme] = open;
        return this;
    }

    /// <param name="url">Null: the file "actorprune.db" in <see cref="StoreOptions.Home"/>.</param>
    /// <param name="options">See <see cref="StoreOptions"/>.</param>
    /// <exception cref="FormatException">Not a URL, or of a kind that is not registered.</exception>
    /// <exception cref="JournalUnavailableException">It cannot be reached or written.</exception>
    /// <exception cref="JournalIncompatibleException">It is no journal, or one of a later schema.</exception>
    /// <exception cref="ArtifactUnavailableException">The directory of its artifacts cannot be created.</exception>
    public Store Open(string? url, StoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var parsed = url is null ? new JournalUrl("sqlite", $"sqlite:{Path.Combine(options.Home, "actorprune.db")}") : JournalUrl.Parse(url);
        return openers.TryGetValue(parsed.Scheme, out var open)
            ? open(parsed, options)
            : throw new FormatException(
                $"This build has no journal for '{parsed.Scheme}:' URLs (found '{parsed}'): it knows {string.Join(", ", openers.Keys.Select(k => $"{k}:"))}.");
    }

    /// <summary>The artifacts lie in the same database, so that every node finds them.</summary>
    private static Store OpenPostgres(JournalUrl url, StoreOptions options)
    {
        var journal = new PostgresJournal(
            PostgresAddress.Parse(url), new PostgresJournalOptions { Clock = options.Clock, Retried = options.Retried }, PostgresMigrations.Embedded);
        return new Store(journal, new PostgresArtifactStore(journal), journal.Display);
    }

    /// <summary>The artifacts lie beside the file, so that every process that opens it finds them, whatever its home is.</summary>
    private static Store OpenSqlite(JournalUrl url, StoreOptions options)
    {
        var file = url.SqliteFile!;
        var journal = new SqliteJournal(file, new SqliteJournalOptions { Clock = options.Clock });
        try
        {
            return new Store(journal, new FileArtifactStore(Path.Combine(Path.GetDirectoryName(file)!, "artifacts")), $"sqlite:{file}");
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }
}
