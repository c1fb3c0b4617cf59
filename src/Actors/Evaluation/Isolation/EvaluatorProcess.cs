using System.ComponentModel;
using System.Diagnostics;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>An evaluator's process as its parent sees it.</summary>
internal sealed class EvaluatorProcess : IDisposable
{
    /// <summary>Of what it writes to standard error the beginning is kept: there an error names itself.</summary>
    private const int MostWords = 2000;

    /// <summary>A process that closed its pipe has this long to end before it is ended.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    /// <summary>The exit code of a process that was killed; the kernel may keep it for as long as a device holds it up.</summary>
    private const int Killed = 128 + 9;

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly System.Text.StringBuilder words = new();

    private EvaluatorProcess(Process process)
    {
        this.process = process;
        Channel = new MessageChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
    }

    internal MessageChannel Channel { get; }

    /// <summary>What it said on standard error.</summary>
    internal string Words
    {
        get
        {
            lock (gate)
            {
                return words.ToString().Trim();
            }
        }
    }

    /// <summary>
    /// Starts the process. It is ended with the thread that calls this: the kernel signals the death of a parent's thread, not of the
    /// parent.
    /// </summary>
    /// <exception cref="Win32Exception">It cannot be started: no such program, no memory for it, too many processes.</exception>
    internal static EvaluatorProcess Start(ProcessStartInfo command)
    {
        command.RedirectStandardInput = true;
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        command.UseShellExecute = false;
        return new EvaluatorProcess(Process.Start(command) ?? throw new Win32Exception($"'{command.FileName}' cannot be started."));
    }

    /// <summary>Waits for the end of a process whose pipe is closed. Returns its exit code: 128 and the signal where one ended
    /// it.</summary>
    internal int ExitCode()
    {
        if (!process.WaitForExit(EndPatience))
        {
            Kill();
        }

        // Waits for the rest of what it said too; not for ever, since another process may have inherited that pipe.
        using var limit = new CancellationTokenSource(EndPatience);
        try
        {
            process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // What it said is lost.
        }

        return process.HasExited ? process.ExitCode : Killed;
    }

    internal void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Closes the pipes, on which an idle process ends by itself and a busy one at once.</summary>
    public void Dispose()
    {
        Channel.Dispose();
        ExitCode();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        lock (gate)
        {
            if (line is not null && words.Length < MostWords)
            {
                words.AppendLine(line.Length > MostWords ? line[..MostWords] : line);
            }
        }
    }
}
