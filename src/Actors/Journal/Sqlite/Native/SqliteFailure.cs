namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>
/// What SQLite's result codes mean for a user. See https://sqlite.org/rescode.html: the low byte is the primary code.
/// </summary>
internal static class SqliteFailure
{
    private const int Busy = 5;
    private const int Permission = 3;
    private const int Locked = 6;
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;

    internal static Exception Of(int code, string text, string path)
    {
        var detail = $"SQLite: {text}, code {code}";
        return (code & 0xff) switch
        {
            Full => new JournalUnavailableException(
                $"The disk that holds the journal '{path}' is full ({detail}): free some space and resume; what was committed is "
                + "safe.") { Cause = UnavailableCause.Full },
            Busy or Locked or Protocol => new JournalUnavailableException(
                $"The journal '{path}' stayed locked by another process beyond the time-out ({detail}): try again; if it persists, look for "
                + "a program that keeps the file open in a transaction.") { Cause = UnavailableCause.Busy },
            ReadOnly or Permission => new JournalUnavailableException(
                $"The journal '{path}' cannot be written ({detail}): make the file and its directory writable, or name another with "
                + "--db or --home.") { Cause = UnavailableCause.NotWritable },
            CannotOpen => new JournalUnavailableException(
                $"The journal '{path}' cannot be opened ({detail}): its directory must exist and be writable; name another with "
                + "--db or --home.") { Cause = UnavailableCause.NotWritable },
            InputOutput => new JournalUnavailableException(
                $"Reading or writing the journal '{path}' failed ({detail}): check the disk and its file system, then resume; what was "
                + "committed is safe."),
            OutOfMemory => new JournalUnavailableException($"No memory was left for the journal '{path}' ({detail}): free some and resume."),
            NotADatabase => new JournalIncompatibleException(
                $"'{path}' is not a SQLite database ({detail}): name another file with --db, or move this one away."),
            Corrupt => new JournalIncompatibleException(
                $"The journal '{path}' is damaged ({detail}): restore it from a backup, or save what can be read with 'sqlite3 FILE .recover'."),
            _ => new InvalidOperationException($"The journal '{path}' refused a statement ({detail})."),
        };
    }
}
