using System.Collections.Immutable;
using System.Text;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// The statements of one transaction. Parameters are positional: $1, $2, … An array of references that is the only one is passed as object,
/// or its elements would be taken for the parameters.
/// </summary>
internal sealed class PostgresSession(NpgsqlConnection connection, TimeProvider? clock, Action<NpgsqlCommand>? seen)
{
    /// <summary>The store's time as a parameter: null lets the server look at its own clock, see <see cref="Now"/>.</summary>
    internal object? Clock => clock?.GetUtcNow();

    internal NpgsqlConnection Connection => connection;

    /// <summary>SQL for the store's time, read once a statement, where <see cref="Clock"/> is that parameter.</summary>
    internal static string Now(int parameter) => $"(SELECT coalesce(${parameter}::timestamptz, clock_timestamp()))";

    /// <summary>Returns the number of rows that were changed.</summary>
    internal int Run(string sql, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    internal ImmutableArray<T> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = ImmutableArray.CreateBuilder<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows.ToImmutable();
    }

    /// <summary>The first row, or null when there is none.</summary>
    internal T? First<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
        where T : class => Query(sql, read, values) is [var first, ..] ? first : null;

    /// <summary>The first column of the first row; null when there is no row, or NULL in it.</summary>
    internal long? Integer(string sql, params ReadOnlySpan<object?> values) =>
        Query(sql, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), values) is [var first, ..] ? first : null;

    private NpgsqlCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        seen?.Invoke(command);
        return command;
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
