using ActorPrune.Host.Report;

namespace ActorPrune.Host.Application;

/// <summary>All that an experiment leaves in its directory, made from the store; at any time, on any machine.</summary>
public static class RunFiles
{
    /// <returns>Path of the report.</returns>
    /// <exception cref="RunFileException">A file could not be written.</exception>
    public static string Write(Workplace workplace, RunModel model)
    {
        var directory = workplace.ClaimRunDirectory(model.Name);
        RunDirectory.Write(directory, model, DateTimeOffset.UtcNow);
        RunExports.WritePicks(workplace, model, directory);
        return Path.Combine(directory, RunDirectory.ReportHtml);
    }
}
