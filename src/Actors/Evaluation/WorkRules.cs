namespace ActorPrune.Actors.Evaluation;

/// <summary>How the jobs that an experiment asked for are worked on, wherever that is. No result depends on it.</summary>
public sealed record WorkRules
{
    /// <summary>A job that failed this often (not: that was interrupted) has failed for good.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>A job is computed in a process of its own once this many of its leases ended with their node; 0 = each job is.</summary>
    public int IsolateAfter { get; init; } = 2;

    /// <summary>At most this much of a long job is lost by a crash.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(20);
}
