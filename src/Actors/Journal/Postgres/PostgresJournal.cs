using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// The journal of a cluster: a schema in a PostgreSQL database (13 or later) that all nodes reach. It needs no rights beyond those of the
/// schema's owner, and no extension.
/// </summary>
/// <remarks>
/// A call whose connection is lost is repeated within <see cref="PostgresJournalOptions.Patience"/>. If it was lost at the commit, the
/// server is asked what became of that transaction before anything is said or repeated; only when it cannot be asked in time does the call
/// throw with a message that the outcome is unknown. Leases follow the server's clock alone.
/// </remarks>
public sealed partial class PostgresJournal : IJournal
{
    private readonly PostgresJournalOptions options;
    private readonly PostgresDatabase database;
    private readonly ChangeSignal changes = new();
    private readonly Lock listening = new();
    private readonly string channel;
    private readonly string self = Guid.NewGuid().ToString("N");
    private PostgresListener? listener;
    private bool disposed;

    /// <param name="url">See <see cref="JournalUrl"/>: "postgresql://user@host/database?schema=name" or "Host=…;Database=…".</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="FormatException">Not the address of a PostgreSQL server.</exception>
    /// <exception cref="JournalUnavailableException">The server cannot be reached, or refuses the user.</exception>
    /// <exception cref="JournalIncompatibleException">Another program's schema, one of a later version, or a server too old.</exception>
    public PostgresJournal(string url, PostgresJournalOptions? options = null)
        : this(PostgresAddress.Parse(JournalUrl.Parse(url)), options ?? new PostgresJournalOptions(), PostgresMigrations.Embedded)
    {
    }

    internal PostgresJournal(PostgresAddress address, PostgresJournalOptions options, ImmutableArray<PostgresMigration> migrations)
    {
        this.options = options;
        channel = $"actorprune_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.Schema)))[..16]}";
        database = new PostgresDatabase(address, options);
        try
        {
            PostgresMigrations.Apply(database, migrations);
            database.Schema = migrations.Length;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Host, port, database, user and schema, without a password.</summary>
    public string Display => database.Display;

    /// <summary>The same database, for the artifacts; it ends with this journal.</summary>
    internal PostgresDatabase Database => database;

    public IDisposable OnChange(Action wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        lock (listening)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            listener ??= new PostgresListener(database.Address.Connect(options), channel, self, changes.Raise, options.ChangePoll);
        }

        return changes.Add(wake);
    }

    public void Dispose()
    {
        lock (listening)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
        }

        listener?.Dispose();
        database.Dispose();
    }

    private T Read<T>(Func<PostgresSession, T> query, bool oneState = false) => database.Read(query, oneState);

    /// <summary>One write transaction, committed when <paramref name="keep"/> says so; see <see cref="PostgresDatabase.Write"/>.</summary>
    private T Write<T>(Func<PostgresSession, T> change, Func<T, bool> keep, bool wake, bool beat = false)
    {
        var kept = false;
        var result = database.Write(change, done => kept = keep(done), wake ? (channel, self) : null, beat);
        if (kept && wake)
        {
            changes.Raise();
        }

        return result;
    }

    private bool Write(Func<PostgresSession, bool> change, bool wake) => Write(change, done => done, wake);
}
