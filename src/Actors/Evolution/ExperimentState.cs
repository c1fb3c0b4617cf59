using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>How far an experiment is; the phases follow each other in this order.</summary>
public enum ExperimentPhase
{
    Created,
    Base,
    Search,
    Fitting,
    Final,
    Measurement,
    Finished,
    Failed,
}

/// <summary>An experiment between two events: all that <c>show</c>, the report and the exports need.</summary>
/// <param name="Phase">See <see cref="ExperimentPhase"/>.</param>
/// <param name="Base">The base network's result, or null before it is there.</param>
/// <param name="Islands">Last report of each island, by name.</param>
/// <param name="Archive">The non-dominated of all islands, in canonical order.</param>
/// <param name="History">
/// Every island's reports, in the order of arrival, where the state was read for readers (<see cref="ActorRecovery.Read"/>); else empty.
/// </param>
/// <param name="Fitting">Widened members that are evaluated for the picks (<see cref="BudgetFit"/>): by canonical genome.</param>
/// <param name="Picks">Chosen from the archive when nothing joins it any more: by role.</param>
/// <param name="Awaited">Keys of the jobs that the present phase waits for.</param>
/// <param name="Finals">Outcomes of the picks' re-training, by role.</param>
/// <param name="Measurements">Outcomes of time measurements, by id of the front member; "base" for the base.</param>
public sealed record ExperimentState(
    ExperimentPhase Phase,
    JobResult? Base,
    ImmutableSortedDictionary<string, IslandProgress> Islands,
    ImmutableArray<Evaluated> Archive,
    ImmutableArray<IslandProgress> History,
    ImmutableSortedDictionary<string, Genome> Fitting,
    ImmutableSortedDictionary<string, Evaluated> Picks,
    ImmutableSortedDictionary<string, JobKey> Awaited,
    ImmutableSortedDictionary<string, JobOutcome> Finals,
    ImmutableSortedDictionary<string, JobOutcome> Measurements)
{
    public static ExperimentState Empty { get; } = new(
        ExperimentPhase.Created,
        null,
        ImmutableSortedDictionary<string, IslandProgress>.Empty,
        [],
        [],
        ImmutableSortedDictionary<string, Genome>.Empty,
        ImmutableSortedDictionary<string, Evaluated>.Empty,
        ImmutableSortedDictionary<string, JobKey>.Empty,
        ImmutableSortedDictionary<string, JobOutcome>.Empty,
        ImmutableSortedDictionary<string, JobOutcome>.Empty);
}
