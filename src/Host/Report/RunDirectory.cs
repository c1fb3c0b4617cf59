using System.Runtime.InteropServices;
using System.Text;

namespace ActorPrune.Host.Report;

/// <summary>
/// Writes a run's files. Each is written beside its place, flushed to the disk and renamed, so that a reader finds the old file or the new
/// one and never half of one.
/// </summary>
public static partial class RunDirectory
{
    public const string FrontCsv = "front.csv";
    public const string FrontJson = "front.json";
    public const string LatencyJson = "latency.json";
    public const string ReportHtml = "report.html";

    private const string StandardOutput = "/dev/stdout";

    /// <summary>Writes all four files into <paramref name="directory"/>, which is made where it is missing.</summary>
    /// <exception cref="RunFileException">A file could not be written; those before it stand.</exception>
    public static void Write(string directory, RunModel model, DateTimeOffset now)
    {
        WriteFile(Path.Combine(directory, FrontCsv), Encoding.UTF8.GetBytes(FrontFiles.Csv(model)));
        WriteFile(Path.Combine(directory, FrontJson), FrontFiles.Json(model));
        WriteFile(Path.Combine(directory, LatencyJson), Encoding.UTF8.GetBytes(FrontFiles.Latency(model)));
        WriteFile(Path.Combine(directory, ReportHtml), Encoding.UTF8.GetBytes(HtmlReport.Write(model, now)));
    }

    /// <summary>
    /// Replaces the file at <paramref name="path"/> by <paramref name="content"/>, or leaves it as it was; what is no file (a device, a
    /// pipe) stays what it is and is written to. Of a link that which it leads to is meant.
    /// </summary>
    /// <exception cref="RunFileException">The disk is full, the place is read-only, …: the message names the path.</exception>
    public static void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            if (path == StandardOutput)
            {
                // The stream itself: a file behind it may hold more already.
                using var output = Console.OpenStandardOutput();
                output.Write(content);
            }
            else if (IsStream(path))
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                stream.Write(content);
            }
            else
            {
                var link = new FileInfo(path);
                Replace(link.LinkTarget is null ? link.FullName : link.ResolveLinkTarget(returnFinalTarget: true)!.FullName, content);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFileException(
                $"Cannot write '{path}': {e.Message.TrimEnd('.')}. Free some space, allow writing there or name another place; "
                + "nothing of the experiment is lost, and the file can be written again at any time.",
                e);
        }
    }

    /// <summary>Whether <paramref name="path"/> names something that is written to and not replaced: a device, a pipe.</summary>
    public static bool IsStream(string path)
    {
        // statx(2): unlike stat's, its structure is the same on every machine. A path that cannot be looked at is left to who opens it.
        const int CurrentDirectory = -100;
        const uint Type = 1;
        const int ModeAt = 28;
        const int TypeMask = 0xF000;
        const int DirectoryType = 0x4000;
        const int FileType = 0x8000;
        var buffer = new byte[256];
        return path == StandardOutput
            || (Statx(CurrentDirectory, path, 0, Type, buffer) == 0
                && (BitConverter.ToUInt16(buffer, ModeAt) & TypeMask) is not (DirectoryType or FileType));
    }

    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{System.Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
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
            throw;
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

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] buffer);
}

/// <summary>A run's file could not be written; the message names the path and says what to do.</summary>
public sealed class RunFileException(string message, Exception inner) : Exception(message, inner);
