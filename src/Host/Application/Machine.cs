using System.Globalization;

namespace ActorPrune.Host.Application;

/// <summary>This machine in one line, for reports and benchmarks.</summary>
public static class Machine
{
    public static string Description { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB");

    private static string Processor()
    {
        try
        {
            const string Key = "model name";
            return File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
                ?? "unknown processor";
        }
        catch (IOException)
        {
            return "unknown processor";
        }
    }
}
