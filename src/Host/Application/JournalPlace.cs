using System.Runtime.InteropServices;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Host.Application;

/// <summary>Where a journal on SQLite is, or could be.</summary>
internal static partial class JournalPlace
{
    /// <summary>Whether something is at <paramref name="path"/>. Unlike <see cref="Path.Exists"/> it says no only where that is certain.</summary>
    /// <exception cref="JournalUnavailableException">It may not be looked at, or a file stands where a directory has to be.</exception>
    public static bool Exists(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            var above = Above(path);
            return Directory.Exists(above) ? false : throw Unusable(path, $"'{above}' is not a directory", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Checks that a file that is not there could be made, with the directories that it needs.</summary>
    /// <exception cref="JournalUnavailableException">It could not.</exception>
    public static void CheckWritable(string path)
    {
        const int WriteAndSearch = 2 | 1;
        var above = Above(path);
        if (Access(above, WriteAndSearch) != 0)
        {
            throw Unusable(path, $"'{above}' cannot be written: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>The nearest that is there of the directories that are to hold <paramref name="path"/>.</summary>
    private static string Above(string path)
    {
        var above = Path.GetDirectoryName(Path.GetFullPath(path));
        while (above is not null && !Path.Exists(above))
        {
            above = Path.GetDirectoryName(above);
        }

        return above ?? "/";
    }

    private static JournalUnavailableException Unusable(string path, string reason, Exception? inner = null) => new(
        $"The journal '{path}' cannot be used: {reason}. Allow this user to use that place, or name another with --db or --home.", inner)
    {
        Cause = UnavailableCause.NotWritable,
    };

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(string path, int mode);
}
