namespace ActorPrune.Host.Application;

/// <summary>
/// What people read while something runs: lines that stay, and on a terminal one status line below them that is drawn over. Off a terminal,
/// and with TERM=dumb, the status is left out except for a plain line now and then. Goes to standard error, so that standard output is for
/// results. In the format for machines every line, the status now and then included, is one JSON object.
/// </summary>
public sealed class ConsoleOutput : IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock gate = new();
    private readonly TextWriter writer;
    private readonly bool live;
    private readonly bool quiet;
    private readonly LogFormat format;
    private string status = string.Empty;
    private string lastPlain = string.Empty;
    private long plainAt;
    private string? node;
    private string? experiment;
    private RunLog? log;
    private List<LogLine> unlogged = [];

    public ConsoleOutput(TextWriter writer, bool terminal, bool quiet = false, LogFormat format = LogFormat.Text)
    {
        this.writer = writer;
        this.quiet = quiet;
        this.format = format;
        live = terminal && format == LogFormat.Text && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);
    }

    /// <summary>What the process was told with <c>--log-format</c>.</summary>
    public static LogFormat Format { get; set; }

    /// <summary>Standard error as it is.</summary>
    public static ConsoleOutput Standard(bool quiet = false) => new(Console.Error, !Console.IsErrorRedirected, quiet, Format);

    /// <summary>A message about the end of the process, where there is no other console.</summary>
    public static void Say(string text, LogEvent about) =>
        Try(() => Console.Error.WriteLine(Format == LogFormat.Json ? new LogLine(DateTimeOffset.UtcNow, about, text).ToJson() : text));

    /// <summary>From now on the lines for machines say what they are about; null = not known.</summary>
    public void About(string? experiment, string? node = null)
    {
        lock (gate)
        {
            (this.experiment, this.node) = (experiment, node);
        }
    }

    /// <summary>From now on every line that stays is also written to the file at <paramref name="path"/>, as are those before.</summary>
    public void LogTo(string path)
    {
        lock (gate)
        {
            log = new RunLog(path, format);
            unlogged.ForEach(log.Append);
            unlogged = [];
        }
    }

    /// <summary>A line that stays.</summary>
    public void Line(string text) => Line(text, LogEvent.Message);

    /// <summary>A line that stays, and what it is about.</summary>
    public void Line(string text, LogEvent about)
    {
        lock (gate)
        {
            var line = Of(text, about);
            Try(() =>
            {
                Erase();
                writer.WriteLine(Written(line));
                Draw();
            });
            Record(line);
        }
    }

    /// <summary>A line for the log only.</summary>
    public void Note(string text) => Note(text, LogEvent.Message);

    /// <summary>A line for the log only, and what it is about.</summary>
    public void Note(string text, LogEvent about)
    {
        lock (gate)
        {
            Record(Of(text, about));
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
                Try(() =>
                {
                    Erase();
                    status = Fitted(text);
                    Draw();
                });
            }
            else if (text != lastPlain && (plainAt == 0 || TimeProvider.System.GetElapsedTime(plainAt) >= PlainInterval))
            {
                Try(() => writer.WriteLine(Written(Of(text, LogEvent.Progress))));
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
            Try(Erase);
            status = string.Empty;
        }
    }

    public void Dispose() => log?.Dispose();

    /// <summary>A terminal that was closed takes no more text. That must not keep a run from saving what it has; its log says the rest.</summary>
    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // Nobody is there to be told.
        }
    }

    private LogLine Of(string text, LogEvent about) => new(DateTimeOffset.UtcNow, about, text, node, experiment);

    private string Written(LogLine line) => format == LogFormat.Json ? line.ToJson() : line.Text;

    private void Record(LogLine line)
    {
        if (log is null)
        {
            unlogged.Add(line);
        }
        else
        {
            log.Append(line);
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
