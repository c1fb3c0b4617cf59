using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// One island's search: an immutable state that says what it waits for and is told it. No clock, no shared random source: every draw comes
/// from a counter-based generator keyed by (seed, island, generation, individual, purpose), so the same tellings give the same states.
/// </summary>
public interface ISearch
{
    /// <summary>What must be told next.</summary>
    SearchDemand Demand { get; }

    /// <summary>Completed generations of this island.</summary>
    int Generation { get; }

    /// <summary>The non-dominated of all that this island has ever evaluated, in canonical order.</summary>
    ImmutableArray<Evaluated> Archive { get; }

    /// <summary>Tells the results of a <see cref="SearchDemand.Evaluations"/>, one for each genome, in the order asked.</summary>
    SearchTurn TellEvaluations(ImmutableArray<Evaluated> results);

    /// <summary>Tells the migrants of a <see cref="SearchDemand.Immigrants"/>, one parcel for each source, in the order asked.</summary>
    SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels);
}

/// <summary>What a search waits for.</summary>
public abstract record SearchDemand
{
    private SearchDemand()
    {
    }

    /// <summary>Candidates. Duplicates are allowed: the engine computes equal jobs once.</summary>
    /// <param name="Inheritance">Where all of them have their weights from; null: from the base network.</param>
    /// <param name="SubNetwork">The part of the network that is run instead of all of it; null: they are trained and validated.</param>
    public sealed record Evaluations(ImmutableArray<Genome> Genomes, Inheritance? Inheritance = null, SubNetworkTask? SubNetwork = null)
        : SearchDemand;

    /// <summary>One parcel of the stated epoch from each of the stated islands.</summary>
    public sealed record Immigrants(int Epoch, ImmutableArray<string> Sources) : SearchDemand;

    /// <summary>Nothing: the search is over.</summary>
    public sealed record Nothing : SearchDemand;
}

/// <summary>The next state, and the parcels that leave for other islands.</summary>
public sealed record SearchTurn(ISearch Next, ImmutableArray<Parcel> Sent)
{
    /// <summary>What was decided for good in this turn, where a search goes by parts; for the report.</summary>
    public PartReport? Decided { get; init; }
}

/// <summary>How a search settled one part of a network.</summary>
/// <param name="Part">From 0, in the order of pruning.</param>
/// <param name="Groups">Names of its groups.</param>
/// <param name="Front">The non-dominated by (sub-network error, parameters), by ascending error.</param>
public sealed record PartReport(int Part, ImmutableArray<string> Groups, ImmutableArray<PartMember> Front);

/// <summary>A member of a part's front.</summary>
/// <param name="Reconstruction">Relative error of the sub-network.</param>
/// <param name="Params">Weights that the sub-network holds.</param>
/// <param name="Error">Validation error of the whole network, where it was measured.</param>
/// <param name="Chosen">The network that was gone on with.</param>
public sealed record PartMember(double Reconstruction, double Params, double? Error, bool Chosen);

/// <summary>Migrants of one epoch from one island to another.</summary>
/// <param name="Source">Name of the sending island.</param>
/// <param name="Target">Name of the receiving island.</param>
/// <param name="Epoch">Counted from 0; the receiver waits for the parcel of its own epoch.</param>
/// <param name="Migrants">With their results, so that nothing is evaluated again. May be empty: the parcel itself is the signal.</param>
public sealed record Parcel(string Source, string Target, int Epoch, ImmutableArray<Evaluated> Migrants);

/// <summary>A genome with what is known of it.</summary>
/// <param name="Genome">The candidate.</param>
/// <param name="Job">The key of the job that measured it.</param>
/// <param name="Measures">Its figures; empty when the evaluation failed for good.</param>
/// <param name="Failure">Why it failed for good, or null.</param>
public sealed record Evaluated(Genome Genome, JobKey Job, ImmutableSortedDictionary<string, double> Measures, string? Failure)
{
    /// <summary>What the evaluation kept in the artifact store, by name (<see cref="ArtifactNames"/>); mostly nothing.</summary>
    public ImmutableSortedDictionary<string, ArtifactId> Artifacts { get; init; } = ImmutableSortedDictionary<string, ArtifactId>.Empty;

    /// <summary>The figure of that name; positive infinity (worst) for a failed candidate or an unknown name.</summary>
    public double this[string measure] => Measures.GetValueOrDefault(measure, double.PositiveInfinity);
}

/// <summary>A named island and the state that it starts from.</summary>
public sealed record IslandPlan(string Name, ISearch Search);
