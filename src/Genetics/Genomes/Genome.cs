using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Genomes;

/// <summary>A candidate's description. Equal genomes describe the same network; <see cref="Canonical"/> is the text that decides.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(MaskGenome), "mask")]
[JsonDerivedType(typeof(CriterionGenome), "criterion")]
[JsonDerivedType(typeof(RatioGenome), "ratio")]
public abstract record Genome
{
    /// <summary>One line that is equal for equal genomes only; also the tie-breaker wherever an order must not depend on chance.</summary>
    [JsonIgnore]
    public abstract string Canonical { get; }

    /// <summary>The genome that says the same without what only a search needs; itself where there is no such thing.</summary>
    [JsonIgnore]
    public virtual Genome Phenotype => this;
}

/// <summary>Bits that say which filters stay and, for bi-level problems, which input channels of each convolution stay.</summary>
/// <param name="Filters">One bit for each unit of <see cref="SearchSpace.Groups"/>, group after group; 1 = keep.</param>
/// <param name="Channels">
/// One bit for each entry of <see cref="SearchSpace.Channels"/> (see <see cref="ChannelMode"/>), or null: every input channel of a kept
/// filter stays.
/// </param>
public sealed record MaskGenome(BitString Filters, BitString? Channels) : Genome
{
    [JsonIgnore]
    public override string Canonical => Channels is null ? $"mask {Filters}" : $"mask {Filters} {Channels}";
}

/// <summary>
/// For each group, how many units stay and which criterion ranks them. The weights decide which ones, when the candidate is built.
/// </summary>
/// <param name="Choices">One choice a group, in the order of <see cref="SearchSpace.Groups"/>.</param>
public sealed record CriterionGenome(ImmutableArray<GroupChoice> Choices) : Genome
{
    [JsonIgnore]
    public override string Canonical => $"criterion {string.Join(' ', Choices.Select(c => $"{c.Criterion}:{c.Keep}"))}";

    public bool Equals(CriterionGenome? other) => other is not null && Choices.AsSpan().SequenceEqual(other.Choices.AsSpan());

    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);
}

/// <summary>The share of one group that stays.</summary>
/// <param name="Keep">Number of units that stay, from the group's minimum to its length.</param>
/// <param name="Criterion">Name of a registered criterion: "l1", "l2", "fpgm", …</param>
public readonly record struct GroupChoice(int Keep, string Criterion);
