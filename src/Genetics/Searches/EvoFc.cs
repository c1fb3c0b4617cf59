using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// EvoFC: Chen et al.: Evolving filter criteria for randomly initialized network pruning in image classification. Neurocomputing 594 (2024)
/// 127872, doi 10.1016/j.neucom.2024.127872, as its published code has it. NSGA-II on two real genes a group, the fraction of filters that
/// goes and the criterion that ranks them: uniform random initialisation, binary tournament, two-point crossover, polynomial mutation,
/// (μ + λ) survival without duplicates. Candidates inherit their weights from a super-net, which starts at random, and write them back,
/// so that the whole search costs one training run.
/// Our choices: a gene on the edge between two criteria belongs to the upper one (the code drops such genes); only groups that really prune
/// have genes; the tournament compares rank, not dominance alone; several islands, each with a super-net of its own; write-back by
/// generation, inheritance from the base network; uniform pruning among the first individuals (off by default).
/// </summary>
internal sealed class EvoFc(EvoFcSettings settings, SearchSpace space) : IGenerations
{
    public ImmutableArray<string> Objectives => [MeasureNames.Error, MeasureNames.Macs];

    public SuperNetPlan? SuperNet => settings.Inheritance switch
    {
        InheritanceKind.SuperNet => Plan(settings.Start, settings.WriteBack, shared: true),
        InheritanceKind.None => Plan(SuperNetStart.Random, WriteBack.None, shared: false),
        _ => null,
    };

    public static ImmutableArray<IslandPlan> Create(EvoFcSettings settings, IProblem problem, long seed) =>
        IslandSearch.Archipelago("e", new EvoFc(settings, problem.Space), settings, seed);

    public ImmutableArray<Genome> First(Draws draws)
    {
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "initial");
            double Gene(int g) => i >= settings.UniformSeeds ? Uniform(Bounds(g), random) : g % 2 == 1 ? 0 : SeedRatio(i, Bounds(g));
            return Novelty.Draw(seen, () => Genome([.. Enumerable.Range(0, 2 * space.Groups.Length).Select(Gene)]));
        })];
    }

    public ImmutableArray<Genome> Offspring(ImmutableArray<Evaluated> population, Draws draws)
    {
        var parents = new RankedPopulation(population, Objectives);
        var seen = population.Select(p => p.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "breed");
            return Novelty.Draw(seen, () =>
            {
                var (first, second) = (Genes(parents.Tournament(random)), Genes(parents.Tournament(random)));
                var child = random.NextBool(settings.CrossoverRate) ? RealGenes.TwoPoint(first, second, random) : first;
                RealGenes.Polynomial(child, Bounds, settings.MutationScale / child.Length, settings.MutationEta, random);
                return Genome(child);
            });
        })];
    }

    public ImmutableArray<Evaluated> Survivors(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> offspring) =>
        population.IsEmpty ? offspring : Survival.Best([.. population, .. offspring], Objectives, settings.Population);

    public ImmutableArray<Evaluated> Admitted(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> immigrants, Draws draws) =>
        Migration.Replaced(population, immigrants, Objectives, settings.Replacement, settings.Population, draws);

    /// <summary>The fewest and the most units of each group that a ratio leaves.</summary>
    public static ImmutableArray<(int Least, int Most)> Kept(EvoFcSettings settings, ImmutableArray<UnitGroup> groups) =>
    [
        .. groups.Select((group, g) => (
            Kept(group, settings.RatioMax), Kept(group, RatioFloor.Of(settings.RatioFloor, settings.RatioFloors, g, groups.Length)))),
    ];

    private SuperNetPlan Plan(SuperNetStart start, WriteBack rule, bool shared) =>
        new(start, rule, shared, settings.Population, settings.Population * (1 + (long)settings.Generations));

    /// <summary>Ratio and criterion, group after group.</summary>
    private static double[] Genes(Evaluated member) => [.. ((RatioGenome)member.Genome).Genes.SelectMany(g => new[] { g.Ratio, g.Criterion })];

    private static double Uniform((double Low, double High) bounds, CounterRandom random) => bounds.Low + (random.NextDouble() * (bounds.High - bounds.Low));

    /// <summary>The ratio of seed <paramref name="number"/>, from 0: evenly spaced from the least to the greatest.</summary>
    private double SeedRatio(int number, (double Low, double High) bounds) => bounds.Low + ((bounds.High - bounds.Low) * number / settings.UniformSeeds);

    private (double Low, double High) Bounds(int gene) => gene % 2 == 1
        ? (0, 1)
        : (RatioFloor.Of(settings.RatioFloor, settings.RatioFloors, gene / 2, space.Groups.Length), settings.RatioMax);

    private RatioGenome Genome(double[] genes) => new([.. space.Groups.Select((group, g) => new RatioGene(
        genes[2 * g],
        genes[(2 * g) + 1],
        new GroupChoice(
            Kept(group, genes[2 * g]),
            settings.Criteria[Math.Clamp((int)(settings.Criteria.Length * genes[(2 * g) + 1]), 0, settings.Criteria.Length - 1)])))]);

    /// <summary>max(1, ⌈length · (1 − ratio)⌉), moved to the nearest number that the configuration allows.</summary>
    private static int Kept(UnitGroup group, double ratio) => KeepCounts.Nearest(group, Math.Max(1, Math.Ceiling(group.Length * (1 - ratio))));
}

/// <summary>The least ratio of each group.</summary>
internal static class RatioFloor
{
    /// <summary>For group number <paramref name="group"/> of <paramref name="groups"/>, in the order of depth.</summary>
    /// <param name="values">Constant: one value. Cosine: the value of the last group, reached along half a cosine from 0. Stages: one value
    /// for each of so many equal parts.</param>
    public static double Of(FloorSchedule schedule, ImmutableArray<double> values, int group, int groups) => schedule switch
    {
        FloorSchedule.Cosine => values[0] * 0.5 * (1 - Math.Cos(Math.PI * (groups > 1 ? group / (groups - 1.0) : 1))),
        FloorSchedule.Stages => values[group * values.Length / groups],
        _ => values[0],
    };
}
