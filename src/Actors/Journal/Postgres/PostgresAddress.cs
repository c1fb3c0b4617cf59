using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// Where a journal lies: "postgresql://user@host:port/database?schema=name" with libpq's parameters, or Npgsql's
/// "Host=…;Database=…;Schema=…". What is missing comes from Npgsql's environment (PGUSER, PGPASSWORD, PGPASSFILE, …).
/// Printing it shows no password.
/// </summary>
internal sealed partial class PostgresAddress
{
    internal const string DefaultSchema = "actorprune";

    // libpq's names where Npgsql's differ by more than spaces.
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["connect_timeout"] = "Timeout",
        ["sslmode"] = "SSL Mode",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["sslnegotiation"] = "SSL Negotiation",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["search_path"] = "Search Path",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["client_encoding"] = "Client Encoding",
    };

    private readonly NpgsqlConnectionStringBuilder settings;

    private PostgresAddress(NpgsqlConnectionStringBuilder settings, string? schema)
    {
        schema ??= settings.SearchPath is { Length: > 0 } path ? path : DefaultSchema;
        if (!SchemaName().IsMatch(schema))
        {
            throw new FormatException(
                $"The schema of a journal is one name of at most 63 lower-case letters, digits and underscores, found '{schema}'.");
        }

        if (string.IsNullOrEmpty(settings.Host))
        {
            throw new FormatException("A journal on PostgreSQL is named with its host: postgresql://user@host/database.");
        }

        Schema = schema;
        this.settings = settings;
        settings.SearchPath = schema;
    }

    internal string Schema { get; }

    /// <exception cref="FormatException">Not an address; the message holds no password.</exception>
    internal static PostgresAddress Parse(JournalUrl url) =>
        url.Rest.StartsWith("//", StringComparison.Ordinal) ? OfUrl(url) : OfKeywords(url);

    /// <summary>The connection string, password included: for Npgsql alone.</summary>
    /// <param name="options">Time-outs.</param>
    /// <param name="poolSize">Connections at most; null: as the user said, else 8.</param>
    internal string Connect(PostgresJournalOptions options, int? poolSize = null)
    {
        var all = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        var given = Given();
        void Default(string keyword, object value)
        {
            if (!given.ContainsKey(keyword))
            {
                all[keyword] = value;
            }
        }

        Default("Application Name", "ActorPrune");
        // A day of a lease is 24 hours everywhere.
        Default("Timezone", "UTC");
        Default("Timeout", 5);
        Default("Command Timeout", 30);
        Default("Keepalive", 10);
        Default("Max Auto Prepare", 100);
        Default("Auto Prepare Min Usages", 2);
        Default("Maximum Pool Size", 8);
        // Whatever a transaction sets here ends with it: there is nothing to reset when a connection goes back to the pool.
        Default("No Reset On Close", true);
        if (all.Host!.Contains(',', StringComparison.Ordinal))
        {
            Default("Target Session Attributes", "read-write");
        }

        all.MaxPoolSize = poolSize ?? all.MaxPoolSize;
        all.MinPoolSize = Math.Min(all.MinPoolSize, all.MaxPoolSize);

        // Each statement has an index to go by. Of tables that are new, or empty at times, the planner knows too little to see it.
        // What is switched off is merely priced high, and what costs much would be compiled: half a second for each statement that sorts.
        const string Plans = "-c enable_sort=off -c enable_bitmapscan=off -c jit=off";
        var ours = $"{Plans} -c lock_timeout={Whole(options.BusyTimeout)} "
            + $"-c idle_in_transaction_session_timeout={Whole(options.AbandonedTransaction)}";
        all.Options = string.IsNullOrEmpty(all.Options) ? ours : $"{ours} {all.Options}";
        return all.ConnectionString;
    }

    public override string ToString()
    {
        var user = string.IsNullOrEmpty(settings.Username) ? "" : $"{settings.Username}@";
        var port = Given().ContainsKey("Port") ? $":{settings.Port}" : "";
        return $"postgresql://{user}{settings.Host}{port}/{settings.Database}?schema={Schema}";
    }

    /// <summary>What was named: Npgsql's builder itself claims to hold every keyword that it knows.</summary>
    private DbConnectionStringBuilder Given() => new() { ConnectionString = settings.ConnectionString };

    private static long Whole(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);

    private static PostgresAddress OfKeywords(JournalUrl url)
    {
        // DbConnectionStringBuilder knows the syntax; Npgsql's own would refuse the keyword Schema.
        var pairs = new DbConnectionStringBuilder();
        try
        {
            pairs.ConnectionString = url.Rest;
        }
        catch (ArgumentException)
        {
            throw new FormatException(
                "Expected 'Host=…;Database=…;Username=…', found a list with a fault in its form: look at quotes and semicolons.");
        }

        return Of(pairs.Keys.Cast<string>().Select(key => (key, (string)pairs[key])));
    }

    private static PostgresAddress OfUrl(JournalUrl url)
    {
        // By hand: a password may hold characters that Uri would take for separators; the last @ before the parameters, which may hold one
        // as well, ends it. Parameters begin with a name: a question mark alone may be the password's.
        var rest = url.Rest[2..];
        var at = (Parameters().Match(rest) is { Success: true } parameters ? rest[..parameters.Index] : rest).LastIndexOf('@');
        var pairs = new List<(string, string)>();
        if (at >= 0)
        {
            var user = rest[..at].Split(':', 2);
            pairs.Add(("Username", Uri.UnescapeDataString(user[0])));
            if (user.Length > 1)
            {
                pairs.Add(("Password", Uri.UnescapeDataString(user[1])));
            }
        }

        var query = rest[(at + 1)..].Split('?', 2);
        var place = query[0].Split('/', 2);
        AddPlace(pairs, place[0]);
        if (place is [_, { Length: > 0 } database])
        {
            pairs.Add(("Database", Uri.UnescapeDataString(database)));
        }

        foreach (var option in query.Length > 1 ? query[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var pair = option.Split('=', 2);
            pairs.Add((Uri.UnescapeDataString(pair[0]), pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : ""));
        }

        return Of(pairs.Where(p => p.Item2.Length > 0));
    }

    private static void AddPlace(List<(string, string)> pairs, string place)
    {
        // Several hosts keep their ports: Npgsql reads "a:1,b:2" itself. One has its port behind the last colon outside of brackets.
        var colon = place.LastIndexOf(':');
        if (place.Contains(',', StringComparison.Ordinal) || colon < 0 || place.EndsWith(']'))
        {
            pairs.Add(("Host", Uri.UnescapeDataString(place).Trim('[', ']')));
            return;
        }

        pairs.Add(("Host", Uri.UnescapeDataString(place[..colon]).Trim('[', ']')));
        pairs.Add(("Port", place[(colon + 1)..]));
    }

    private static PostgresAddress Of(IEnumerable<(string Key, string Value)> pairs)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        string? schema = null;
        foreach (var (key, value) in pairs)
        {
            if (key.Equals("schema", StringComparison.OrdinalIgnoreCase))
            {
                schema = value;
                continue;
            }

            try
            {
                var keyword = Keywords.GetValueOrDefault(key, key);
                settings[keyword] = keyword == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
            }
            catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                // Without the exception and its value: it may be a password's neighbour, or a part of one.
                throw new FormatException(
                    $"The address of the journal has the parameter '{key}', which connections to PostgreSQL do not know, or with a value "
                    + "that they do not take: see the connection string parameters of Npgsql.");
            }
        }

        return new PostgresAddress(settings, schema);
    }

    [GeneratedRegex(@"\?[A-Za-z][A-Za-z _]*=")]
    private static partial Regex Parameters();

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
