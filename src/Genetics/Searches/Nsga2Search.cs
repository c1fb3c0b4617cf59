using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// NSGA-II: Deb, Pratap, Agarwal, Meyarivan: A fast and elitist multiobjective genetic algorithm: NSGA-II. IEEE Transactions on Evolutionary
/// Computation 6 (2002) 182-197, doi 10.1109/4235.996017. Binary tournament on rank and crowding, crossover, bit-flip mutation, (μ + λ) survival.
/// Our choices: one child a pair; equal genomes survive once; flips scaled for each group; the genome of the base is in the first population; the
/// ranked encoding, guidance and resizing (off by default); several islands that exchange their best by hypervolume contribution every few
/// generations, taking the places of the worst.
/// </summary>
public sealed record Nsga2Search : IStoredSearch
{
    private readonly Island island;
    private readonly State state;

    private Nsga2Search(Island island, State state)
    {
        (this.island, this.state) = (island, state);
        Demand = NextDemand();
    }

    public string Island => island.Name;

    public SearchDemand Demand { get; }

    public int Generation => state.Generation;

    public ImmutableArray<Evaluated> Archive => state.Archive.Members;

    public static ImmutableArray<IslandPlan> Create(Nsga2Settings settings, IProblem problem, long seed)
    {
        var names = Neighbourhood.Names("n", settings.Islands);
        var breeding = Breeding.Of(settings.Encoding, problem.Space, settings.Criteria, settings.Variation);
        return [.. names.Select((name, i) => new IslandPlan(name, new Nsga2Search(
            new Island(name, Neighbourhood.Of(names, i, settings.Topology), settings, breeding, seed), new State(0, 0, [], Pareto.Archive.Empty))))];
    }

    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        var first = state.Population.IsEmpty;
        var next = state with
        {
            Generation = first ? 0 : state.Generation + 1,
            Population = first ? results : Survival.Best([.. state.Population, .. results], island.Settings.Objectives, island.Settings.Population),
            Archive = state.Archive.AddRange(results),
        };
        return new SearchTurn(new Nsga2Search(island, next), Migrating(next) ? Parcels(next) : []);
    }

    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels)
    {
        Tellings.Check(Island, Demand, parcels);
        var next = state with
        {
            Migrations = state.Migrations + 1,
            Population = Survival.Absorb(state.Population, parcels.SelectMany(p => p.Migrants), island.Settings.Objectives, island.Settings.Population),
        };
        return new SearchTurn(new Nsga2Search(island, next), []);
    }

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new()
    {
        ["generation"] = state.Generation,
        ["migrations"] = state.Migrations,
        ["population"] = evaluated.Write(state.Population),
        ["archive"] = evaluated.Write(Archive),
    };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => new Nsga2Search(island, new State(
        written["generation"]!.GetValue<int>(),
        written["migrations"]!.GetValue<int>(),
        evaluated.Read(written["population"]),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"]))));

    private SearchDemand NextDemand() => state switch
    {
        { Population.IsEmpty: true } => new SearchDemand.Evaluations(FirstPopulation()),
        _ when Migrating(state) => new SearchDemand.Immigrants(state.Migrations, island.Neighbours.Sources),
        _ when state.Generation >= island.Settings.Generations => new SearchDemand.Nothing(),
        _ => new SearchDemand.Evaluations(Offspring()),
    };

    private ImmutableArray<Genome> FirstPopulation()
    {
        var settings = island.Settings;
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = CounterRandom.For(island.Seed, Island, 0, i, "initial");
            return Novelty.Draw(seen, () => i == 0 ? island.Breeding.Everything
                : i <= settings.UniformSeeds
                    ? island.Breeding.Uniform(Masks.SeedDensity(i, settings.UniformSeeds, settings.DensityMin, settings.DensityMax), random)
                    : island.Breeding.Initial(settings.DensityMin + (random.NextDouble() * (settings.DensityMax - settings.DensityMin)), random));
        })];
    }

    private ImmutableArray<Genome> Offspring()
    {
        var parents = new RankedPopulation(state.Population, island.Settings.Objectives);
        var seen = state.Population.Select(p => p.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, island.Settings.Population).Select(i =>
        {
            var random = CounterRandom.For(island.Seed, Island, state.Generation + 1, i, "breed");
            return Novelty.Draw(seen, () => island.Breeding.Breed(parents.Tournament(random).Genome, parents.Tournament(random).Genome, random));
        })];
    }

    /// <summary>True when this state has sent migrants and waits for its neighbours'. None is sent after the last generation: nobody would use them.</summary>
    private bool Migrating(State at) => !island.Neighbours.Sources.IsEmpty && island.Settings.Migrants > 0 && at.Generation < island.Settings.Generations
        && at.Generation / island.Settings.MigrationInterval > at.Migrations;

    private ImmutableArray<Parcel> Parcels(State at)
    {
        var migrants = IndicatorSelection.Best(at.Population, island.Settings.Objectives, island.Settings.Migrants);
        return [.. island.Neighbours.Targets.Select(target => new Parcel(Island, target, at.Migrations, migrants))];
    }

    private sealed record State(int Generation, int Migrations, ImmutableArray<Evaluated> Population, Archive Archive);
}

/// <summary>What an island of NSGA-II is told once.</summary>
internal sealed record Island(string Name, Neighbourhood Neighbours, Nsga2Settings Settings, IBreeding Breeding, long Seed);
