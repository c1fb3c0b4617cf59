using System.Globalization;
using System.Runtime.InteropServices;

namespace ActorPrune.Actors.Cluster;

/// <summary>
/// Tells a dead process from a living one on this machine, at once and without waiting for a lease: machine, boot and process-id namespace
/// name the place, process id and start time name the process (ids are used again).
/// </summary>
public static partial class HostIdentity
{
    /// <summary>This machine, since its last boot, in this process-id namespace.</summary>
    public static string Host { get; } = string.Join(
        '/', Environment.MachineName, ReadOr("/proc/sys/kernel/random/boot_id", "no-boot-id"), LinkOr("/proc/self/ns/pid", "no-namespace"));

    private const int NoSuchProcess = 3;

    /// <summary>Start time of a process in kernel ticks since boot; null when no such process lives, 0 where the system does not
    /// tell.</summary>
    public static long? ProcessStart(int process) => ProcessStart(process, "/proc");

    /// <summary>As <see cref="ProcessStart(int)"/>.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="processes">The folder in which the kernel shows processes.</param>
    internal static long? ProcessStart(int process, string processes)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return 0;
        }

        try
        {
            // The command's name stands in parentheses and may itself hold any character: fields are counted after the last one.
            var stat = File.ReadAllText($"{processes}/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            const int State = 0;
            const int StartTime = 19;
            return fields[State] is "Z" or "X" ? null : long.Parse(fields[StartTime], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or another user's where the system hides those (hidepid): a signal that is none tells which.
            return Kill(process, 0) != 0 && Marshal.GetLastPInvokeError() == NoSuchProcess ? null : 0;
        }
    }

    /// <summary>Whether <paramref name="node"/> ran on this machine and its process is gone.</summary>
    public static bool IsKnownDead(Journal.NodeInfo node) =>
        node.Host == Host && ProcessStart(node.Process) is var start && (start is null || (start != 0 && start != node.ProcessStart));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private static string ReadOr(string path, string otherwise)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }

    private static string LinkOr(string path, string otherwise)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name ?? otherwise;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }
}
