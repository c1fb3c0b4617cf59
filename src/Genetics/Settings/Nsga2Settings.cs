using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Settings;

/// <summary>Settings of plain NSGA-II on filters (Nsga2).</summary>
public sealed record Nsga2Settings : IslandSettings
{
    public override string Method => "nsga2";

    /// <summary>Individuals, and offspring a generation, on each island; 2 to 10 000.</summary>
    public int Population { get; init; } = 20;

    /// <summary>Measures that are minimised, 2 or 3.</summary>
    public ImmutableArray<string> Objectives { get; init; } = [MeasureNames.Error, MeasureNames.Macs];

    /// <summary>What a genome says about a group.</summary>
    public Encoding Encoding { get; init; } = Encoding.Mask;

    /// <summary>For the ranked encoding: criteria that a genome may choose among.</summary>
    public ImmutableArray<string> Criteria { get; init; } = ["l1"];

    /// <summary>How parents are mixed. For the ranked encoding "group" and "uniform" are the same.</summary>
    public Crossover Crossover { get; init; } = Crossover.Uniform;

    /// <summary>Probability that parents are mixed at all, 0 to 1. Deb et al. use 0.9.</summary>
    public double CrossoverRate { get; init; } = 0.9;

    /// <summary>Mask: expected flips in each group, 0 to 1000. Ranked: expected number of groups that change in a genome.</summary>
    public double MutationRate { get; init; } = 1;

    /// <summary>Mask: probability, for each group, that its number of kept filters takes a random step, 0 to 1. Our choice.</summary>
    public double ResizeRate { get; init; }

    /// <summary>How far importances guide initialisation, mutation and repair, 0 to 1. 0: blind, the plain method. Our choice.</summary>
    public double Guidance { get; init; }

    /// <summary>
    /// Initial fraction of kept filters: drawn uniformly from this to <see cref="DensityMax"/>; the first individual keeps everything.
    /// </summary>
    public double DensityMin { get; init; } = 0.3;

    /// <summary>See <see cref="DensityMin"/>.</summary>
    public double DensityMax { get; init; } = 1;

    /// <summary>
    /// Individuals of each island's first population, after the one that keeps everything, that keep the same fraction of every group,
    /// evenly spaced down to the smallest initial density: 0 to <see cref="Population"/> - 1. With importances known, or the ranked
    /// encoding, they are what a uniform criterion prunes, so that the search starts from that baseline. Our choice; 0 for the plain
    /// method.
    /// </summary>
    public int UniformSeeds { get; init; }

    /// <summary>
    /// How far <see cref="UniformSeeds"/> differ from uniform, see <see cref="Operators.Seeding"/>: 0 (not at all) to 1. Our choice.
    /// </summary>
    public double SeedSlope { get; init; }

    /// <summary>Whose places immigrants take.</summary>
    public Replacement Replacement { get; init; } = Replacement.Worst;

    [JsonIgnore]
    public MaskVariation Variation => new(Crossover, CrossoverRate, MutationRate, ResizeRate, Guidance);

    public override long PlannedEvaluations => (long)Islands * Population * (1 + (long)Generations);

    public override ImmutableArray<string> Validate() => Shared(Population)
        .Whole("population", Population, 2, 10_000)
        .Names("objectives", Objectives, 2, 3)
        .Names("criteria", Criteria, 1, 32)
        .Real("crossover-rate", CrossoverRate, 0, 1)
        .Real("mutation-rate", MutationRate, 0, 1000)
        .Real("resize-rate", ResizeRate, 0, 1)
        .Real("guidance", Guidance, 0, 1)
        .Range("density-min", DensityMin, "density-max", DensityMax)
        .Whole("uniform-seeds", UniformSeeds, 0, Math.Max(0, Population - 1))
        .Real("seed-slope", SeedSlope, 0, 1)
        .Lines;
}
