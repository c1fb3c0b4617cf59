using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Criteria;

/// <summary>The four ways in which EvoFC sums up a filter's saliencies.</summary>
public enum EvoFcCriterion
{
    /// <summary>Their sum.</summary>
    L1,

    /// <summary>Their Euclidean norm, over that of the whole layer.</summary>
    L2,

    /// <summary>The largest, over the sum of the whole layer.</summary>
    Max,

    /// <summary>Their sum; 0 for the filters that others can stand in for.</summary>
    GeometricMedian,
}

/// <summary>
/// Filter criteria of EvoFC (Chen et al.: Evolving filter criteria for randomly initialized network pruning in
/// image classification, Neurocomputing 594 (2024) 127872, and the authors' code). They judge saliencies (<see cref="MaskSaliency"/>)
/// rather than weights.
/// </summary>
public static class EvoFcCriteria
{
    /// <summary>One score a filter, none below zero: the highest stay.</summary>
    /// <param name="saliencies">A layer's, none below zero.</param>
    /// <param name="ratio">
    /// Fraction that goes, 0 to 1: with the geometric median ⌊filters·ratio⌋ of them score 0, those with the smallest sum of Euclidean
    /// distances to all others after each was divided by its own Euclidean norm; of equal ones those of higher index.
    /// </param>
    public static double[] Score(EvoFcCriterion criterion, FilterBank saliencies, double ratio)
    {
        _ = Within(ratio);
        return criterion switch
        {
            EvoFcCriterion.L1 => Sums(saliencies),
            EvoFcCriterion.L2 => Shares(Norms(saliencies), Math.Sqrt(Norms(saliencies).Sum(n => n * n))),
            EvoFcCriterion.Max => Shares(Each(saliencies, Largest), Sums(saliencies).Sum()),
            EvoFcCriterion.GeometricMedian => Distinct(saliencies, ratio),
            _ => throw new ArgumentOutOfRangeException(nameof(criterion), criterion, "Expected one of EvoFC's criteria."),
        };
    }

    /// <summary>
    /// One score for each unit of group number <paramref name="group"/>. Where one mask is shared by several layers (our choice; the
    /// published method prunes layers that share none) each layer's scores are divided by their mean and averaged, as by
    /// <see cref="CriterionSelection"/>: so a unit that one layer's geometric median drops may stay for the sake of another.
    /// </summary>
    /// <param name="saliencies">By the weights' names.</param>
    public static double[] Scores(ChannelCoupling coupling, int group, EvoFcCriterion criterion, NamedTensors saliencies, double ratio) =>
        CriterionSelection.Scores(coupling, group, layer => Score(criterion, FilterBank.Of(coupling.Graph, layer, saliencies), ratio));

    private static double Within(double ratio) => ratio is >= 0 and <= 1
        ? ratio
        : throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "Expected a fraction from 0 to 1.");

    private static double[] Distinct(FilterBank filters, double ratio)
    {
        var norms = Norms(filters);
        var distances = new double[filters.Count];
        for (var i = 0; i < distances.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var distance = Distance(filters[i], norms[i], filters[j], norms[j]);
                distances[i] += distance;
                distances[j] += distance;
            }
        }

        var scores = Sums(filters);
        var replaceable = Enumerable.Range(0, filters.Count)
            .OrderBy(i => distances[i]).ThenByDescending(i => i)
            .Take((int)Math.Floor(filters.Count * ratio));
        foreach (var filter in replaceable)
        {
            scores[filter] = 0;
        }

        return scores;
    }

    /// <summary>A filter without any saliency has no direction: it counts as zero.</summary>
    private static double Distance(ReadOnlySpan<float> a, double normA, ReadOnlySpan<float> b, double normB)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = (normA > 0 ? a[i] / normA : 0) - (normB > 0 ? b[i] / normB : 0);
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    private static double[] Sums(FilterBank filters) => Each(filters, static values =>
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    });

    private static double[] Norms(FilterBank filters) => Each(filters, static values =>
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    });

    private static double Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }

    private static double[] Shares(double[] scores, double whole) => whole > 0 ? Array.ConvertAll(scores, s => s / whole) : scores;

    private static double[] Each(FilterBank filters, Func<ReadOnlySpan<float>, double> score)
    {
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = score(filters[i]);
        }

        return scores;
    }
}
