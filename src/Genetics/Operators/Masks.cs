using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// Operators on bits in groups. Where a bit has to be chosen, <c>guidance</c> says how (our choice): each candidate scores
/// (1 − guidance) · uniform draw + guidance · standing; the lowest are dropped, the highest added. With 0 all are equally likely.
/// Bits outside the groups are never touched.
/// </summary>
public static class Masks
{
    /// <summary>Standard deviation of a resize step, as a fraction of the group's length (our choice).</summary>
    private const double ResizeDeviation = 0.15;

    /// <summary>
    /// A random string of <paramref name="length"/> bits, zero outside the groups: in each group a binomial number of ones with probability
    /// <paramref name="density"/>, repaired to an allowed number.
    /// </summary>
    public static BitString Initial(
        int length, ImmutableArray<BitGroup> groups, double density, double guidance, CounterRandom random)
    {
        var bits = new bool[length];
        foreach (var group in groups)
        {
            var wanted = 0;
            for (var i = 0; i < group.Length; i++)
            {
                wanted += random.NextBool(density) ? 1 : 0;
            }

            SetCount(bits, group, KeepCounts.Nearest(group, wanted), guidance, random);
        }

        return BitString.Of(bits);
    }

    /// <summary>
    /// The string that the <paramref name="number"/>th seed plans, as near as allowed numbers come: the most important units of each group where
    /// importances are known, and random ones otherwise.
    /// </summary>
    public static BitString Seed(int length, ImmutableArray<BitGroup> groups, Seeding seeding, int number, CounterRandom random)
    {
        var bits = new bool[length];
        foreach (var (group, density) in groups.Zip(seeding.Densities(number, groups.Length)))
        {
            SetCount(bits, group, KeepCounts.Nearest(group, density * group.Length), 1, random);
        }

        return BitString.Of(bits);
    }

