using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Operators;

public sealed class MasksTests
{
    private static readonly BitString Zeros = BitString.Filled(80, false);
    private static readonly BitString Ones = BitString.Filled(80, true);

    [Theory]
    [InlineData(10, 1, 1, 6.4, 6)]
    [InlineData(10, 1, 1, 0, 1)]
    [InlineData(10, 1, 4, 5.9, 4)]
    [InlineData(10, 1, 4, 6, 8)]
    [InlineData(10, 1, 4, 9, 10)]
    [InlineData(10, 5, 4, 1, 8)]
    [InlineData(10, 9, 4, 1, 10)]
    [InlineData(3, 1, 8, 1, 3)]
    [InlineData(10, 0, 1, -3, 0)]
    [InlineData(10, 1, 1, 99, 10)]
    public void The_nearest_allowed_number_is_a_multiple_above_the_minimum_or_everything(int length, int minimum, int multiple, double wanted, int nearest) =>
        KeepCounts.Nearest(length, minimum, multiple, wanted).ShouldBe(nearest);

    [Fact]
    public void Uniform_crossover_takes_every_bit_from_either_parent_equally_often()
    {
        var groups = Parents.Groups(1, 1, false, 16, 64);
        var counts = new int[80];
        for (var i = 0; i < 2000; i++)
        {
            var child = Masks.Cross(Zeros, Ones, groups, Crossover.Uniform, Stream(i));
            for (var b = 0; b < 80; b++)
            {
                counts[b] += child[b] ? 1 : 0;
            }
        }

        // Binomial(2000, 1/2): five standard deviations are 112.
        counts.ShouldAllBe(c => Math.Abs(c - 1000) < 112);
    }

    [Fact]
    public void Two_point_crossover_exchanges_one_segment_inside_each_group()
    {
        var groups = Parents.Groups(1, 1, false, 16, 64);
        var lengths = new double[2];
        for (var i = 0; i < 3000; i++)
        {
            var child = Masks.Cross(Zeros, Ones, groups, Crossover.TwoPoint, Stream(i));
            foreach (var group in groups)
            {
                Enumerable.Range(1, group.Length - 1).Count(b => child[group.Positions[b]] && !child[group.Positions[b - 1]])
                    .ShouldBeLessThanOrEqualTo(1, "the ones of a group are one run");
            }

            lengths[0] += Parents.Ones(child, groups[0]) / 3000.0;
            lengths[1] += Parents.Ones(child, groups[1]) / 3000.0;
        }

        // The mean distance of two uniform points in 0 … n is n(n+2) / 3(n+1).
        lengths[0].ShouldBe(16 * 18 / 51.0, 0.4);
        lengths[1].ShouldBe(64 * 66 / 195.0, 1.5);
    }

