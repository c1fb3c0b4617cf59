using System.Collections.Immutable;

namespace ActorPrune.Nn.Criteria;

/// <summary>One of EvoFC's criteria, and what it sums up.</summary>
/// <param name="OfWeights">The magnitudes of the weights that the candidate inherits; otherwise the saliency of a random network.</param>
public sealed record SaliencyCriterion(EvoFcCriterion Criterion, bool OfWeights);

/// <summary>
/// EvoFC's four criteria by the names that genomes and configurations use: on the saliency of a random initialisation (<see
/// cref="MaskSaliency"/>), which looks at no trained weight, so that all candidates of all experiments with one network and data set are
/// judged by the same saliencies; and, the published code's variant, on weights' magnitudes in the place of saliencies.
/// </summary>
public static class SaliencyCriteria
{
    private static readonly ImmutableArray<(string Name, SaliencyCriterion Criterion)> All =
    [
        ("saliency-l1", new(EvoFcCriterion.L1, OfWeights: false)),
        ("saliency-l2", new(EvoFcCriterion.L2, OfWeights: false)),
        ("saliency-max", new(EvoFcCriterion.Max, OfWeights: false)),
        ("saliency-gm", new(EvoFcCriterion.GeometricMedian, OfWeights: false)),
        ("weight-l1", new(EvoFcCriterion.L1, OfWeights: true)),
        ("weight-l2", new(EvoFcCriterion.L2, OfWeights: true)),
        ("weight-max", new(EvoFcCriterion.Max, OfWeights: true)),
        ("weight-gm", new(EvoFcCriterion.GeometricMedian, OfWeights: true)),
    ];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(c => c.Name)];

    /// <summary>Null: not one of them.</summary>
    public static SaliencyCriterion? Find(string name) => All.Where(c => c.Name == name).Select(c => c.Criterion).FirstOrDefault();

    /// <summary>A ratio at which exactly <paramref name="count"/> − <paramref name="keep"/> filters go, whatever the rounding.</summary>
    internal static double Ratio(int count, int keep) => Math.Min(1, (count - keep + 0.5) / count);
}
