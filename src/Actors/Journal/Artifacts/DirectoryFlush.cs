using System.Runtime.InteropServices;

namespace ActorPrune.Actors.Journal.Artifacts;

/// <summary>Makes a directory's entries durable: a renamed file survives a power loss only then. See open(2), fsync(2).</summary>
internal static partial class DirectoryFlush
{
    private const int ReadOnly = 0;
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;

    /// <exception cref="IOException">The directory cannot be opened or flushed; its HResult is the errno.</exception>
    internal static void Flush(string directory)
    {
        // NTFS journals renames by itself and has no such call.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure("open", directory);
        }

        try
        {
            while (Sync(descriptor) != 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case Interrupted:
                        break;
                    case InvalidArgument:
                        // The file system has no flush for directories: it promises nothing, and there is nothing more to do.
                        return;
                    default:
                        throw Failure("flush", directory);
                }
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string action, string directory)
    {
        var code = Marshal.GetLastPInvokeError();
        return new IOException($"Could not {action} the directory '{directory}': {Marshal.GetPInvokeErrorMessage(code)}.", code);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
