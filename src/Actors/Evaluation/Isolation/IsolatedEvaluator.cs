using System.ComponentModel;
using System.Diagnostics;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>How evaluators in processes of their own are run.</summary>
public sealed record IsolationOptions
{
    /// <summary>Starts a program that calls <see cref="EvaluatorChild.Serve"/>. It needs no store: all goes through its pipes.</summary>
    public required Func<ProcessStartInfo> Command { get; init; }

    /// <summary>Is told what a process that died had written to standard error.</summary>
    public required Action<string> Log { get; init; }
}

/// <summary>
/// Computes jobs in another process, so that one that brings its process down is that job's failure alone, told with its reason.
/// </summary>
public sealed class IsolatedEvaluator : IJobRunner, IDisposable
{
    private const int MostWordsInReason = 200;

    private readonly IsolationOptions options;
    private readonly Action<Attempt> ended;
    private readonly SemaphoreSlim work = new(0);
    private readonly Lock gate = new();
    private readonly Thread thread;
    private (JobLease Lease, IJobContext Context)? job;
    private EvaluatorProcess? process;
    private int begun;
    private bool stopping;

    /// <param name="name">For people: "cpu/0".</param>
    /// <param name="options">See <see cref="IsolationOptions"/>.</param>
    /// <param name="ended">Called on this runner's thread when an attempt has ended; must not block or throw.</param>
    public IsolatedEvaluator(string name, IsolationOptions options, Action<Attempt> ended)
    {
        this.options = options;
        this.ended = ended;

        // One thread for as long as a process lives: the kernel ends the process with the thread that started it.
        thread = new Thread(Run) { Name = $"isolated evaluator {name}", IsBackground = true };
        thread.Start();
    }

    private bool Stopping
    {
        get
        {
            lock (gate)
            {
                return stopping;
            }
        }
    }

    public void Start(JobLease lease, IJobContext context)
    {
        job = (lease, context);
        work.Release();
    }

    /// <summary>Ends the process at once: whoever wanted a checkpoint has cancelled the job before, and waited.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopping = true;
            process?.Kill();
        }

        work.Release();
    }

    /// <summary>Stops, and waits for the end of the process.</summary>
    public void Dispose()
    {
        Stop();
        thread.Join();
        work.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            work.Wait();
            if (Stopping)
            {
                Close();
                return;
            }

            var (lease, context) = job!.Value;
            ended(Compute(lease, context));
        }
    }

    private Attempt Compute(JobLease lease, IJobContext context)
    {
        var clock = Stopwatch.StartNew();
        double Seconds() => clock.Elapsed.TotalSeconds;
        Attempt Gone(string reason) => Stopping || context.Cancellation.IsCancellationRequested
            ? new Attempt.Cancelled(lease, Seconds())
            : new Attempt.Failed(lease, reason, Final: false, Seconds());
        var attempt = default(Attempt);
        try
        {
            if (Open(context.Cancellation) is { } trouble)
            {
                return Stopping || context.Cancellation.IsCancellationRequested
                    ? new Attempt.Cancelled(lease, Seconds())
                    : new Attempt.Unable(lease, $"This machine cannot evaluate in a process of its own: {trouble}", Seconds());
            }

            attempt = new JobConversation(process!.Channel, lease, context, ++begun).Run();
            return attempt ?? Gone(Obituary());
        }
        catch (IOException)
        {
            // It ended while something was on its way to it.
            return Gone(Obituary());
        }
#pragma warning disable CA1031 // whatever a candidate's process makes of its pipes is that candidate's failure, not the search's
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Gone($"The evaluator's process was ended: {e.Message}");
        }
        finally
        {
            // A job without a suspicion is here because each job is (WorkRules.IsolateAfter): they share a process until one ends it.
            if (attempt is null || lease.Deaths > 0)
            {
                Close();
            }
        }
    }

    /// <summary>Starts a process where there is none. Returns why there is still none, or null.</summary>
    private string? Open(CancellationToken cancellation)
    {
        try
        {
            lock (gate)
            {
                if (stopping)
                {
                    return "this node stops.";
                }

                if (process is not null)
                {
                    return null;
                }

                process = EvaluatorProcess.Start(options.Command());
            }

            // One that never says that it is ready would hold up whoever takes the job back.
            using var impatience = cancellation.Register(process.Kill);
            return process.Channel.Read() is EvaluatorMessage.Ready
                ? null
                : $"it {ProcessEnd.Describe(process.ExitCode())} before it took the job. {process.Words}";
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return e.Message;
        }
        catch (InvalidDataException e)
        {
            // A greeting of the installation, for instance: the job had not been sent yet.
            return $"what the process writes first is not that it is ready. {e.Message}";
        }
    }

    /// <summary>How the process ended, as the reason of its job's failure.</summary>
    private string Obituary()
    {
        var code = process!.ExitCode();
        var words = process.Words;
        if (words.Length > 0)
        {
            options.Log($"An evaluator's process that {ProcessEnd.Describe(code)} had written:\n{words}");
        }

        var first = words.Split('\n')[0].Trim();
        var said = first.Length == 0 ? string.Empty : $" It had written: {first[..Math.Min(first.Length, MostWordsInReason)]}";
        return $"The evaluator's process {ProcessEnd.Describe(code)} while it computed this job.{ProcessEnd.Hint(code)}{said}";
    }

    /// <summary>Ends the process, if there is one; what it has been told to do by then is of no use to anybody.</summary>
    private void Close()
    {
        EvaluatorProcess? closing;
        lock (gate)
        {
            (closing, process) = (process, null);
        }

        closing?.Dispose();
    }
}
