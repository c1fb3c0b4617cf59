using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Genetics.Searches;

/// <summary>What is a method's own in an evolution by generations; <see cref="IslandSearch"/> is what they share. Pure.</summary>
internal interface IGenerations
{
    /// <summary>Measures that are minimised.</summary>
    ImmutableArray<string> Objectives { get; }

    /// <summary>How candidates are trained in a super-net; null: each inherits from the base network.</summary>
    SuperNetPlan? SuperNet => null;

    /// <summary>The candidates of generation 0.</summary>
    ImmutableArray<Genome> First(Draws draws);

    /// <summary>The candidates of the generation after <paramref name="population"/>.</summary>
    ImmutableArray<Genome> Offspring(ImmutableArray<Evaluated> population, Draws draws);

    /// <summary>Who lives on: of generation 0, with no <paramref name="population"/> before it, and of every later one.</summary>
    ImmutableArray<Evaluated> Survivors(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> offspring);

    /// <summary>The population after migrants from other islands came.</summary>
    ImmutableArray<Evaluated> Admitted(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> immigrants, Draws draws);
}

/// <summary>The random numbers of one island and generation: one generator for each individual and purpose.</summary>
internal readonly record struct Draws(long Seed, string Island, int Generation)
{
    public CounterRandom For(int individual, string purpose) => CounterRandom.For(Seed, Island, Generation, individual, purpose);
}
