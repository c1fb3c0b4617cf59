using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// DeepPruningES: Fernandes Jr, Yen: Pruning deep convolutional neural networks architectures with evolution strategy. Information Sciences
/// 552 (2021) 29-47, doi 10.1016/j.ins.2020.11.009, arXiv 1912.11527. A (3 + λ) evolution strategy on one bit a filter, without any
/// knowledge of the filters: all start unpruned; an offspring is one of three parents with every bit flipped with the same probability,
/// both ways; the parents of the next generation are three members of the non-dominated set: boundary heavy (smallest error), boundary
/// light (smallest cost) and the knee between them (minimum Manhattan distance). Loop, mutation and sizes as in the authors' code for a
/// later paper.
/// Our choices: with fewer than three different points a role is filled by a member that has one already; what the unpruned network
/// measures is asked for once; a group that breaks a configured minimum or multiple is repaired at random; several islands, whose migrants
/// take part in the choice of the parents; uniform pruning beside the unpruned network at the start (off by default).
/// </summary>
internal sealed class DeepPruningEs(DeepPruningEsSettings settings, SearchSpace space) : IGenerations
{
    private const int Parents = 3;

    private readonly ImmutableArray<BitGroup> groups = BitGroup.Filters(space);

    public ImmutableArray<string> Objectives => [MeasureNames.Error, MeasureNames.Macs];

    public static ImmutableArray<IslandPlan> Create(DeepPruningEsSettings settings, IProblem problem, long seed) =>
        IslandSearch.Archipelago("d", new DeepPruningEs(settings, problem.Space), settings, seed);

    public ImmutableArray<Genome> First(Draws draws) =>
    [
        .. Enumerable.Range(0, 1 + settings.UniformSeeds)
            .Select(i => i == 0 ? BitString.Filled(space.Units, true) : Seed(i, draws.For(i, "initial")))
            .Distinct()
            .Select(filters => new MaskGenome(filters, null)),
    ];

    public ImmutableArray<Genome> Offspring(ImmutableArray<Evaluated> population, Draws draws) =>
        [.. Enumerable.Range(0, settings.Population - Parents).Select(i =>
        {
            var random = draws.For(i, "breed");
            var parent = population[random.NextInt(population.Length)];
            return (Genome)new MaskGenome(Mutated(((MaskGenome)parent.Genome).Filters, random), null);
        })];

    public ImmutableArray<Evaluated> Survivors(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> offspring)
    {
        var front = Archive.Empty.AddRange([.. population, .. offspring]).Members;
        if (front.IsEmpty)
        {
            // Not even the unpruned network could be measured: its offspring may be.
            return population.IsEmpty ? offspring : population;
        }

        var picks = Picks.Of(front, settings.KneeErrorWeight);
        return [picks.Heavy, picks.Knee, picks.Light];
    }

    public ImmutableArray<Evaluated> Admitted(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> immigrants, Draws draws) =>
        Survivors(population, immigrants);

    private BitString Seed(int number, CounterRandom random) =>
        Masks.Seed(space.Units, groups, new Seeding(settings.UniformSeeds, settings.DensityMin, 1, settings.SeedSlope), number, random);

    private BitString Mutated(BitString parent, CounterRandom random)
    {
        var bits = parent.ToArray();
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] ^= random.NextBool(settings.MutationRate);
        }

        foreach (var group in groups.Where(g => !g.Positions.Any(p => bits[p])))
        {
            bits[group.Positions[0]] = true;
        }

        return Masks.Repair(BitString.Of(bits), groups, 0, random);
    }
}
