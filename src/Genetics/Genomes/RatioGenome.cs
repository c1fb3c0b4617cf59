using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Genomes;

/// <summary>
/// Two real genes a group, as EvoFC has them (Chen et al. 2024): which fraction of the units goes, and which criterion ranks them. With
/// them stands what they mean, so that nobody who reads the genome needs the method's settings.
/// </summary>
/// <param name="Genes">One pair a group, in the order of <see cref="SearchSpace.Groups"/>.</param>
public sealed record RatioGenome(ImmutableArray<RatioGene> Genes) : Genome
{
    [JsonIgnore]
    public override string Canonical =>
        $"ratio {string.Join(' ', Genes.Select(g => string.Create(
            CultureInfo.InvariantCulture, $"{g.Ratio:R}:{g.Criterion:R}:{g.Choice.Criterion}:{g.Choice.Keep}")))}";

    [JsonIgnore]
    public override Genome Phenotype => new CriterionGenome([.. Genes.Select(g => g.Choice)]);

    public bool Equals(RatioGenome? other) => other is not null && Genes.AsSpan().SequenceEqual(other.Genes.AsSpan());

    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);
}

/// <summary>The genes of one group.</summary>
/// <param name="Ratio">Fraction of the units that goes, 0 to 1.</param>
/// <param name="Criterion">0 to 1: which of the criteria.</param>
/// <param name="Choice">What the two mean.</param>
public readonly record struct RatioGene(double Ratio, double Criterion, GroupChoice Choice);
