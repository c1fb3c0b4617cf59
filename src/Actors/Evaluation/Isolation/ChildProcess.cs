using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>What an evaluator's process does to itself before it takes a job.</summary>
internal static partial class ChildProcess
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int SetParentDeathSignal = 1;
    private const int Kill = 9;

    /// <summary>The signals that ask a process to end; kept, since a registration that is collected no longer holds.</summary>
    private static readonly List<PosixSignalRegistration> Ignored = [];

    /// <summary>Ties this process to its parent and takes the pipes over.</summary>
    internal static MessageChannel Begin()
    {
        // With its parent it ends even where it hangs and does not see that its input was closed.
        _ = SetProcess(SetParentDeathSignal, Kill, 0, 0, 0);

        // A session of its own: what is sent to the parent's terminal or group, Ctrl-C or a kill, goes to the parent alone, which decides.
        _ = NewSession();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            Ignored.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = true));
        }

        PreferToDie();

        // Whatever else writes to standard output, a native library for instance, goes to standard error.
        var output = Duplicate(StandardOutput);
        _ = DuplicateTo(StandardError, StandardOutput);
        return new MessageChannel(
            new FileStream(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0),
            new FileStream(new SafeFileHandle(output, ownsHandle: true), FileAccess.Write, bufferSize: 0));
    }

    /// <summary>Ends this process at once, without destructors.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void End(int status);

    /// <summary>When memory runs out the kernel is to take this process and not its parent.</summary>
    private static void PreferToDie()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another system: the kernel chooses by size, which is mostly right too.
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcess(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int NewSession();

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int DuplicateTo(int from, int to);
}
