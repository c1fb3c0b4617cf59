using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Nn.Criteria;

/// <summary>The criteria that can be asked for. A new one is a file of its own and a line here.</summary>
public static class CriteriaCatalog
{
    private static readonly ImmutableArray<Criterion> All =
    [
        new L1Criterion(),
        new L2Criterion(),
        new GeometricMedianCriterion(),
        new BatchNormScaleCriterion(),
        new TaylorCriterion(),
        new FeatureRankCriterion(),
        new RandomCriterion(),
    ];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(c => c.Name), .. SaliencyCriteria.Names];

    /// <summary>Those that look at training images through the base network (<see cref="Calibration"/>).</summary>
    public static ImmutableArray<string> Calibrated { get; } = [.. All.Where(c => c.Needs != CriterionNeeds.Weights).Select(c => c.Name)];

    /// <exception cref="ArgumentException">There is no such criterion; the message lists those that are known.</exception>
    public static Criterion Get(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? throw new ArgumentException($"There is no criterion '{name}'; known are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>Whether it takes training images to tell which units <paramref name="genome"/> keeps.</summary>
    /// <exception cref="ArgumentException">It names an unknown criterion.</exception>
    public static bool NeedImages(Genome genome) =>
        genome.Phenotype is CriterionGenome choices
        && choices.Choices.Any(c => SaliencyCriteria.Find(c.Criterion) is { } salient
            ? !salient.OfWeights
            : Get(c.Criterion).Needs != CriterionNeeds.Weights);
}
