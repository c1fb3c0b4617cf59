using System.Collections.Immutable;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Criteria;

/// <summary>Judges the filters of one layer by their weights: a higher score stays longer.</summary>
public abstract class Criterion
{
    /// <summary>As it stands in genomes and configurations: "l1".</summary>
    public abstract string Name { get; }

    /// <summary>One finite score a filter, none below zero.</summary>
    public abstract double[] Score(FilterBank filters);
}

/// <summary>The filters of one convolution or linear layer, as criteria see them.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Count">Number of filters.</param>
/// <param name="Weights">Float32, Count × the elements of one filter.</param>
/// <param name="Scale">The weights (γ) of the batch normalisation that reads the layer, one a filter; null if there is none.</param>
/// <param name="Seed">For criteria that draw numbers.</param>
public sealed record FilterBank(string Layer, int Count, TensorData Weights, TensorData? Scale, long Seed)
{
    /// <summary>Elements of one filter.</summary>
    public int Length => (int)(Weights.Count / Count);

    /// <summary>The elements of one filter.</summary>
    public ReadOnlySpan<float> this[int filter] => Weights.Floats.Slice(filter * Length, Length);
}

/// <summary>The criteria that can be asked for. A new one is a file of its own and a line here.</summary>
public static class CriteriaCatalog
{
    private static readonly ImmutableArray<Criterion> All =
    [
        new L1Criterion(),
        new L2Criterion(),
        new GeometricMedianCriterion(),
        new BatchNormScaleCriterion(),
        new RandomCriterion(),
    ];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(c => c.Name)];

    /// <exception cref="ArgumentException">There is no such criterion; the message lists those that are known.</exception>
    public static Criterion Get(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? throw new ArgumentException($"There is no criterion '{name}'; known are {string.Join(", ", Names)}.", nameof(name));
}
