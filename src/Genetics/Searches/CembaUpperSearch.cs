using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// An upper island of CEMBA (<see cref="Cemba"/> names the papers): it evolves sets of filters u. An individual is u, the response v that
/// is known for it, and the figures of (u, v). A new u inherits the response of the most similar individual (Hamming distance), carried
/// over to its own filters. A response from below brings its figures with it, so that re-scoring a leader evaluates nothing. Our choice: a
/// response from below replaces what was inherited even where that looked better, since only answers of the lower level are feasible; of
/// several, those that are best by the upper objectives count (the optimistic position), and with the filter objective that is the one with
/// the smallest error.
/// </summary>
public sealed record CembaUpperSearch : IStoredSearch
{
    private readonly CembaIsland island;
    private readonly State state;

    private CembaUpperSearch(CembaIsland island, State state)
    {
        (this.island, this.state) = (island, state);
        Demand = NextDemand();
    }

    private enum Stage
    {
        Evolving,
        AwaitingResponses,
        AwaitingNeighbours,
        Over,
    }

    public string Island => island.Name;

    public SearchDemand Demand { get; }

    public int Generation => state.Generation;

    public ImmutableArray<Evaluated> Archive => state.Archive.Members;

    private CembaSettings Settings => island.Settings;

    internal static CembaUpperSearch Start(CembaIsland island) => new(island, new State(Stage.Evolving, 0, 0, [], Pareto.Archive.Empty));

    /// <summary>Steps (a) and (b): a generation was measured; after the epoch's last one, leaders go down.</summary>
    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        var first = state.Population.IsEmpty;
        var next = state with
        {
            Generation = first ? 0 : state.Generation + 1,
            Population = first ? results : Survival.Best([.. state.Population, .. results], island.UpperObjectives, Settings.UpperPopulation),
            Archive = state.Archive.AddRange(results),
        };
        if (next.Generation < (next.Epoch + 1) * Settings.UpperGenerations)
        {
            return Turn(next);
        }

