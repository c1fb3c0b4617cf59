using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>An island between two events: its search, and what has arrived of what the search waits for.</summary>
/// <param name="Base">The base network's result; null before the start.</param>
/// <param name="Search">Null before the start.</param>
/// <param name="Awaited">Job of each genome that the search waits for, in genome order; empty when it waits for none.</param>
/// <param name="Outcomes">What has arrived of <paramref name="Awaited"/>, by job key.</param>
/// <param name="Parcels">Parcels that have arrived and not been told yet: a neighbour may be an epoch ahead.</param>
/// <param name="Evaluations">Evaluations asked for so far, equal ones counted each time.</param>
public sealed record IslandState(
    JobResult? Base,
    ISearch? Search,
    ImmutableArray<JobKey> Awaited,
    ImmutableDictionary<string, JobOutcome> Outcomes,
    ImmutableArray<Parcel> Parcels,
    long Evaluations)
{
    public static IslandState Empty { get; } =
        new(null, null, [], ImmutableDictionary<string, JobOutcome>.Empty, [], 0);
}
