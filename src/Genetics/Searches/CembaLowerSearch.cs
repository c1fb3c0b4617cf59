using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// A lower island of CEMBA (<see cref="Cemba"/> names the papers): for each leader u that came down it evolves a small population of
/// responses v under (mean kept channels a filter, error), all leaders side by side, and sends the best of each back to where the leader
/// came from. Our choices: the population starts from the leader's present response and from remembered responses to the very same leader,
/// which need no evaluation, then from remembered responses to similar leaders for half of what is left, then from random ones; what was
/// sent up is remembered; and islands of the level exchange the best that they remember.
/// </summary>
public sealed record CembaLowerSearch : IStoredSearch
{
    private readonly CembaIsland island;
    private readonly State state;
    private readonly ImmutableArray<int> owners;

    private CembaLowerSearch(CembaIsland island, State state)
    {
        (this.island, this.state) = (island, state);
        (Demand, owners) = NextDemand();
    }

    private enum Stage
    {
        AwaitingLeaders,
        Evolving,
        AwaitingNeighbours,
        Over,
    }

    public string Island => island.Name;

    public SearchDemand Demand { get; }

    /// <summary>Batches of responses that have been measured.</summary>
    public int Generation => state.Generation;

    public ImmutableArray<Evaluated> Archive => state.Archive.Members;

    private CembaSettings Settings => island.Settings;

    internal static CembaLowerSearch Start(CembaIsland island) => new(island, new State(Stage.AwaitingLeaders, 0, 0, 0, [], [], Pareto.Archive.Empty));

