using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// What PostgreSQL's error codes and lost connections mean for a user. Codes: PostgreSQL documentation, appendix A. No message holds more
/// of the connection string than host, port, database, user and schema.
/// </summary>
internal static class PostgresFailure
{
    /// <summary>Whether this is a failure of the store at all, and not one of the program.</summary>
    internal static bool Concerns(Exception failure) =>
        failure is NpgsqlException or IOException or SocketException or TimeoutException or AuthenticationException;

    /// <summary>Whether the connection is gone, so that a change under way may have been committed without its answer arriving.</summary>
    internal static bool Disconnected(Exception failure) => failure switch
    {
        PostgresException e => e.SqlState is "57P01" or "57P02" or "57P03" or "57P05" or "25P03"
            || e.SqlState.StartsWith("08", StringComparison.Ordinal)
            || e.InvariantSeverity is "FATAL" or "PANIC",
        _ => true,
    };

    /// <summary>The server wants a password and the client has none: no answer of the server, and waiting does not cure it.</summary>
    private static bool LacksPassword(Exception failure) =>
        failure.Message.Contains("No password has been provided", StringComparison.Ordinal);

    /// <summary>Whether repeating at once, or soon, may help.</summary>
    internal static bool Transient(Exception failure) => failure switch
    {
        // Serialisation failure, deadlock, too many connections, server starting or stopping, connection lost.
        PostgresException e => e.SqlState is "40001" or "40P01" or "53300" or "57P01" or "57P02" or "57P03" or "57P05" or "25P03"
            || e.SqlState.StartsWith("08", StringComparison.Ordinal),
        AuthenticationException => false,
        _ => failure.InnerException is not AuthenticationException && !LacksPassword(failure),
    };

    /// <summary>The failure in the words of the port.</summary>
    internal static Exception Of(Exception failure, string store) => failure is PostgresException e
        ? OfServer(e, store)
        : LacksPassword(failure)
        ? new JournalUnavailableException(
            $"The journal '{store}' wants a password: set PGPASSWORD, or name a file with it in PGPASSFILE.", failure)
        {
            Cause = UnavailableCause.NotWritable,
        }
        : new JournalUnavailableException(
            $"The journal '{store}' cannot be reached ({Innermost(failure)}): check that PostgreSQL runs there and that host, port and "
            + "network are right; what was committed is safe.",
            failure)
        {
            Cause = failure.Message.Contains("pool has been exhausted", StringComparison.Ordinal) ? UnavailableCause.Busy
                : Transient(failure) ? UnavailableCause.Unreachable
                : UnavailableCause.NotWritable,
        };

    /// <param name="failure">How the commit ended for its writer.</param>
    /// <param name="obstacle">Why the server could not be asked, at the last attempt.</param>
    /// <param name="store">As shown to people.</param>
    internal static JournalUnavailableException OutcomeUnknown(Exception failure, string obstacle, string store) => new(
        $"The connection to the journal '{store}' was lost while a change was being committed ({Innermost(failure)}), and the server did "
        + $"not say in time whether it took effect ({obstacle}): the outcome is unknown. Whoever loads again sees what is true.",
        failure);

    private static string Innermost(Exception failure) => failure.GetBaseException().Message;

    private static Exception OfServer(PostgresException e, string store)
    {
        var detail = $"PostgreSQL: {e.MessageText}, code {e.SqlState}";
        JournalUnavailableException Unavailable(UnavailableCause cause, string text) => new(text, e) { Cause = cause };
        return e.SqlState switch
        {
            "53100" => Unavailable(
                UnavailableCause.Full,
                $"The disk that holds the journal '{store}' is full ({detail}): free some space and resume; what was committed is safe."),
            "40001" or "40P01" or "55P03" or "57014" or "53300" or "53400" => Unavailable(
                UnavailableCause.Busy,
                $"The journal '{store}' was busy beyond the time-out ({detail}): try again; if it persists, look in pg_stat_activity for a "
                + "transaction that stays open, or raise max_connections."),
            "28000" or "28P01" => Unavailable(
                UnavailableCause.NotWritable,
                $"The journal '{store}' refused the log-in ({detail}): check the user, and the password in PGPASSWORD or in the file that "
                + "PGPASSFILE names."),
            "3D000" => Unavailable(
                UnavailableCause.NotWritable, $"The database of the journal '{store}' does not exist ({detail}): make it with createdb."),
            "42501" => Unavailable(
                UnavailableCause.NotWritable,
                $"The user of the journal '{store}' lacks a right ({detail}): grant CREATE on the database once, or name a schema that the "
                + "user owns with ?schema=NAME."),
            "25006" => Unavailable(
                UnavailableCause.NotWritable,
                $"The journal '{store}' cannot be written ({detail}): name the primary server, not a replica."),
            "42P01" or "42703" or "3F000" => new JournalIncompatibleException(
                $"The schema of the journal '{store}' was changed or dropped ({detail}): restore it from a backup, or name another."),
            "XX001" or "XX002" => new JournalIncompatibleException(
                $"The journal '{store}' is damaged ({detail}): restore it from a backup."),
            "22021" => new ArgumentException($"A name in the journal holds no character NUL ({detail}).", e),
            _ when Transient(e) || e.SqlState.StartsWith("53", StringComparison.Ordinal)
                || e.SqlState.StartsWith("58", StringComparison.Ordinal) =>
                Unavailable(
                    UnavailableCause.Unreachable,
                    $"The journal '{store}' cannot be used now ({detail}): check the server and its disk; what was committed is safe."),
            _ => new InvalidOperationException($"The journal '{store}' refused a statement ({detail}).", e),
        };
    }
}
