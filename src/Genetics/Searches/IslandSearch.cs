using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// One island of an evolution by generations (<see cref="IGenerations"/>): it asks for a generation, lets the method choose who lives on,
/// and every few generations sends emigrants to its neighbours and waits for theirs of the same epoch. One island without migration is the
/// plain method. Where the method trains candidates in a super-net, the island has one of its own, and a generation is asked for in as many
/// parts as its rule of writing needs.
/// </summary>
public sealed record IslandSearch : IStoredSearch
{
    private readonly IGenerations method;
    private readonly IslandSettings settings;
    private readonly Neighbourhood neighbours;
    private readonly long seed;
    private readonly State state;

    internal IslandSearch(string island, IGenerations method, IslandSettings settings, Neighbourhood neighbours, long seed)
        : this(island, method, settings, neighbours, seed, State.Start(method.SuperNet))
    {
    }

    private IslandSearch(string island, IGenerations method, IslandSettings settings, Neighbourhood neighbours, long seed, State state)
    {
        (Island, this.method, this.settings, this.neighbours, this.seed, this.state) = (island, method, settings, neighbours, seed, state);
        Demand = NextDemand();
    }

    public string Island { get; }

    public SearchDemand Demand { get; }

    public int Generation => state.Generation;

    public ImmutableArray<Evaluated> Archive => state.Archive.Members;

    /// <summary>As many islands of <paramref name="method"/> as the settings say, named prefix1 … prefixN.</summary>
    internal static ImmutableArray<IslandPlan> Archipelago(string prefix, IGenerations method, IslandSettings settings, long seed)
    {
        var names = Neighbourhood.Names(prefix, settings.Islands);
        return [.. names.Select((name, i) => new IslandPlan(
            name, new IslandSearch(name, method, settings, Neighbourhood.Of(names, i, settings.Topology, settings.Degree, seed), seed)))];
    }

    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        var next = state with { Told = state.Told.AddRange(results), Archive = state.Archive.AddRange(results), SuperNet = state.SuperNet?.After(results) };
        if (next.Told.Length < Candidates().Length)
        {
            return new SearchTurn(After(next), []);
        }

        next = next with
        {
            Generation = state.Population.IsEmpty ? 0 : state.Generation + 1,
            Population = method.Survivors(state.Population, next.Told),
            Told = [],
        };
        return new SearchTurn(After(next), Migrating(next) ? Parcels(next) : []);
    }

    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels)
    {
        Tellings.Check(Island, Demand, parcels);
        var next = state with
        {
            Migrations = state.Migrations + 1,
            Population = method.Admitted(state.Population, [.. parcels.SelectMany(p => p.Migrants)], DrawsOf(state.Generation)),
        };
        return new SearchTurn(After(next), []);
    }

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new()
    {
        ["generation"] = state.Generation,
        ["migrations"] = state.Migrations,
        ["population"] = evaluated.Write(state.Population),
        ["told"] = evaluated.Write(state.Told),
        ["archive"] = evaluated.Write(Archive),
        ["superNet"] = state.SuperNet?.Write(),
    };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => After(new State(
        written["generation"]!.GetValue<int>(),
        written["migrations"]!.GetValue<int>(),
        evaluated.Read(written["population"]),
        evaluated.Read(written["told"]),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"])),
        written["superNet"] is JsonObject chain ? state.SuperNet!.Read(chain) : null));

    private IslandSearch After(State next) => new(Island, method, settings, neighbours, seed, next);

    private SearchDemand NextDemand() => state switch
    {
        { Population.IsEmpty: true } => Part(),
        _ when Migrating(state) => new SearchDemand.Immigrants(state.Migrations, neighbours.Sources),
        _ when state.Generation >= settings.Generations => new SearchDemand.Nothing(),
        _ => Part(),
    };

    /// <summary>
    /// All candidates of the generation under way. Drawn anew whenever they are needed: equal draws give equal candidates.
    /// </summary>
    private ImmutableArray<Genome> Candidates() => state.Population.IsEmpty
        ? method.First(DrawsOf(0))
        : method.Offspring(state.Population, DrawsOf(state.Generation + 1));

    /// <summary>The next candidates that may be trained side by side.</summary>
    private SearchDemand.Evaluations Part()
    {
        var all = Candidates();
        var together = state.SuperNet?.Together(all.Length) ?? all.Length;
        return new SearchDemand.Evaluations([.. all.Skip(state.Told.Length).Take(together)], state.SuperNet?.Next);
    }

    /// <summary>
    /// True when this state has sent migrants and waits for its neighbours'. None is sent after the last generation: nobody would use them.
    /// </summary>
    private bool Migrating(State at) => neighbours.Exist && settings.Migrants > 0 && at.Generation < settings.Generations
        && at.Generation / settings.MigrationInterval > at.Migrations;

    private ImmutableArray<Parcel> Parcels(State at)
    {
        var migrants = Migration.Emigrants(at.Population, method.Objectives, settings.Emigrants, settings.Migrants, DrawsOf(at.Generation));
        return [.. neighbours.Targets.Select(target => new Parcel(Island, target, at.Migrations, migrants))];
    }

    private Draws DrawsOf(int generation) => new(seed, Island, generation);

    /// <param name="Told">Of the generation under way, in the order of asking.</param>
    private sealed record State(
        int Generation,
        int Migrations,
        ImmutableArray<Evaluated> Population,
        ImmutableArray<Evaluated> Told,
        Pareto.Archive Archive,
        SuperNetChain? SuperNet)
    {
        public static State Start(SuperNetPlan? superNet) =>
            new(0, 0, [], [], Pareto.Archive.Empty, superNet is null ? null : SuperNetChain.Start(superNet));
    }
}
