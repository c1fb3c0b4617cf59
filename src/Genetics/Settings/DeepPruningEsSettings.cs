using System.Collections.Immutable;

namespace ActorPrune.Genetics.Settings;

/// <summary>Settings of DeepPruningES (DeepPruningEs).</summary>
public sealed record DeepPruningEsSettings : IslandSettings
{
    public override string Method => "deep-pruning-es";

    /// <summary>The three parents and their offspring, 4 to 10 000. 30 in the authors' code.</summary>
    public int Population { get; init; } = 30;

    /// <summary>Generations, the unpruned network not counted; 0 to 100 000. 10 in the authors' code.</summary>
    public override int Generations { get; init; } = 10;

    /// <summary>Probability that a bit flips, 0 to 1. 0.2 in the authors' code.</summary>
    public double MutationRate { get; init; } = 0.2;

    /// <summary>
    /// Weight of the error in the knee's distance, 0 to 1; the cost has the rest. 0.5: both count the same. 0.667 is the weighted variant.
    /// </summary>
    public double KneeErrorWeight { get; init; } = 0.5;

    /// <summary>
    /// Networks beside the unpruned one at the start that keep the same fraction of every group, the filters with the largest importances,
    /// evenly spaced down to <see cref="DensityMin"/>: 0 to 1000. Our choice; 0 for the published method, which knows nothing of the
    /// filters.
    /// </summary>
    public int UniformSeeds { get; init; }

    /// <summary>
    /// How far <see cref="UniformSeeds"/> differ from uniform, see <see cref="Operators.Seeding"/>: 0 (not at all) to 1. Our choice.
    /// </summary>
    public double SeedSlope { get; init; }

    /// <summary>What the sparsest of <see cref="UniformSeeds"/> keeps, above 0 and at most 1.</summary>
    public double DensityMin { get; init; } = 0.3;

    public override long PlannedEvaluations => Islands * (1 + UniformSeeds + ((Population - 3L) * Generations));

    public override ImmutableArray<string> Validate() => Shared(3)
        .Whole("population", Population, 4, 10_000)
        .Real("mutation-rate", MutationRate, 0, 1)
        .Real("knee-error-weight", KneeErrorWeight, 0, 1)
        .Whole("uniform-seeds", UniformSeeds, 0, 1000)
        .Real("seed-slope", SeedSlope, 0, 1)
        .When(!(DensityMin > 0 && DensityMin <= 1), "density-min", $"must be a number above 0 and at most 1; it is {DensityMin}.")
        .Lines;
}
