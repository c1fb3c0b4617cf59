using System.Diagnostics;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Scaling;

/// <summary>Waits for an evaluation's time and then has its figures at once; other jobs take none. It uses no processor, so that one
/// machine stands for many.</summary>
internal sealed class WaitingEvaluator(TimeSpan wait, Search search) : IEvaluator
{
    public JobResult Evaluate(JobSpec job, IJobContext context)
    {
        if (job.Kind == JobKinds.Evaluate)
        {
            search.Begin();
            Thread.Sleep(wait);
        }
        else if (job.Kind == JobKinds.TrainFinal)
        {
            search.End();
        }

        return ToyEvaluator.Compute(job, context.Artifacts);
    }

    public void Dispose()
    {
    }
}

/// <summary>From the first evaluation's begin to the first re-training's: all results are told then, and the islands are done.</summary>
internal sealed class Search
{
    private long begun;
    private long ended;
    private long evaluations;

    public long Evaluations => Interlocked.Read(ref evaluations);

    public TimeSpan Took => Stopwatch.GetElapsedTime(Interlocked.Read(ref begun), Interlocked.Read(ref ended));

    public void Begin()
    {
        Interlocked.Increment(ref evaluations);
        Interlocked.CompareExchange(ref begun, Stopwatch.GetTimestamp(), 0);
    }

    public void End() => Interlocked.CompareExchange(ref ended, Stopwatch.GetTimestamp(), 0);
}
