using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Operators;

/// <summary>How genomes of one encoding begin and are bred. Everything that it returns belongs to the space.</summary>
public interface IBreeding
{
    /// <summary>The genome of the base network.</summary>
    Genome Everything { get; }

    /// <summary>A random genome that keeps about the fraction <paramref name="density"/> of the units.</summary>
    Genome Initial(double density, CounterRandom random);

    /// <summary>
    /// The genome that the <paramref name="number"/>th seed plans; where importances are known, it keeps the most important units.
    /// </summary>
    Genome Seed(Seeding seeding, int number, CounterRandom random);

    /// <summary>A child of two genomes that this breeding made.</summary>
    Genome Breed(Genome first, Genome second, CounterRandom random);
}

/// <summary>One bit for each filter; all input channels of a kept filter stay.</summary>
public sealed class MaskBreeding(SearchSpace space, MaskVariation variation) : IBreeding
{
    private readonly ImmutableArray<BitGroup> groups = BitGroup.Filters(space);

    public Genome Everything => new MaskGenome(BitString.Filled(space.Units, true), null);

    public Genome Initial(double density, CounterRandom random) =>
        new MaskGenome(Masks.Initial(space.Units, groups, density, variation.Guidance, random), null);

    public Genome Seed(Seeding seeding, int number, CounterRandom random) =>
        new MaskGenome(Masks.Seed(space.Units, groups, seeding, number, random), null);

    public Genome Breed(Genome first, Genome second, CounterRandom random) =>
        new MaskGenome(Masks.Breed(((MaskGenome)first).Filters, ((MaskGenome)second).Filters, groups, groups, variation, random), null);
}

/// <summary>
/// For each group how many units stay and which criterion ranks them. Our choice: with a few hundred evaluations the sets themselves cannot
/// be searched, but the widths of a dozen layers can; the weights then decide which units stay.
/// </summary>
public sealed class RankedBreeding(SearchSpace space, ImmutableArray<string> criteria, MaskVariation variation) : IBreeding
{
    /// <summary>Standard deviation of a group's density around its genome's.</summary>
    private const double DensityDeviation = 0.15;

    public Genome Everything => new CriterionGenome([.. space.Groups.Select(g => new GroupChoice(g.Length, criteria[0]))]);

    public Genome Initial(double density, CounterRandom random) => new CriterionGenome([.. space.Groups.Select(g =>
        new GroupChoice(KeepCounts.Nearest(g, (density + (DensityDeviation * random.NextGaussian())) * g.Length), Criterion(random)))]);

    public Genome Seed(Seeding seeding, int number, CounterRandom random) =>
        new CriterionGenome([.. space.Groups.Zip(
            seeding.Densities(number, space.Groups.Length), (g, density) => new GroupChoice(KeepCounts.Nearest(g, density * g.Length), criteria[0]))]);

    public Genome Breed(Genome first, Genome second, CounterRandom random)
    {
        var child = ((CriterionGenome)first).Choices.ToArray();
        if (random.NextBool(variation.CrossoverRate))
        {
            Cross(child, ((CriterionGenome)second).Choices, random);
        }

        for (var g = 0; g < child.Length; g++)
        {
            if (random.NextBool(variation.MutationRate / child.Length))
            {
                child[g] = Mutate(child[g], space.Groups[g], random);
            }
        }

        return new CriterionGenome([.. child]);
    }

    private void Cross(GroupChoice[] child, ImmutableArray<GroupChoice> other, CounterRandom random)
    {
        var (a, b) = variation.Crossover == Crossover.TwoPoint
            ? (random.NextInt(child.Length + 1), random.NextInt(child.Length + 1))
            : (0, child.Length);
        for (var g = Math.Min(a, b); g < Math.Max(a, b); g++)
        {
            if (variation.Crossover == Crossover.TwoPoint || random.NextBool())
            {
                child[g] = other[g];
            }
        }
    }

    /// <summary>Where there is a choice of criteria, half of the mutations draw another one; the others change how many stay.</summary>
    private GroupChoice Mutate(GroupChoice choice, UnitGroup group, CounterRandom random) => criteria.Length > 1 && random.NextBool()
        ? choice with { Criterion = Criterion(random) }
        : choice with { Keep = Masks.Step(choice.Keep, group.Length, group.Minimum, group.Multiple, random) };

    private string Criterion(CounterRandom random) => criteria.Length == 1 ? criteria[0] : criteria[random.NextInt(criteria.Length)];
}

/// <summary>Breedings by encoding.</summary>
public static class Breeding
{
    public static IBreeding Of(Encoding encoding, SearchSpace space, ImmutableArray<string> criteria, MaskVariation variation) =>
        encoding == Encoding.Ranked ? new RankedBreeding(space, criteria, variation) : new MaskBreeding(space, variation);
}
