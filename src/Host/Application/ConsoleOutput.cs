namespace ActorPrune.Host.Application;

/// <summary>
/// What people read while something runs: lines that stay, and on a terminal one status line below them that is drawn over. Off a terminal,
/// and with TERM=dumb, the status is left out except for a plain line now and then. Goes to standard error, so that standard output is for
/// results.
/// </summary>
public sealed class ConsoleOutput : IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock gate = new();
    private readonly TextWriter writer;
    private readonly bool live;
    private readonly bool quiet;
    private string status = string.Empty;
    private string lastPlain = string.Empty;
    private long plainAt;
    private RunLog? log;
    private List<(DateTimeOffset At, string Text)> unlogged = [];

    public ConsoleOutput(TextWriter writer, bool terminal, bool quiet = false)
    {
        this.writer = writer;
        this.quiet = quiet;
        live = terminal && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);
    }

    /// <summary>Standard error as it is.</summary>
    public static ConsoleOutput Standard(bool quiet = false) => new(Console.Error, !Console.IsErrorRedirected, quiet);

    /// <summary>From now on every line that stays is also written to the file at <paramref name="path"/>, as are those before.</summary>
    public void LogTo(string path)
    {
        lock (gate)
        {
            log = new RunLog(path);
            unlogged.ForEach(l => log.Append(l.At, l.Text));
            unlogged = [];
        }
    }

    /// <summary>A line that stays.</summary>
    public void Line(string text)
    {
        lock (gate)
        {
            Erase();
            writer.WriteLine(text);
            Draw();
            Record(text);
        }
    }

    /// <summary>A line for the log only.</summary>
    public void Note(string text)
    {
        lock (gate)
        {
            Record(text);
        }
    }

    /// <summary>Replaces the status line.</summary>
    public void Status(string text)
    {
        if (quiet)
        {
            return;
        }

        lock (gate)
        {
            if (live)
            {
                Erase();
                status = Fitted(text);
                Draw();
            }
            else if (text != lastPlain && (plainAt == 0 || TimeProvider.System.GetElapsedTime(plainAt) >= PlainInterval))
            {
                writer.WriteLine(text);
                lastPlain = text;
                plainAt = TimeProvider.System.GetTimestamp();
            }
        }
    }

    /// <summary>Takes the status line away.</summary>
    public void ClearStatus()
    {
        lock (gate)
        {
            Erase();
            status = string.Empty;
        }
    }

    public void Dispose() => log?.Dispose();

    private void Record(string text)
    {
        if (log is null)
        {
            unlogged.Add((DateTimeOffset.UtcNow, text));
        }
        else
        {
            log.Append(DateTimeOffset.UtcNow, text);
        }
    }

    private void Erase()
    {
        if (live && status.Length > 0)
        {
            writer.Write("\r\e[2K");
        }
    }

    private void Draw()
    {
        if (live && status.Length > 0)
        {
            writer.Write(status);
        }

        writer.Flush();
    }

    // A line that wraps could not be erased any more.
    private static string Fitted(string text)
    {
        var width = Math.Max(20, Width() - 1);
        return text.Length <= width ? text : string.Concat(text.AsSpan(0, width - 1), "…");
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
