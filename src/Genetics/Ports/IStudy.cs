using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Ports;

/// <summary>
/// One experiment's plan from base network to picks, as the engine needs it: which jobs to run and which islands to start. Pure: the same
/// study gives the same answers on every node, at every resume.
/// </summary>
public interface IStudy
{
    /// <summary>The job that trains, or loads, the base network.</summary>
    JobSpec Base { get; }

    /// <summary>The problem that follows from the base: its space, and evaluations that inherit the base's weights.</summary>
    IProblem Problem(JobResult baseResult);

    /// <summary>The islands at their start, in a fixed order.</summary>
    ImmutableArray<IslandPlan> Islands(JobResult baseResult);

    /// <summary>The state of an island as text, for snapshots.</summary>
    string WriteSearch(ISearch search, JobResult baseResult);

    /// <summary>Reads what <see cref="WriteSearch"/> wrote.</summary>
    ISearch ReadSearch(string text, JobResult baseResult);

    /// <summary>Which picks are re-trained: some of "heavy", "knee", "light", "at30", … (<see cref="Pareto.PickRole"/>).</summary>
    ImmutableArray<string> PickRoles { get; }

    /// <summary>How many members are widened for each pick at a share of MACs (<see cref="BudgetFit"/>); 0 = none.</summary>
    int WidenedPicks { get; }

    /// <summary>Weight of the error in the distance by which the knee is picked, 0 to 1 (<see cref="Pareto.Picks.Of"/>).</summary>
    double KneeErrorWeight { get; }

    /// <summary>
    /// The re-training of a pick with the final recipe, from its trained weights where its evaluation kept them, else from inherited ones.
    /// </summary>
    JobSpec Final(Evaluated pick, JobResult baseResult);

    /// <summary>The measurement of a candidate's time, or of the base's where <paramref name="genome"/> is null.</summary>
    JobSpec Measurement(Genome? genome, JobResult baseResult);
}
