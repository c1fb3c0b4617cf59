using System.Text;

namespace ActorPrune.Host.Report;

/// <summary>
/// Writes a run's files. Each is written beside its place, flushed to the disk and renamed, so that a reader finds the old file or the new
/// one and never half of one.
/// </summary>
public static class RunDirectory
{
    public const string FrontCsv = "front.csv";
    public const string FrontJson = "front.json";
    public const string LatencyJson = "latency.json";
    public const string ReportHtml = "report.html";

    /// <summary>Writes all four files into <paramref name="directory"/>, which is made where it is missing.</summary>
    /// <exception cref="RunFileException">A file could not be written; those before it stand.</exception>
    public static void Write(string directory, RunModel model, DateTimeOffset now)
    {
        WriteFile(Path.Combine(directory, FrontCsv), Encoding.UTF8.GetBytes(FrontFiles.Csv(model)));
        WriteFile(Path.Combine(directory, FrontJson), FrontFiles.Json(model));
        WriteFile(Path.Combine(directory, LatencyJson), Encoding.UTF8.GetBytes(FrontFiles.Latency(model)));
        WriteFile(Path.Combine(directory, ReportHtml), Encoding.UTF8.GetBytes(HtmlReport.Write(model, now)));
    }

    /// <summary>Replaces the file at <paramref name="path"/> by <paramref name="content"/>, or leaves it as it was.</summary>
    /// <exception cref="RunFileException">The disk is full, the place is read-only, …: the message names the path.</exception>
    public static void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{System.Environment.ProcessId}.tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
            {
                Directory.CreateDirectory(directory);
            }

            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw new RunFileException(
                $"Cannot write '{path}': {e.Message.TrimEnd('.')}. Free some space, allow writing there or name another place; "
                + "nothing of the experiment is lost, and the file can be written again at any time.",
                e);
        }
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell; a leftover beside it harms nobody.
        }
    }
}

/// <summary>A run's file could not be written; the message names the path and says what to do.</summary>
public sealed class RunFileException(string message, Exception inner) : Exception(message, inner);
