using System.Globalization;

namespace ActorPrune.Actors.Cluster;

/// <summary>
/// Tells a dead process from a living one on this machine, at once and without waiting for a lease: machine, boot and process-id namespace
/// name the place, process id and start time name the process (ids are used again).
/// </summary>
public static class HostIdentity
{
    /// <summary>This machine, since its last boot, in this process-id namespace.</summary>
    public static string Host { get; } = string.Join(
        '/', Environment.MachineName, ReadOr("/proc/sys/kernel/random/boot_id", "no-boot-id"), LinkOr("/proc/self/ns/pid", "no-namespace"));

    /// <summary>Start time of a process in kernel ticks since boot; null when no such process lives, 0 where the system does not
    /// tell.</summary>
    public static long? ProcessStart(int process)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return 0;
        }

        try
        {
            // The command's name stands in parentheses and may itself hold any character: fields are counted after the last one.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            const int State = 0;
            const int StartTime = 19;
            return fields[State] is "Z" or "X" ? null : long.Parse(fields[StartTime], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether <paramref name="node"/> ran on this machine and its process is gone.</summary>
    public static bool IsKnownDead(Journal.NodeInfo node) =>
        node.Host == Host && ProcessStart(node.Process) is var start && (start is null || (start != 0 && start != node.ProcessStart));

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
