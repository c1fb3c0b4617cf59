using System.Collections.Immutable;

namespace ActorPrune.Actors.Journal;

/// <summary>What the nodes of a store are doing.</summary>
/// <param name="Now">Store time: the clocks of the machines may differ from it.</param>
/// <param name="Nodes">In the order in which they joined.</param>
public sealed record Activity(DateTimeOffset Now, ImmutableArray<NodeActivity> Nodes);

/// <summary>What one node is doing.</summary>
/// <param name="Node">Its row.</param>
/// <param name="Jobs">Those that it computes, the longest running first.</param>
/// <param name="Actors">Persistent actors that it owns.</param>
/// <param name="Completed">Jobs that it completed in <paramref name="Span"/>.</param>
/// <param name="Span">Since it joined, or the time that was asked for, whichever is shorter.</param>
public sealed record NodeActivity(NodeRow Node, ImmutableArray<JobInFlight> Jobs, int Actors, long Completed, TimeSpan Span)
{
    /// <summary>Jobs completed an hour.</summary>
    public double Rate => Span > TimeSpan.Zero ? Completed / Span.TotalHours : 0;
}

/// <summary>A job that is being computed.</summary>
/// <param name="Kind">See <see cref="Genetics.Ports.JobKinds"/>.</param>
/// <param name="Experiment">The experiment that asked first.</param>
/// <param name="StartedAt">Store time.</param>
/// <param name="Attempt">1 for the first.</param>
public sealed record JobInFlight(string Kind, string Experiment, DateTimeOffset StartedAt, int Attempt);
