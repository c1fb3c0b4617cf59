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
/// Ctrl-C and SIGTERM. Until a command says that it has begun something, they end the process at once; then the first asks the command to
/// stop and the second ends the process.
/// </summary>
internal sealed partial class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private volatile bool begun;

    private Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
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
        if (!begun || source.IsCancellationRequested)
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
    }

    private static int? ExitCode(Exception error) => error switch
    {
        CommandException command => command.ExitCode,
        ConfigurationException or DataException or FormatException or NodeNameTakenException => ExitCodes.BadInput,
        JournalUnavailableException or JournalIncompatibleException or ArtifactUnavailableException or ArtifactException => ExitCodes.Failed,
        RunFileException or TorchException or JsonException => ExitCodes.Failed,
        _ => null,
    };
}
