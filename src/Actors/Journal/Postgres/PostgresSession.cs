using System.Collections.Immutable;
using System.Text;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// The statements of one transaction. Parameters are positional: $1, $2, … An array of references that is the only one is passed as
/// object, or its elements would be taken for the parameters.
/// </summary>
/// <remarks>
/// A round trip to the server costs more than most statements. So what nobody waits for is deferred and travels, in order, with the next
/// statement whose answer is needed. At READ COMMITTED each statement still sees what the ones before it waited for.
/// </remarks>
internal sealed class PostgresSession(
    NpgsqlConnection connection, TimeProvider? clock, Action<NpgsqlCommand>? seen, bool inTransaction = false)
{
    private const string TransactionNumber = "SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')";

    private readonly List<Statement> deferred = [];

    /// <summary>The store's time as a parameter: null lets the server look at its own clock, see <see cref="Now"/>.</summary>
    internal object? Clock => clock?.GetUtcNow();

    internal NpgsqlConnection Connection => connection;

    /// <summary>The transaction's number, as of the last statement that was run; empty as long as it has changed nothing.</summary>
    internal string Number { get; private set; } = "";

    /// <summary>SQL for the store's time, read once a statement, where <see cref="Clock"/> is that parameter.</summary>
    internal static string Now(int parameter) => $"(SELECT coalesce(${parameter}::timestamptz, clock_timestamp()))";

    /// <summary>Runs the statement together with the next one whose answer is needed, or with the commit.</summary>
    internal void Defer(string sql, params ReadOnlySpan<object?> values) => deferred.Add(new Statement(sql, values.ToArray(), null));

    /// <summary>As <see cref="Defer(string, ReadOnlySpan{object})"/>. What <paramref name="refuse"/> makes of the first row, if it makes an
    /// exception of it, is thrown by the statement that this one travels with, whatever became of that.</summary>
    internal void Defer(string sql, Func<NpgsqlDataReader, Exception?> refuse, params ReadOnlySpan<object?> values) =>
        deferred.Add(new Statement(sql, values.ToArray(), refuse));

    /// <summary>Runs what is deferred.</summary>
    internal void Flush()
    {
        if (deferred.Count > 0)
        {
            var last = deferred[^1];
            deferred.RemoveAt(deferred.Count - 1);
            Execute(last, row => 0);
        }
    }

    /// <summary>Runs what is deferred and commits, in one round trip.</summary>
    internal void Commit() => Execute(new Statement("COMMIT", [], null), row => 0, numbered: false);

    /// <summary>Runs several statements that take no parameters.</summary>
    internal void Script(string sql)
    {
        Flush();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Returns the number of rows that were changed.</summary>
    internal int Run(string sql, params ReadOnlySpan<object?> values) =>
        Execute(new Statement(sql, values.ToArray(), null), row => 0).Changed;

    internal ImmutableArray<T> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values) =>
        Execute(new Statement(sql, values.ToArray(), null), read).Rows;

    /// <summary>The first row, or null when there is none.</summary>
    internal T? First<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
        where T : class => Query(sql, read, values) is [var first, ..] ? first : null;

    /// <summary>The first column of the first row; null when there is no row, or NULL in it.</summary>
    internal long? Integer(string sql, params ReadOnlySpan<object?> values) =>
        Query(sql, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), values) is [var first, ..] ? first : null;

    private (ImmutableArray<T> Rows, int Changed) Execute<T>(
        Statement wanted, Func<NpgsqlDataReader, T> read, bool numbered = true)
    {
        using var batch = new NpgsqlBatch(connection);
        Statement[] before = [.. deferred];
        deferred.Clear();
        Array.ForEach(before, s => batch.BatchCommands.Add(Command(s)));
        batch.BatchCommands.Add(Command(wanted));
        numbered &= inTransaction;
        if (numbered)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(TransactionNumber));
        }

        Exception? refused = null;
        var rows = ImmutableArray.CreateBuilder<T>();
        try
        {
            // The reader passes over statements that return no rows.
            using var reader = batch.ExecuteReader();
            foreach (var statement in before.Where(s => s.ReturnsRows))
            {
                refused ??= reader.Read() ? statement.Refuse?.Invoke(reader) : null;
                reader.NextResult();
            }

            while (wanted.ReturnsRows && refused is null && reader.Read())
            {
                rows.Add(read(reader));
            }

            if (numbered && (!wanted.ReturnsRows || reader.NextResult()) && reader.Read())
            {
                Number = reader.GetString(0);
            }
        }
        catch (PostgresException) when (refused is not null)
        {
            // A statement that was never meant for this store cannot be expected to succeed there.
        }

        return refused is null ? (rows.ToImmutable(), (int)batch.BatchCommands[before.Length].RecordsAffected) : throw refused;
    }

    private NpgsqlBatchCommand Command(Statement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Sql);
        foreach (var value in statement.Values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        if (seen is not null)
        {
            using var alone = new NpgsqlCommand(statement.Sql, connection);
            alone.Parameters.AddRange(command.Parameters.Select(p => p.Clone()).ToArray());
            seen(alone);
        }

        return command;
    }

    private sealed record Statement(string Sql, object?[] Values, Func<NpgsqlDataReader, Exception?>? Refuse)
    {
        private static readonly string[] Verbs = ["\nSELECT", "\nINSERT", "\nUPDATE", "\nDELETE"];

        /// <summary>The journal's statements begin with SELECT, or say RETURNING, exactly when they return rows.</summary>
        internal bool ReturnsRows { get; } = Main(Sql) is var main
            && (main.StartsWith("SELECT", StringComparison.Ordinal) || main.Contains("RETURNING", StringComparison.Ordinal));

        /// <summary>Without the WITH before it, whose own lines are indented.</summary>
        private static string Main(string sql) => sql.StartsWith("WITH", StringComparison.Ordinal)
            ? sql[(Verbs.Select(v => sql.IndexOf(v, StringComparison.Ordinal)).Where(at => at > 0).Min() + 1)..]
            : sql;
    }
}

/// <summary>How values of the journal lie in columns.</summary>
internal static class PostgresColumns
{
    /// <summary>A body as it is stored: text has no place for the character NUL.</summary>
    internal static byte[] Bytes(string body) => Encoding.UTF8.GetBytes(body);

    internal static string Body(this NpgsqlDataReader row, int column) => Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(column));

    internal static string? BodyOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Body(column);

    internal static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    internal static DateTimeOffset Time(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    internal static TimeSpan Checked(TimeSpan lease)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lease, TimeSpan.FromMilliseconds(1));
        return lease;
    }
}