    /// <summary>A child of two parents. Bits outside the groups are the first parent's; the child may need a repair.</summary>
    /// <exception cref="ArgumentException">The parents have different lengths.</exception>
    public static BitString Cross(BitString first, BitString second, ImmutableArray<BitGroup> groups, Crossover kind, CounterRandom random)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"Parents of {first.Length} and {second.Length} bits cannot be crossed.", nameof(second));
        }

        var child = first.ToArray();
        foreach (var group in groups)
        {
            var (from, to) = Segment(group.Length, kind, random);
            for (var i = from; i < to; i++)
            {
                if (kind != Crossover.Uniform || random.NextBool())
                {
                    child[group.Positions[i]] = second[group.Positions[i]];
                }
            }
        }

        return BitString.Of(child);
    }

    /// <summary>
    /// Bit flips with probability <paramref name="rate"/> / length in each group, so that each layer expects the same number of flips
    /// whatever its width. Where the number of ones must be a multiple m, m bits of one kind flip together, since repair would undo single
    /// flips (our choice). How many flip is drawn for every bit alone; which of the ones and which of the zeros is a matter of
    /// <paramref name="guidance"/>.
    /// </summary>
    public static BitString Mutate(BitString parent, ImmutableArray<BitGroup> groups, double rate, double guidance, CounterRandom random)
    {
        var bits = parent.ToArray();
        foreach (var group in groups.Where(g => g.Length > 0))
        {
            var block = Math.Clamp(group.Multiple, 1, group.Length);
            var probability = Math.Min(1, rate * block / group.Length);
            var ones = group.Positions.Count(p => bits[p]);
            var dropped = Events((ones + block - 1) / block, probability, random) * block;
            var added = Events((group.Length - ones + block - 1) / block, probability, random) * block;
            var drop = Choose(bits, group, true, Math.Min(dropped, ones), guidance, random);
            var add = Choose(bits, group, false, Math.Min(added, group.Length - ones), guidance, random);
            Flip(bits, drop);
            Flip(bits, add);
        }

        return BitString.Of(bits);
    }

    /// <summary>
    /// With probability <paramref name="rate"/>, for each group, moves its number of ones by a normal step of 15 % of its length, at least
    /// to the next allowed number. Our choice: bit flips alone need very many evaluations to change a layer's width.
    /// </summary>
    public static BitString Resize(BitString parent, ImmutableArray<BitGroup> groups, double rate, double guidance, CounterRandom random)
    {
        var bits = parent.ToArray();
        foreach (var group in groups)
        {
            if (random.NextBool(rate))
            {
                var ones = group.Positions.Count(p => bits[p]);
                SetCount(bits, group, Step(ones, group.Length, group.Minimum, group.Multiple, random), guidance, random);
            }
        }

        return BitString.Of(bits);
    }

    /// <summary>
    /// An allowed number of units after a random step from <paramref name="count"/>; never the same number if there is another in that
    /// direction.
    /// </summary>
    public static int Step(int count, int length, int minimum, int multiple, CounterRandom random)
    {
        var step = random.NextGaussian() * ResizeDeviation * length;
        var least = Math.Max(1, multiple);
        return KeepCounts.Nearest(length, minimum, multiple, count + (Math.Abs(step) < least ? Math.Sign(step) * least : step));
    }

    /// <summary>
    /// The string with an allowed number of ones in each group, the nearest to what it has. A repaired string is left as it is.
    /// </summary>
    public static BitString Repair(BitString broken, ImmutableArray<BitGroup> groups, double guidance, CounterRandom random)
    {
        var bits = broken.ToArray();
        foreach (var group in groups)
        {
            SetCount(bits, group, KeepCounts.Nearest(group, group.Positions.Count(p => bits[p])), guidance, random);
        }

        return BitString.Of(bits);
    }

    /// <summary>Crossover, mutation, resize and repair in this order.</summary>
    public static BitString Breed(
        BitString first, BitString second, ImmutableArray<BitGroup> groups, ImmutableArray<BitGroup> repaired, MaskVariation variation, CounterRandom random)
    {
        var child = random.NextBool(variation.CrossoverRate) ? Cross(first, second, groups, variation.Crossover, random) : first;
        child = Mutate(child, groups, variation.MutationRate, variation.Guidance, random);
        child = variation.ResizeRate > 0 ? Resize(child, groups, variation.ResizeRate, variation.Guidance, random) : child;
        return Repair(child, repaired, variation.Guidance, random);
    }

    private static (int From, int To) Segment(int length, Crossover kind, CounterRandom random)
    {
        switch (kind)
        {
            case Crossover.Uniform:
                return (0, length);
            case Crossover.Group:
                return random.NextBool() ? (0, length) : (0, 0);
            default:
                var (a, b) = (random.NextInt(length + 1), random.NextInt(length + 1));
                return (Math.Min(a, b), Math.Max(a, b));
        }
    }

    private static int Events(int trials, double probability, CounterRandom random)
    {
        var events = 0;
        for (var i = 0; i < trials; i++)
        {
            events += random.NextBool(probability) ? 1 : 0;
        }

        return events;
    }

    private static void SetCount(bool[] bits, BitGroup group, int wanted, double guidance, CounterRandom random)
    {
        var ones = group.Positions.Count(p => bits[p]);
        if (ones != wanted)
        {
            Flip(bits, Choose(bits, group, ones > wanted, Math.Abs(ones - wanted), guidance, random));
        }
    }

    /// <summary>
    /// Positions of <paramref name="count"/> of the group's bits that have <paramref name="value"/>: those to drop are the lowest scores.
    /// </summary>
    private static int[] Choose(bool[] bits, BitGroup group, bool value, int count, double guidance, CounterRandom random)
    {
        if (count == 0)
        {
            return [];
        }

        var weight = group.Standing is null ? 0 : guidance;
        var scored = new List<(double Score, int Position)>();
        for (var i = 0; i < group.Length; i++)
        {
            if (bits[group.Positions[i]] == value)
            {
                var score = ((1 - weight) * random.NextDouble()) + (weight > 0 ? weight * group.Standing!.Value[i] : 0);
                scored.Add((value ? score : -score, group.Positions[i]));
            }
        }

        return [.. scored.Order().Take(count).Select(s => s.Position)];
    }

    private static void Flip(bool[] bits, int[] positions)
    {
        foreach (var position in positions)
        {
            bits[position] = !bits[position];
        }
    }
}
