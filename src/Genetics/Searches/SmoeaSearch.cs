using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// The loop of <see cref="Smoea"/> on one island, which is the method. Several islands (our choice) decide for themselves and exchange
/// measured networks between two parts; each then goes on with what its rule chooses among its own and the immigrants.
/// </summary>
public sealed record SmoeaSearch : IStoredSearch
{
    private readonly Smoea method;
    private readonly Neighbourhood neighbours;
    private readonly long seed;
    private readonly State state;

    internal SmoeaSearch(string island, Smoea method, Neighbourhood neighbours, long seed)
        : this(island, method, neighbours, seed, State.Start)
    {
    }

    private SmoeaSearch(string island, Smoea method, Neighbourhood neighbours, long seed, State state)
    {
        (Island, this.method, this.neighbours, this.seed, this.state) = (island, method, neighbours, seed, state);
        Demand = NextDemand();
    }

    /// <summary>What an island waits for.</summary>
    private enum Stage
    {
        /// <summary>The error of the unpruned network.</summary>
        Unpruned,

        /// <summary>A generation of sub-networks.</summary>
        Evolution,

        /// <summary>Errors of members of the front.</summary>
        Measurement,

        /// <summary>A further training of the chosen network.</summary>
        FineTuning,

        /// <summary>Immigrants.</summary>
        Migration,

        /// <summary>Nothing.</summary>
        Over,
    }

    public string Island { get; }

    public SearchDemand Demand { get; }

    /// <summary>Generations of sub-networks, over all parts; first populations are not counted.</summary>
    public int Generation => (state.Part * method.Settings.Generations) + state.Generation;

