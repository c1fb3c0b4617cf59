using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Operators;

public class WideningTests
{
    private static readonly ToyProblem Wide = ToyProblem.Wide(withImportance: true);

    [Fact]
    public void Every_group_gets_back_the_same_share_of_what_it_lost_and_the_most_important_units_first()
    {
        // Of the first group every second unit stays, of the others nothing is gone.
        var genome = new MaskGenome(BitString.Create(Wide.Space.Units, i => i >= 16 || i % 2 == 1), null);

        var wide = (MaskGenome)Widening.By(Wide.Space, genome, 0.5);

        // Units of a group are worth less and less: of 0, 2, … 14 the first four come back.
        Enumerable.Range(0, 16).Where(i => wide.Filters[i]).ShouldBe([0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15]);
        wide.Filters.Count.ShouldBe(Wide.Space.Units - 4);
        Widening.By(Wide.Space, genome, 0).ShouldBe(genome);
        Widening.By(Wide.Space, genome, 1).ShouldBe(new MaskGenome(BitString.Filled(Wide.Space.Units, true), null));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public void A_random_network_fills_a_budget_keeps_what_it_has_and_stays_within(double budget)
    {
        var whole = Wide.Cost(new MaskGenome(BitString.Filled(Wide.Space.Units, true), null), MeasureNames.Macs);
        for (var i = 0; i < 20; i++)
        {
            var genome = new MaskGenome(Masks.Initial(Wide.Space.Units, BitGroup.Filters(Wide.Space), 0.4, 0, CounterRandom.For(1, "widening", 0, i, "mask")), null);

            var wide = (MaskGenome)Widening.ToBudget(Wide, genome, budget * whole);

            Enumerable.Range(0, Wide.Space.Units).ShouldAllBe(u => wide.Filters[u] || !genome.Filters[u]);
            if (Wide.Cost(genome, MeasureNames.Macs) <= budget * whole)
            {
                Wide.Cost(wide, MeasureNames.Macs).ShouldBeInRange(0.97 * budget * whole, budget * whole);
            }
        }
    }

    [Fact]
    public void Where_even_the_smallest_step_costs_too_much_a_genome_stays_as_it_is()
    {
        var genome = new MaskGenome(BitString.Create(Wide.Space.Units, i => i % 2 == 0), null);

        Widening.ToBudget(Wide, genome, Wide.Cost(genome, MeasureNames.Macs) + 1).ShouldBeSameAs(genome);
    }

    [Fact]
    public void Numbers_that_are_not_allowed_are_not_had()
    {
        var eights = ToyProblem.Wide(multiple: 8);
        var genome = new CriterionGenome([.. eights.Space.Groups.Select(g => new GroupChoice(8, "l1"))]);

        var wide = (CriterionGenome)Widening.ToBudget(eights, genome, 3 * eights.Cost(genome, MeasureNames.Macs));

        wide.Choices.ShouldAllBe(c => c.Keep % 8 == 0 && c.Criterion == "l1");
        wide.Choices.Sum(c => c.Keep).ShouldBeGreaterThan(6 * 8);
    }

    [Fact]
    public void Ratios_are_widened_as_what_they_mean()
    {
        var genome = new RatioGenome([.. Wide.Space.Groups.Select(g => new RatioGene(0.5, 0.1, new GroupChoice(g.Length / 2, "l2")))]);

        Widening.By(Wide.Space, genome, 0.5).ShouldBe(
            new CriterionGenome([.. Wide.Space.Groups.Select(g => new GroupChoice(g.Length * 3 / 4, "l2"))]));
    }

    [Theory]
    [InlineData(ChannelMode.PerLayer)]
    [InlineData(ChannelMode.PerFilter)]
    public void Channels_come_back_with_the_filters_and_those_of_new_filters_are_kept(ChannelMode mode)
    {
        var space = ToyProblem.BiLevel(mode).Space;
        var filters = BitString.Create(space.Units, i => i is 0 or 1 or 4 or 5);
        var available = ChannelMasks.Available(space, filters);
        var dropped = Enumerable.Range(0, available.Length).Where(i => available[i]).Where((_, n) => n % 2 == 0).ToHashSet();
        var genome = ChannelMasks.Genome(space, filters, BitString.Create(available.Length, i => available[i] && !dropped.Contains(i)));

        var all = (MaskGenome)Widening.By(space, genome, 1);
        var half = (MaskGenome)Widening.By(space, genome, 0.5);

        all.ShouldBe(new MaskGenome(BitString.Filled(space.Units, true), null));
        half.Filters.Count.ShouldBe(6);
        var known = ChannelMasks.Available(space, half.Filters);
        half.Channels.ShouldNotBeNull();
        Enumerable.Range(0, known.Length).Where(i => known[i] && !available[i]).ShouldAllBe(i => half.Channels[i]);
        Enumerable.Range(0, known.Length).Where(i => genome.Channels![i]).ShouldAllBe(i => half.Channels[i]);
        half.Channels.Count.ShouldBeGreaterThan(genome.Channels!.Count);
        half.Channels.Count.ShouldBeLessThan(known.Count);
    }

    [Fact]
    public void A_genome_of_another_space_is_refused() =>
        Should.Throw<ArgumentException>(() => Widening.By(Wide.Space, new CriterionGenome([new GroupChoice(1, "l1")]), 0.5))
            .Message.ShouldContain("no genome of this space");
}
