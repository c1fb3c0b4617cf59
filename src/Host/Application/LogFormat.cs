using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ActorPrune.Host.Application;

/// <summary>How messages and logs are written.</summary>
public enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>One JSON object a line, for machines.</summary>
    Json,
}

/// <summary>How much a line matters, by the names of OpenTelemetry's log data model.</summary>
public enum LogLevel
{
    Info,
    Warn,
    Error,
}

/// <summary>What a line is about.</summary>
/// <param name="Event">What happened, for filters: "node.joined".</param>
/// <param name="Level">How much it matters.</param>
public sealed record LogEvent(string Event, LogLevel Level = LogLevel.Info)
{
    public static readonly LogEvent Message = new("message");
    public static readonly LogEvent Progress = new("progress");
    public static readonly LogEvent NodeMessage = new("node.message", LogLevel.Warn);
    public static readonly LogEvent NodeJoined = new("node.joined");
    public static readonly LogEvent NodeLeft = new("node.left");
    public static readonly LogEvent Interrupted = new("interrupted", LogLevel.Warn);
    public static readonly LogEvent Ended = new("experiment.ended");
    public static readonly LogEvent Failed = new("failed", LogLevel.Error);
}

/// <summary>One line of a log. <paramref name="Node"/> and <paramref name="Experiment"/> are null where they are not known.</summary>
public sealed record LogLine(DateTimeOffset At, LogEvent About, string Text, string? Node = null, string? Experiment = null)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTC, ISO 8601, milliseconds.</summary>
    public string Time => At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>One JSON object without a line break: time, level, event, node, experiment, message.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", Time);
            json.WriteString("level", About.Level.ToString().ToLowerInvariant());
            json.WriteString("event", About.Event);
            if (Node is not null)
            {
                json.WriteString("node", Node);
            }

            if (Experiment is not null)
            {
                json.WriteString("experiment", Experiment);
            }

            json.WriteString("message", Text);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