    /// <summary>Step (c): a generation of responses was measured; after the last one, (d), the best go up.</summary>
    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        var answered = state.Leaders.Select((leader, l) => leader with
        {
            Responses = Survival.Best(
                leader.Responses.Concat(results.Where((_, i) => owners[i] == l)), island.LowerObjectives, Settings.LowerPopulation),
        });
        var next = state with
        {
            Step = state.Step + 1,
            Generation = state.Generation + 1,
            Leaders = [.. answered],
            Archive = state.Archive.AddRange(results),
        };
        return next.Step <= Settings.LowerGenerations ? Turn(next) : Answer(next);
    }

    /// <summary>Leaders from above, or remembered responses from the side.</summary>
    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels)
    {
        Tellings.Check(Island, Demand, parcels);
        if (state.Stage == Stage.AwaitingNeighbours)
        {
            var memory = Survival.Absorb(state.Memory, parcels.SelectMany(p => p.Migrants), island.LowerObjectives, Settings.Memory);
            return Turn(state with { Stage = Stage.AwaitingLeaders, Epoch = state.Epoch + 1, Memory = memory });
        }

        var leaders = parcels
            .SelectMany(parcel => parcel.Migrants.Select(migrant => (parcel.Source, Migrant: migrant)))
            .GroupBy(arrival => FiltersOf(arrival.Migrant))
            .Select(group => new Leader(
                [.. group.Select(arrival => arrival.Source).Distinct()],
                Survival.Best(
                    [.. group.Select(a => a.Migrant), .. state.Memory.Where(m => FiltersOf(m).Equals(group.Key))],
                    island.LowerObjectives,
                    Settings.LowerPopulation)))
            .ToImmutableArray();
        var next = state with { Stage = Stage.Evolving, Step = 0, Leaders = leaders };
        return leaders.IsEmpty ? Answer(next) : Skipping(next);
    }

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new()
    {
        ["stage"] = state.Stage.ToString(),
        ["epoch"] = state.Epoch,
        ["step"] = state.Step,
        ["generation"] = state.Generation,
        ["leaders"] = new JsonArray([.. state.Leaders.Select(l => new JsonObject
        {
            ["sources"] = new JsonArray([.. l.Sources.Select(s => (JsonNode)s)]),
            ["responses"] = evaluated.Write(l.Responses),
        })]),
        ["memory"] = evaluated.Write(state.Memory),
        ["archive"] = evaluated.Write(Archive),
    };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => new CembaLowerSearch(island, new State(
        Stages.Parse<Stage>(written["stage"]),
        written["epoch"]!.GetValue<int>(),
        written["step"]!.GetValue<int>(),
        written["generation"]!.GetValue<int>(),
        [.. written["leaders"]!.AsArray().Select(l => new Leader(
            [.. l!["sources"]!.AsArray().Select(s => s!.GetValue<string>())], evaluated.Read(l["responses"])))],
        evaluated.Read(written["memory"]),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"]))));

    private static BitString FiltersOf(Evaluated response) => ((MaskGenome)response.Genome).Filters;

    private SearchTurn Turn(State next, IEnumerable<Parcel>? sent = null) => new(new CembaLowerSearch(island, next), sent is null ? [] : [.. sent]);

    /// <summary>A first step that has nothing to measure, since memory already fills every population, is passed over.</summary>
    private SearchTurn Skipping(State next)
    {
        if (next.Leaders.Any(l => l.Responses.Length < Settings.LowerPopulation))
        {
            return Turn(next);
        }

        var bred = next with { Step = 1 };
        return Settings.LowerGenerations == 0 ? Answer(bred) : Turn(bred);
    }

    /// <summary>Sends the best responses to the islands whose leaders they answer, remembers them, and goes on.</summary>
    private SearchTurn Answer(State at)
    {
        var best = at.Leaders.Select(l => IndicatorSelection.Best(l.Responses, island.LowerObjectives, Settings.Responses)).ToArray();
        var sent = island.Across.Select(upper => new Parcel(
            Island, upper, at.Epoch, [.. best.Where((_, l) => at.Leaders[l].Sources.Contains(upper)).SelectMany(responses => responses)]));
        var memory = Survival.Best([.. at.Memory, .. best.SelectMany(responses => responses)], island.LowerObjectives, Settings.Memory);
        var next = at with { Leaders = [], Step = 0, Memory = memory };
        if (island.LastEpoch(at.Epoch))
        {
            return Turn(next with { Stage = Stage.Over }, sent);
        }

        if (island.Neighbours.Sources.IsEmpty)
        {
            return Turn(next with { Stage = Stage.AwaitingLeaders, Epoch = at.Epoch + 1 }, sent);
        }

        var exchanged = IndicatorSelection.Best(memory, island.LowerObjectives, Settings.Exchange);
        return Turn(
            next with { Stage = Stage.AwaitingNeighbours },
            [.. sent, .. island.Neighbours.Targets.Select(to => new Parcel(Island, to, at.Epoch, exchanged))]);
    }

    /// <summary>The demand and, for evaluations, the number of the leader that each genome answers.</summary>
    private (SearchDemand Demand, ImmutableArray<int> Owners) NextDemand()
    {
        switch (state.Stage)
        {
            case Stage.AwaitingLeaders:
                return (new SearchDemand.Immigrants(state.Epoch, island.Across), []);
            case Stage.AwaitingNeighbours:
                return (new SearchDemand.Immigrants(state.Epoch, island.Neighbours.Sources), []);
            case Stage.Over:
                return (new SearchDemand.Nothing(), []);
            default:
                var batches = state.Leaders.Select((leader, l) => state.Step == 0 ? FirstResponses(leader, l) : Offspring(leader, l)).ToArray();
                return (
                    new SearchDemand.Evaluations([.. batches.SelectMany(b => b)]),
                    [.. batches.SelectMany((batch, l) => Enumerable.Repeat(l, batch.Length))]);
        }
    }

    private CounterRandom Stream(int leader, int individual, string purpose) => CounterRandom.For(
        island.Seed,
        Island,
        ((long)state.Epoch * (Settings.LowerGenerations + 1)) + state.Step,
        ((long)leader * Settings.LowerPopulation) + individual,
        purpose);

    private ImmutableArray<Genome> FirstResponses(Leader leader, int number)
    {
        var filters = leader.Filters;
        var free = Settings.LowerPopulation - leader.Responses.Length;
        var remembered = state.Memory
            .Where(m => !FiltersOf(m).Equals(filters))
            .OrderBy(m => FiltersOf(m).HammingDistance(filters)).ThenBy(m => m.Genome.Canonical, StringComparer.Ordinal)
            .Take((free + 1) / 2)
            .Select(m => (MaskGenome)m.Genome)
            .ToArray();
        var seen = leader.Responses.Select(r => r.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, free).Select(i =>
        {
            var random = Stream(number, i, "respond");
            var model = i < remembered.Length ? remembered[i] : null;
            return Novelty.Draw(seen, () =>
            {
                var adapted = model is null ? null
                    : new MaskGenome(filters, ChannelMasks.Adapt(island.Space, model.Filters, model.Channels, filters, Settings.Guidance, random));
                return adapted is not null && !seen.Contains(adapted.Canonical) ? adapted : RandomResponse(filters, random);
            });
        })];
    }

    private MaskGenome RandomResponse(BitString filters, CounterRandom random)
    {
        var middle = (Settings.ChannelDensityMin + Settings.ChannelDensityMax) / 2;
        var (least, most) = Settings.LowerIslands == 1
            ? (Settings.ChannelDensityMin, Settings.ChannelDensityMax)
            : island.Dense ? (middle, Settings.ChannelDensityMax) : (Settings.ChannelDensityMin, middle);
        var density = least + (random.NextDouble() * (most - least));
        var channels = Masks.Initial(island.Space.ChannelBits, ChannelMasks.Varied(island.Space, filters), density, Settings.Guidance, random);
        return ChannelMasks.Genome(
            island.Space, filters, Masks.Repair(channels, ChannelMasks.Repaired(island.Space, filters), Settings.Guidance, random));
    }

    private ImmutableArray<Genome> Offspring(Leader leader, int number)
    {
        var filters = leader.Filters;
        var parents = new RankedPopulation(leader.Responses, island.LowerObjectives);
        var varied = ChannelMasks.Varied(island.Space, filters);
        var repaired = ChannelMasks.Repaired(island.Space, filters);
        var seen = leader.Responses.Select(r => r.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, Settings.LowerPopulation).Select(i =>
        {
            var random = Stream(number, i, "breed");
            return Novelty.Draw(seen, () => ChannelMasks.Genome(
                island.Space,
                filters,
                Masks.Breed(Channels(parents.Tournament(random)), Channels(parents.Tournament(random)), varied, repaired, Settings.LowerVariation, random)));
        })];
    }

    private BitString Channels(Evaluated response) =>
        ChannelMasks.Explicit(island.Space, FiltersOf(response), ((MaskGenome)response.Genome).Channels);

    /// <summary>
    /// A leader: the islands that sent it, and the measured responses to it, of which there is always at least the one that came with it.
    /// </summary>
    private sealed record Leader(ImmutableArray<string> Sources, ImmutableArray<Evaluated> Responses)
    {
        public BitString Filters => FiltersOf(Responses[0]);
    }

    private sealed record State(
        Stage Stage, int Epoch, int Step, int Generation, ImmutableArray<Leader> Leaders, ImmutableArray<Evaluated> Memory, Archive Archive);
}
