using System.Runtime.InteropServices;
using System.Text.Json;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Commands;

/// <summary>
/// Ctrl-C, SIGTERM, and the end of the terminal (SIGHUP, which nohup ignores). Until a command says that it has begun something, they end the
/// process at once; then the first asks the command to stop and the second ends the process.
/// </summary>
internal sealed partial class Interruption : IDisposable
{
    private const string DebugVariable = "ACTORPRUNE_DEBUG";

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private volatile bool begun;

    private Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop),
    ];

    /// <summary>Runs a command that can be interrupted; errors become one message and an exit code.</summary>
    public static int Handle(Func<Interruption, Task<int>> command)
    {
        using var interruption = new Interruption();
        return Guard(() => command(interruption).GetAwaiter().GetResult());
    }

    /// <summary>From now on there is something to save: an interruption is passed on by the token.</summary>
    public CancellationToken Begin()
    {
        begun = true;
        return source.Token;
    }

    public void Dispose()
    {
        Array.ForEach(registrations, r => r.Dispose());
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // Shell and kernel each tell of a terminal's end: the second time nobody means more by it.
        var again = source.IsCancellationRequested && context.Signal != PosixSignal.SIGHUP;
        if (!begun || again)
        {
            ConsoleOutput.Say(begun ? "Stopped at once." : "Interrupted before anything began.", LogEvent.Interrupted);

            // An orderly exit would run the destructors of native libraries while evaluators still compute in them.
            EndProcess(ExitCodes.Interrupted);
        }

        context.Cancel = true;
        source.Cancel();
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void EndProcess(int status);

    /// <summary>Turns errors that a person can act on into their message and exit code.</summary>
    public static int Guard(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (Exception e) when (ExitCode(e) is { } code)
        {
            ConsoleOutput.Say(e.Message, LogEvent.Failed);
            return code;
        }
        catch (Exception e)
        {
            // Nobody foresaw it: one line for who typed the command, the place in the program for who looks for the fault.
            var seen = Environment.GetEnvironmentVariable(DebugVariable) is { Length: > 0 };
            ConsoleOutput.Say(
                seen ? e.ToString() : $"Unexpected {e.GetType().Name}: {e.Message} ({DebugVariable}=1 shows where it comes from)", LogEvent.Failed);
            return ExitCodes.Failed;
        }
    }

    private static int? ExitCode(Exception error) => error switch
    {
        CommandException command => command.ExitCode,
        ConfigurationException or DataException or FormatException or NodeNameTakenException => ExitCodes.BadInput,
        JournalUnavailableException or JournalIncompatibleException or ArtifactUnavailableException or ArtifactException => ExitCodes.Failed,
        RunFileException or TorchException or JsonException or IOException or UnauthorizedAccessException => ExitCodes.Failed,
        _ => null,
    };
}