    public ImmutableArray<Evaluated> Archive => state.Archive.Members;

    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        var measured = state with { Archive = state.Archive.AddRange(results) };
        return state.Stage switch
        {
            Stage.Unpruned => Silent(measured with { UnprunedError = results[0][MeasureNames.Error], Stage = Stage.Evolution }),
            Stage.Evolution => Evolved(results),
            Stage.Measurement => Measured(measured with { Measured = results }),
            _ => FineTuned(measured, results[0]),
        };
    }

    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels)
    {
        Tellings.Check(Island, Demand, parcels);
        var pool = parcels.SelectMany(p => p.Migrants).Concat(state.Current is { } own ? [own] : []).DistinctBy(m => m.Job);
        var next = state with
        {
            Migrations = state.Migrations + 1,
            Current = method.Choose(state.Part, pool, state.UnprunedError) ?? state.Current,
        };
        return Silent(NextPart(next));
    }

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new()
    {
        ["stage"] = state.Stage.ToString(),
        ["part"] = state.Part,
        ["generation"] = state.Generation,
        ["rounds"] = state.Rounds,
        ["migrations"] = state.Migrations,
        ["unprunedError"] = state.UnprunedError.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        ["current"] = evaluated.Write(state.Current is { } current ? [current] : []),
        ["population"] = evaluated.Write(state.Population),
        ["measured"] = evaluated.Write(state.Measured),
        ["archive"] = evaluated.Write(Archive),
    };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => After(new State(
        Stages.Parse<Stage>(written["stage"]),
        written["part"]!.GetValue<int>(),
        written["generation"]!.GetValue<int>(),
        written["rounds"]!.GetValue<int>(),
        written["migrations"]!.GetValue<int>(),
        double.Parse(written["unprunedError"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture),
        evaluated.Read(written["current"]).FirstOrDefault(),
        evaluated.Read(written["population"]),
        evaluated.Read(written["measured"]),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"]))));

    private SearchTurn Evolved(ImmutableArray<Evaluated> results)
    {
        var next = state with
        {
            Generation = state.Population.IsEmpty ? 0 : state.Generation + 1,
            Population = method.Survivors(state.Population, results),
        };
        if (next.Generation < method.Settings.Generations)
        {
            return Silent(next);
        }

        // Where the front offers nothing (all failed, or nothing can go), the part stays as it is.
        return ToMeasure(next).IsEmpty ? Settled(next with { Measured = [] }, null) : Silent(next with { Stage = Stage.Measurement });
    }

    private SearchTurn Measured(State next)
    {
        var chosen = method.Choose(next.Part, next.Measured, next.UnprunedError);
        next = next with { Current = chosen ?? next.Current, Rounds = 0, Stage = Stage.FineTuning };
        return chosen is null || method.Settings.FineTune == 0 ? Settled(next, chosen) : Silent(next);
    }

    private SearchTurn FineTuned(State next, Evaluated result)
    {
        // A round that makes it worse is not taken.
        var better = result[MeasureNames.Error] <= next.Current![MeasureNames.Error];
        next = next with { Rounds = next.Rounds + 1, Current = better ? result : next.Current };
        return next.Rounds < method.Settings.FineTune ? Silent(next) : Settled(next, next.Current);
    }

    /// <summary>The end of a part: the report, and emigrants where it is time for them.</summary>
    private SearchTurn Settled(State next, Evaluated? chosen)
    {
        var report = new PartReport(next.Part, method.NamesOf(next.Part), Report(next, chosen));
        if (!neighbours.Exist || method.Settings.Migrants == 0 || next.Part + 1 >= method.Parts
            || (next.Part + 1) % method.Settings.MigrationInterval != 0)
        {
            return Silent(NextPart(next)) with { Decided = report };
        }

        ImmutableArray<Evaluated> pool = [.. (chosen is null ? next.Measured : [.. next.Measured, chosen]).DistinctBy(m => m.Job)];
        var migrants = Migration.Emigrants(pool, SmoeaChoice.Objectives, method.Settings.Emigrants, method.Settings.Migrants,
            DrawsOf(next));
        return new SearchTurn(
            After(next with { Stage = Stage.Migration }), [.. neighbours.Targets.Select(t =>
                new Parcel(Island, t, next.Migrations, migrants))]) { Decided = report };
    }

    private static ImmutableArray<PartMember> Report(State at, Evaluated? chosen)
    {
        var errors = at.Measured.Where(m => m.Failure is null).ToDictionary(m => m.Genome.Canonical, m => m[MeasureNames.Error]);
        return [.. Smoea.Front(at.Population).Select(m => new PartMember(
            m[MeasureNames.Reconstruction],
            m[MeasureNames.Params],
            errors.TryGetValue(m.Genome.Canonical, out var error) && double.IsFinite(error) ? error : null,
            chosen?.Genome.Canonical == m.Genome.Canonical))];
    }

    private State NextPart(State at) => at with
    {
        Stage = at.Part + 1 < method.Parts ? Stage.Evolution : Stage.Over,
        Part = at.Part + 1,
        Generation = 0,
        Population = [],
        Measured = [],
    };

    private SearchTurn Silent(State next) => new(After(next), []);

    private SmoeaSearch After(State next) => new(Island, method, neighbours, seed, next);

    private SearchDemand NextDemand() => state.Stage switch
    {
        Stage.Unpruned => new SearchDemand.Evaluations([method.Everything]),
        Stage.Evolution => new SearchDemand.Evaluations(
            state.Population.IsEmpty
                ? method.First(state.Part, Around, DrawsOf(state))
                : method.Offspring(state.Part, state.Population, DrawsOf(state with { Generation = state.Generation + 1 })),
            Weights,
            new SubNetworkTask(method.GroupsOf(state.Part), method.Settings.Calibration)),
        Stage.Measurement => new SearchDemand.Evaluations([.. ToMeasure(state).Select(m => m.Genome)], Weights),
        Stage.FineTuning => new SearchDemand.Evaluations([state.Current!.Genome], Weights),
        Stage.Migration => new SearchDemand.Immigrants(state.Migrations, neighbours.Sources),
        _ => new SearchDemand.Nothing(),
    };

    private ImmutableArray<Evaluated> ToMeasure(State at) => method.ToMeasure(Smoea.Front(at.Population), Around);

    /// <summary>What was decided so far.</summary>
    private MaskGenome Around => state.Current?.Genome as MaskGenome ?? method.Everything;

    /// <summary>The base network with the trained weights of the present network in their places: all that a pruned version of it may
    /// take.</summary>
    private Inheritance Weights => new(
        SuperNetStart.Base,
        null,
        state.Current is { } current && current.Artifacts.TryGetValue(ArtifactNames.Slice, out var slice) ? [slice] : [],
        WriteBack.Sequential,
        Consolidate: false,
        Place: null);

    /// <summary>First populations have generation 0 of their part, and parts do not share numbers.</summary>
    private Draws DrawsOf(State at) => new(seed, Island, (at.Part * (method.Settings.Generations + 1)) + at.Generation);

    /// <param name="Part">From 0, in the order of pruning.</param>
    /// <param name="Generation">Of this part.</param>
    /// <param name="Rounds">Of fine-tuning, in this part.</param>
    /// <param name="UnprunedError">Infinite where it could not be measured.</param>
    /// <param name="Current">The network to go on from; null: the base.</param>
    /// <param name="Population">Sub-networks of this part.</param>
    /// <param name="Measured">Whole networks of this part, fine-tuning not counted.</param>
    private sealed record State(
        Stage Stage,
        int Part,
        int Generation,
        int Rounds,
        int Migrations,
        double UnprunedError,
        Evaluated? Current,
        ImmutableArray<Evaluated> Population,
        ImmutableArray<Evaluated> Measured,
        Pareto.Archive Archive)
    {
        public static State Start { get; } = new(Stage.Unpruned, 0, 0, 0, 0, double.PositiveInfinity, null, [], [], Pareto.Archive.Empty);
    }
}
