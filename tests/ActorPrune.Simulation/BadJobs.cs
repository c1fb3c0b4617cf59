using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>Makes bad jobs fail, or kill their process, as often as their kind says.</summary>
internal sealed class BadJobs(Poison poison, Tally tally)
{
    private readonly HashSet<JobKey> met = [];

    /// <summary>Throws where the attempt fails.</summary>
    public void Evaluating(JobSpec job)
    {
        var bad = poison.Of(job);
        if (bad is BadJob.FailsForGood or BadJob.FailsAlways || (bad == BadJob.FailsOnce && met.Add(job.Key)))
        {
            tally.Count(FaultKind.JobFailed);
            throw bad == BadJob.FailsForGood
                ? new EvaluationException("this candidate cannot be built")
                : new InvalidOperationException("this candidate diverges");
        }
    }

    public bool Kills(JobSpec job) => poison.Of(job) == BadJob.KillsOnce && met.Add(job.Key);
}
