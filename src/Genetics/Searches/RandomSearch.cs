using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// The baseline that every search has to beat: independent random genomes of the same encoding, each with a density drawn uniformly from a
/// range (Bergstra, Bengio: Random search for hyper-parameter optimization. Journal of Machine Learning Research 13 (2012) 281-305). One
/// island, "random".
/// </summary>
public sealed record RandomSearch : IStoredSearch
{
    private readonly RandomSettings settings;
    private readonly IBreeding breeding;
    private readonly long seed;
    private readonly int told;
    private readonly Pareto.Archive archive;

    private RandomSearch(RandomSettings settings, IBreeding breeding, long seed, int generation, int told, Pareto.Archive archive)
    {
        (this.settings, this.breeding, this.seed, Generation, this.told, this.archive) = (settings, breeding, seed, generation, told, archive);
        Demand = told < settings.Evaluations ? new SearchDemand.Evaluations(Batch()) : new SearchDemand.Nothing();
    }

    public string Island => "random";

    public SearchDemand Demand { get; }

    /// <summary>Batches that have been told.</summary>
    public int Generation { get; }

    public ImmutableArray<Evaluated> Archive => archive.Members;

    public static ImmutableArray<IslandPlan> Create(RandomSettings settings, IProblem problem, long seed)
    {
        var variation = new MaskVariation(Crossover.Uniform, 0, 0, 0, settings.Guidance);
        var breeding = Breeding.Of(settings.Encoding, problem.Space, settings.Criteria, variation);
        var search = new RandomSearch(settings, breeding, seed, 0, 0, Pareto.Archive.Empty);
        return [new IslandPlan(search.Island, search)];
    }

    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        return new SearchTurn(new RandomSearch(settings, breeding, seed, Generation + 1, told + results.Length, archive.AddRange(results)), []);
    }

    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels) =>
        throw new InvalidOperationException($"Island {Island} was told immigrants, but a random search never waits for any.");

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) =>
        new() { ["generation"] = Generation, ["told"] = told, ["archive"] = evaluated.Write(Archive) };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => new RandomSearch(
        settings, breeding, seed, written["generation"]!.GetValue<int>(), written["told"]!.GetValue<int>(),
        Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"])));

    private ImmutableArray<Genome> Batch()
    {
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(told, Math.Min(settings.Population, settings.Evaluations - told)).Select(i =>
        {
            // Keyed by the genome's number alone. The size of a batch changes which genomes are drawn only where one is drawn twice: within a
            // batch the second draw is repeated.
            var random = CounterRandom.For(seed, Island, 0, i, "initial");
            return Novelty.Draw(seen, () =>
                breeding.Initial(settings.DensityMin + (random.NextDouble() * (settings.DensityMax - settings.DensityMin)), random));
        })];
    }
}
