using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// NSGA-II: Deb, Pratap, Agarwal, Meyarivan: A fast and elitist multiobjective genetic algorithm: NSGA-II. IEEE Transactions on
/// Evolutionary Computation 6 (2002) 182-197, doi 10.1109/4235.996017. Binary tournament on rank and crowding, crossover, bit-flip
/// mutation, (μ + λ) survival.
/// Our choices: one child a pair; equal genomes survive once; flips scaled for each group; the genome of the base is in the first
/// population; the ranked encoding, guidance and resizing (off by default); several islands.
/// </summary>
internal sealed class Nsga2(Nsga2Settings settings, IBreeding breeding) : IGenerations
{
    public ImmutableArray<string> Objectives => settings.Objectives;

    public static ImmutableArray<IslandPlan> Create(Nsga2Settings settings, IProblem problem, long seed) => IslandSearch.Archipelago(
        "n", new Nsga2(settings, Breeding.Of(settings.Encoding, problem.Space, settings.Criteria, settings.Variation)), settings, seed);

    public ImmutableArray<Genome> First(Draws draws)
    {
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "initial");
            return Novelty.Draw(seen, () => i == 0 ? breeding.Everything
                : i <= settings.UniformSeeds
                    ? breeding.Seed(new Seeding(settings.UniformSeeds, settings.DensityMin, settings.DensityMax, settings.SeedSlope), i, random)
                    : breeding.Initial(settings.DensityMin + (random.NextDouble() * (settings.DensityMax - settings.DensityMin)), random));
        })];
    }

    public ImmutableArray<Genome> Offspring(ImmutableArray<Evaluated> population, Draws draws)
    {
        var parents = new RankedPopulation(population, Objectives);
        var seen = population.Select(p => p.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "breed");
            return Novelty.Draw(seen, () => breeding.Breed(parents.Tournament(random).Genome, parents.Tournament(random).Genome, random));
        })];
    }

    public ImmutableArray<Evaluated> Survivors(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> offspring) =>
        population.IsEmpty ? offspring : Survival.Best([.. population, .. offspring], Objectives, settings.Population);

    public ImmutableArray<Evaluated> Admitted(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> immigrants, Draws draws) =>
        Migration.Replaced(population, immigrants, Objectives, settings.Replacement, settings.Population, draws);
}
