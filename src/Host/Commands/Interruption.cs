using System.Runtime.InteropServices;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Commands;

/// <summary>Runs a command: the first Ctrl-C (or SIGTERM) asks it to stop, the second ends the process; errors become one message and an exit code.</summary>
internal static class Interruption
{
    public static int Handle(Func<CancellationToken, Task<int>> command)
    {
        using var source = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            if (source.IsCancellationRequested)
            {
                Environment.Exit(ExitCodes.Interrupted);
            }

            context.Cancel = true;
            source.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return Guard(() => command(source.Token).GetAwaiter().GetResult());
    }

    /// <summary>Turns errors that a person can act on into their message and exit code.</summary>
    public static int Guard(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (Exception e) when (ExitCode(e) is { } code)
        {
            Console.Error.WriteLine(e.Message);
            return code;
        }
    }

    private static int? ExitCode(Exception error) => error switch
    {
        CommandException command => command.ExitCode,
        ConfigurationException or DataException or FormatException => ExitCodes.BadInput,
        JournalUnavailableException or JournalIncompatibleException or ArtifactUnavailableException or ArtifactException => ExitCodes.Failed,
        RunFileException or TorchException => ExitCodes.Failed,
        _ => null,
    };
}
