namespace ActorPrune.Host.Application;

/// <summary>What the process tells its caller.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    public const int Failed = 1;

    /// <summary>Bad usage or configuration: nothing was written.</summary>
    public const int BadInput = 2;

    public const int Interrupted = 130;
}

/// <summary>An error that a person can act on; it ends the command with <paramref name="exitCode"/> and no stack trace.</summary>
public sealed class CommandException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode => exitCode;

    public static CommandException NoSuchExperiment(string name, IEnumerable<string> known) => new(
        $"There is no experiment '{name}' here. Known: {string.Join(", ", known.DefaultIfEmpty("none"))}.", ExitCodes.BadInput);
}
