using System.Text;

namespace ActorPrune.Host.Application;

/// <summary>
/// A run's log: a plain text file with one line an event, each with its UTC time, or one JSON object an event; several processes may
/// append to it. A line that cannot be written (another process writes at that moment, the disk is full) waits for the next one; a log
/// never stops a run.
/// </summary>
public sealed class RunLog(string path, LogFormat format = LogFormat.Text) : IDisposable
{
    public const string FileName = "log";

    /// <summary>Lines that wait at most; older ones are dropped.</summary>
    public const int MostPending = 1000;

    private readonly Lock gate = new();
    private readonly Queue<string> pending = new();

    public void Append(DateTimeOffset at, string text) => Append(new LogLine(at, LogEvent.Message, text));

    public void Append(LogLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (gate)
        {
            if (format == LogFormat.Json)
            {
                pending.Enqueue($"{line.ToJson()}\n");
            }
            else
            {
                foreach (var part in line.Text.Split('\n'))
                {
                    pending.Enqueue($"{line.Time} {part.TrimEnd('\r')}\n");
                }
            }

            while (pending.Count > MostPending)
            {
                pending.Dequeue();
            }

            Write();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            Write();
        }
    }

    private void Write()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // Not shared, so that no other process's lines are written over.
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(Encoding.UTF8.GetBytes(string.Concat(pending)));
            pending.Clear();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They wait for the next line.
        }
    }
}