        var leaders = Leaders(next.Population);
        return Turn(next with { Stage = Stage.AwaitingResponses }, island.Across.Select(lower => new Parcel(Island, lower, next.Epoch, leaders)));
    }

    /// <summary>Steps (d) and (e): responses from below, then migrants from the side.</summary>
    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels)
    {
        Tellings.Check(Island, Demand, parcels);
        var migrants = parcels.SelectMany(p => p.Migrants).ToImmutableArray();
        if (state.Stage == Stage.AwaitingNeighbours)
        {
            var mixed = Survival.Absorb(state.Population, migrants, island.UpperObjectives, Settings.UpperPopulation);
            return Turn(state with { Stage = Stage.Evolving, Epoch = state.Epoch + 1, Population = mixed });
        }

        var next = state with { Population = Rescored(migrants) };
        if (island.LastEpoch(state.Epoch))
        {
            return Turn(next with { Stage = Stage.Over });
        }

        if (island.Neighbours.Sources.IsEmpty)
        {
            return Turn(next with { Stage = Stage.Evolving, Epoch = state.Epoch + 1 });
        }

        var best = IndicatorSelection.Best(next.Population, island.UpperObjectives, Settings.Exchange);
        return Turn(next with { Stage = Stage.AwaitingNeighbours }, island.Neighbours.Targets.Select(to => new Parcel(Island, to, state.Epoch, best)));
    }

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new()
    {
        ["stage"] = state.Stage.ToString(),
        ["epoch"] = state.Epoch,
        ["generation"] = state.Generation,
        ["population"] = evaluated.Write(state.Population),
        ["archive"] = evaluated.Write(Archive),
    };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => new CembaUpperSearch(island, new State(
        Stages.Parse<Stage>(written["stage"]),
        written["epoch"]!.GetValue<int>(),
        written["generation"]!.GetValue<int>(),
        evaluated.Read(written["population"]),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"]))));

    private static BitString FiltersOf(Evaluated individual) => ((MaskGenome)individual.Genome).Filters;

    private SearchTurn Turn(State next, IEnumerable<Parcel>? sent = null) => new(new CembaUpperSearch(island, next), sent is null ? [] : [.. sent]);

    private SearchDemand NextDemand() => state.Stage switch
    {
        Stage.AwaitingResponses => new SearchDemand.Immigrants(state.Epoch, island.Across),
        Stage.AwaitingNeighbours => new SearchDemand.Immigrants(state.Epoch, island.Neighbours.Sources),
        Stage.Over => new SearchDemand.Nothing(),
        _ => new SearchDemand.Evaluations(state.Population.IsEmpty ? FirstPopulation() : Offspring()),
    };

    /// <summary>Different sets of filters by hypervolume contribution.</summary>
    private ImmutableArray<Evaluated> Leaders(ImmutableArray<Evaluated> population)
    {
        var ordered = new RankedPopulation(population, island.UpperObjectives).Ordered();
        return IndicatorSelection.Best([.. ordered.DistinctBy(FiltersOf)], island.UpperObjectives, Settings.Leaders);
    }

    private ImmutableArray<Evaluated> Rescored(ImmutableArray<Evaluated> responses)
    {
        var answered = responses.Where(r => Dominance.Objectives(r, island.UpperObjectives).All(double.IsFinite)).ToLookup(FiltersOf);
        var unanswered = state.Population.Where(p => !answered.Contains(FiltersOf(p)));
        var feasible = state.Population.Select(FiltersOf).Distinct().SelectMany(u => Optimistic([.. answered[u]]));
        return Survival.Best([.. feasible, .. unanswered], island.UpperObjectives, Settings.UpperPopulation);
    }

    /// <summary>The non-dominated by the upper objectives; of equal ones the one with the fewest channels.</summary>
    private IEnumerable<Evaluated> Optimistic(ImmutableArray<Evaluated> responses)
    {
        var ordered = responses
            .OrderBy(r => r[island.LowerObjectives[0]]).ThenBy(r => r.Genome.Canonical, StringComparer.Ordinal)
            .DistinctBy(r => string.Join(' ', Dominance.Objectives(r, island.UpperObjectives)))
            .ToArray();
        var fronts = NonDominatedSorting.Fronts(Dominance.Objectives(ordered, island.UpperObjectives));
        return fronts.Length == 0 ? [] : fronts[0].Select(i => ordered[i]);
    }

    private ImmutableArray<Genome> FirstPopulation()
    {
        var groups = BitGroup.Filters(island.Space);
        var (least, most) = Settings.UpperIslands == 1
            ? (Settings.SparseDensityMin, Settings.DenseDensityMax)
            : island.Dense ? (Settings.DenseDensityMin, Settings.DenseDensityMax) : (Settings.SparseDensityMin, Settings.SparseDensityMax);
        var seeding = new Seeding(Settings.UniformSeeds, least, most, Settings.SeedSlope);
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, Settings.UpperPopulation).Select(i =>
        {
            var random = CounterRandom.For(island.Seed, Island, 0, i, "initial");
            var seed = i + (island.Index == 0 ? 0 : 1);
            return Novelty.Draw(seen, () => new MaskGenome(
                seed == 0 ? BitString.Filled(island.Space.Units, true)
                : seed <= Settings.UniformSeeds ? Masks.Seed(island.Space.Units, groups, seeding, seed, random)
                : Masks.Initial(island.Space.Units, groups, least + (random.NextDouble() * (most - least)), Settings.Guidance, random),
                null));
        })];
    }

    private ImmutableArray<Genome> Offspring()
    {
        var groups = BitGroup.Filters(island.Space);
        var parents = new RankedPopulation(state.Population, island.UpperObjectives);
        var seen = state.Population.Select(p => p.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, Settings.UpperPopulation).Select(i =>
        {
            var random = CounterRandom.For(island.Seed, Island, state.Generation + 1, i, "breed");
            return Novelty.Draw(seen, () =>
            {
                var (first, second) = (FiltersOf(parents.Tournament(random)), FiltersOf(parents.Tournament(random)));
                return Inheriting(Masks.Breed(first, second, groups, groups, Settings.UpperVariation, random), random);
            });
        })];
    }

    /// <summary>
    /// The new set of filters with the response of the most similar individual; of equally similar ones the first in the population.
    /// </summary>
    private MaskGenome Inheriting(BitString filters, CounterRandom random)
    {
        var model = (MaskGenome)state.Population.MinBy(p => FiltersOf(p).HammingDistance(filters))!.Genome;
        return new MaskGenome(filters, ChannelMasks.Adapt(island.Space, model.Filters, model.Channels, filters, Settings.Guidance, random));
    }

    private sealed record State(Stage Stage, int Epoch, int Generation, ImmutableArray<Evaluated> Population, Archive Archive);
}