    [Fact]
    public void Group_crossover_exchanges_whole_groups()
    {
        var groups = Parents.Groups(1, 1, false, 16, 64);
        var both = 0;
        for (var i = 0; i < 1000; i++)
        {
            var child = Masks.Cross(Zeros, Ones, groups, Crossover.Group, Stream(i));
            groups.ShouldAllBe(g => Parents.Ones(child, g) == 0 || Parents.Ones(child, g) == g.Length);
            both += child.Count == 80 ? 1 : 0;
        }

        both.ShouldBeInRange(180, 320);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_group_expects_the_same_number_of_flips_whatever_its_width_and_guidance(double guidance)
    {
        var groups = Parents.Groups(1, 1, true, 16, 64);
        var parent = BitString.Create(80, i => i % 2 == 0);
        var flips = new double[2];
        for (var i = 0; i < 4000; i++)
        {
            var child = Masks.Mutate(parent, groups, 1.5, guidance, Stream(i));
            for (var g = 0; g < 2; g++)
            {
                flips[g] += groups[g].Positions.Count(p => child[p] != parent[p]) / 4000.0;
            }
        }

        // Standard error of a mean of 4000 binomials with mean 1.5: 0.02.
        flips[0].ShouldBe(1.5, 0.1);
        flips[1].ShouldBe(1.5, 0.1);
    }

    [Fact]
    public void Blind_flips_hit_every_bit_equally_often()
    {
        var groups = Parents.Groups(1, 1, true, 16, 64);
        var parent = BitString.Create(80, i => i < 8 || i >= 40);
        var counts = new int[16];
        for (var i = 0; i < 16_000; i++)
        {
            var child = Masks.Mutate(parent, groups, 1, 0, Stream(i));
            for (var b = 0; b < 16; b++)
            {
                counts[b] += child[b] != parent[b] ? 1 : 0;
            }
        }

        // Binomial(16 000, 1/16): five standard deviations are 153.
        counts.ShouldAllBe(c => Math.Abs(c - 1000) < 153);
    }

    [Fact]
    public void Guided_flips_drop_the_least_and_add_the_most_important()
    {
        var groups = Parents.Groups(1, 1, true, 16);
        var parent = BitString.Create(16, i => i % 2 == 0);
        for (var i = 0; i < 200; i++)
        {
            var child = Masks.Mutate(parent, groups, 2, 1, Stream(i));
            var dropped = Enumerable.Range(0, 16).Where(b => parent[b] && !child[b]).ToArray();
            var added = Enumerable.Range(0, 16).Where(b => !parent[b] && child[b]).ToArray();
            dropped.ShouldBe(Enumerable.Range(0, dropped.Length).Select(n => 2 * n));
            added.ShouldBe(Enumerable.Range(0, added.Length).Select(n => 15 - (2 * n)).Order());
        }
    }

    [Fact]
    public void Half_guidance_prefers_the_important_without_being_certain()
    {
        var groups = Parents.Groups(1, 1, true, 64);
        var counts = new int[64];
        for (var i = 0; i < 1000; i++)
        {
            var genome = Masks.Initial(64, groups, 0.5, 0.5, Stream(i));
            for (var b = 0; b < 64; b++)
            {
                counts[b] += genome[b] ? 1 : 0;
            }
        }

        counts[..16].Average().ShouldBeInRange(20, 300);
        counts[24..40].Average().ShouldBeInRange(400, 600);
        counts[48..].Average().ShouldBeInRange(700, 980);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    public void Initial_genomes_have_the_density_that_was_asked_for(double guidance)
    {
        var groups = Parents.Groups(1, 1, true, 64, 64);
        var ones = Enumerable.Range(0, 1000).Average(i => Masks.Initial(128, groups, 0.35, guidance, Stream(i)).Count);
        ones.ShouldBe(0.35 * 128, 5 * Math.Sqrt(128 * 0.35 * 0.65 / 1000));
        Masks.Initial(128, groups, 1, guidance, Stream(0)).Count.ShouldBe(128);
        Masks.Initial(128, groups, 1e-9, guidance, Stream(0)).Count.ShouldBe(2, "the minimum of each group");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 4)]
    [InlineData(1, 8)]
    public void Repair_reaches_the_nearest_allowed_number_changes_no_more_than_needed_and_is_idempotent(int minimum, int multiple)
    {
        var groups = Parents.Groups(minimum, multiple, false, 16, 30);
        for (var i = 0; i < 300; i++)
        {
            var random = Stream(i);
            var broken = BitString.Create(46, _ => random.NextBool(i / 300.0));
            var repaired = Masks.Repair(broken, groups, 0, random);
            foreach (var group in groups)
            {
                var (before, after) = (Parents.Ones(broken, group), Parents.Ones(repaired, group));
                after.ShouldBe(KeepCounts.Nearest(group, before));
                (after % multiple == 0 || after == group.Length).ShouldBeTrue();
                after.ShouldBeGreaterThanOrEqualTo(minimum);
            }

            broken.HammingDistance(repaired).ShouldBe(groups.Sum(g => Math.Abs(Parents.Ones(broken, g) - Parents.Ones(repaired, g))));
            Masks.Repair(repaired, groups, 0, Stream(i + 1)).ShouldBe(repaired);
        }
    }

    [Fact]
    public void Repair_chooses_among_all_bits_equally_often()
    {
        var groups = Parents.Groups(1, 1, false, 8);
        var counts = new int[8];
        for (var i = 0; i < 8000; i++)
        {
            var repaired = Masks.Repair(BitString.Filled(8, false), groups, 0, Stream(i));
            counts[Enumerable.Range(0, 8).Single(b => repaired[b])]++;
        }

        // Chi-square with seven degrees of freedom exceeds 24.3 once in a thousand seeds; this one is fixed.
        counts.Sum(c => Math.Pow(c - 1000, 2) / 1000).ShouldBeLessThan(24.3);
    }

    [Fact]
    public void Where_counts_are_multiples_mutation_still_changes_them()
    {
        var groups = Parents.Groups(8, 8, false, 64);
        var parent = BitString.Create(64, i => i < 32);
        var counts = Enumerable.Range(0, 500).Select(i => Masks.Repair(Masks.Mutate(parent, groups, 1, 0, Stream(i)), groups, 0, Stream(i)).Count).ToArray();
        counts.ShouldAllBe(c => c % 8 == 0);
        counts.Count(c => c < 32).ShouldBeInRange(100, 250);
        counts.Count(c => c > 32).ShouldBeInRange(100, 250);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_resize_always_moves_to_another_allowed_number_unless_the_end_is_reached(int multiple)
    {
        var groups = Parents.Groups(multiple, multiple, false, 64);
        var parent = BitString.Create(64, i => i < 32);
        var counts = Enumerable.Range(0, 500).Select(i => Masks.Resize(parent, groups, 1, 0, Stream(i)).Count).ToArray();
        counts.ShouldAllBe(c => c != 32 && c % multiple == 0);
        counts.Count(c => c < 32).ShouldBeInRange(190, 310);
        Masks.Resize(parent, groups, 0, 0, Stream(0)).ShouldBe(parent);
        Masks.Resize(BitString.Filled(64, true), groups, 1, 0, Stream(3)).Count.ShouldBeLessThanOrEqualTo(64);
    }

    [Fact]
    public void Importance_without_a_figure_for_each_unit_is_refused() =>
        Should.Throw<ArgumentException>(() => BitGroup.Standings([1, 2], 3)).Message.ShouldContain("3 units");

    private static CounterRandom Stream(int i) => CounterRandom.For(11, "test", 0, i, "operators");
}
