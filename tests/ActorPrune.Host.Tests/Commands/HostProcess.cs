using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>What a host process printed, and how it ended.</summary>
internal sealed record HostOutcome(int ExitCode, string Output, string Errors)
{
    /// <summary>The messages without the greeting.</summary>
    public string[] Messages =>
        [.. Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("ActorPrune ", StringComparison.Ordinal))];
}

/// <summary>The built host, started as a process in a folder of its own, as a user would.</summary>
internal sealed partial class HostProcess : IDisposable
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Only a process that hangs needs this long, also on a machine that is busy with other things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process process;
    private readonly Task<string> output;

    private HostProcess(Process process)
    {
        this.process = process;
        output = process.StandardOutput.ReadToEndAsync();
    }

    public int Id => process.Id;

    public static HostProcess Start(string directory, params string[] arguments) => Start(directory, [], arguments);

    /// <param name="environment">Variables that are set, for instance PGPASSWORD: a password never stands among the arguments.</param>
    public static HostProcess Start(string directory, Dictionary<string, string> environment, params string[] arguments) =>
        Start(directory, environment, "--default-signal=HUP", arguments);

    /// <summary>As under nohup.</summary>
    public static HostProcess StartDeafToHangUp(string directory, params string[] arguments) =>
        Start(directory, [], "--ignore-signal=HUP", arguments);

    private static HostProcess Start(string directory, Dictionary<string, string> environment, string hangUp, string[] arguments)
    {
        // Tests that run in the background of a shell ignore Ctrl-C, and so would whatever they start; env (coreutils) takes that back.
        var program = Path.Combine(AppContext.BaseDirectory, "actorprune.dll");
        var start = new ProcessStartInfo("env", ["--default-signal=INT", hangUp, "dotnet", program, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ACTORPRUNE_DATA");
        start.Environment["ACTORPRUNE_HOME"] = Path.Combine(directory, "home");
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new HostProcess(Process.Start(start)!);
    }

    public static async Task<HostOutcome> Run(string directory, params string[] arguments)
    {
        using var process = Start(directory, arguments);
        return await process.End();
    }

    /// <summary>Reads on until a line of standard error holds <paramref name="text"/>.</summary>
    public async Task<string> Until(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        var seen = new List<string>();
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            seen.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The host ended without '{text}': {string.Join('\n', seen)}");
    }

    public void Signal(int signal) => SendSignal(process.Id, signal).ShouldBe(0);

    /// <summary>Waits for the end; the errors are those that <see cref="Until"/> has not read.</summary>
    public async Task<HostOutcome> End()
    {
        using var limit = new CancellationTokenSource(Patience);
        var errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new HostOutcome(process.ExitCode, await output, errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
