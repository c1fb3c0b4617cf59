using System.Collections.Immutable;

namespace ActorPrune.Nn.Criteria;

/// <summary>
/// EvoFC's four criteria on the saliency of a random initialisation (<see cref="MaskSaliency"/>), by the names that genomes and
/// configurations use. They look at no trained weight: all candidates of all experiments with one network and data set are judged by the
/// same saliencies.
/// </summary>
public static class SaliencyCriteria
{
    private static readonly ImmutableArray<(string Name, EvoFcCriterion Criterion)> All =
    [
        ("saliency-l1", EvoFcCriterion.L1),
        ("saliency-l2", EvoFcCriterion.L2),
        ("saliency-max", EvoFcCriterion.Max),
        ("saliency-gm", EvoFcCriterion.GeometricMedian),
    ];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(c => c.Name)];

    /// <summary>Null: not one of them.</summary>
    public static EvoFcCriterion? Find(string name) => All.Where(c => c.Name == name).Select(c => (EvoFcCriterion?)c.Criterion).FirstOrDefault();

    /// <summary>A ratio at which exactly <paramref name="count"/> − <paramref name="keep"/> filters go, whatever the rounding.</summary>
    internal static double Ratio(int count, int keep) => Math.Min(1, (count - keep + 0.5) / count);
}
