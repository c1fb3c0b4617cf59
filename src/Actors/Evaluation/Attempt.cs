using System.Diagnostics;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>How one attempt at a job ended on an evaluator.</summary>
public abstract record Attempt(JobLease Lease, double Seconds)
{
    public sealed record Succeeded(JobLease Lease, JobResult Result, double Seconds) : Attempt(Lease, Seconds);

    /// <param name="Final">Trying again cannot help.</param>
    public sealed record Failed(JobLease Lease, string Reason, bool Final, double Seconds) : Attempt(Lease, Seconds);

    /// <summary>This machine cannot compute or store anything until somebody acts: nothing is wrong with the job.</summary>
    public sealed record Unable(JobLease Lease, string Reason, double Seconds) : Attempt(Lease, Seconds);

    /// <summary>The engine took the job back.</summary>
    public sealed record Cancelled(JobLease Lease, double Seconds) : Attempt(Lease, Seconds);

    /// <summary>Computes a job; makes the evaluator first where there is none yet.</summary>
    internal static Attempt At(JobLease lease, IJobContext context, ref IEvaluator? evaluator, Func<IEvaluator> create)
    {
        var clock = Stopwatch.StartNew();
        double Seconds() => clock.Elapsed.TotalSeconds;
        try
        {
            evaluator ??= create();
            var result = evaluator.Evaluate(lease.Spec, context);
            return result is null
                ? new Failed(lease, "The evaluator returned no result.", Final: true, Seconds())
                : new Succeeded(lease, result, Seconds());
        }
        catch (OperationCanceledException) when (context.Cancellation.IsCancellationRequested)
        {
            return new Cancelled(lease, Seconds());
        }
        catch (JournalUnavailableException)
        {
            // The store went away in the middle: nothing is wrong with the job.
            return new Cancelled(lease, Seconds());
        }
        catch (ArtifactUnavailableException e)
        {
            return new Unable(lease, e.Message, Seconds());
        }
        catch (EvaluatorUnableException e)
        {
            return new Unable(lease, e.Message, Seconds());
        }
        catch (EvaluationException e)
        {
            return new Failed(lease, e.Message, Final: true, Seconds());
        }
#pragma warning disable CA1031 // whatever a candidate throws is that candidate's failure, not the search's
        catch (Exception e)
#pragma warning restore CA1031
        {
            var reason = $"{e.GetType().Name}: {e.Message}";

            // Without an evaluator, or without its native library, every job would fail here that another machine may well compute.
            return evaluator is null || e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
                || (e is TypeInitializationException { InnerException: DllNotFoundException })
                ? new Unable(lease, $"This machine cannot evaluate: {reason}", Seconds())
                : new Failed(lease, reason, Final: false, Seconds());
        }
    }
}
