using ActorPrune.Genetics.Operators;

namespace ActorPrune.Genetics.Tests.Operators;

public class SeedingTests
{
    [Fact]
    public void Without_a_slope_all_groups_keep_the_same_and_densities_are_evenly_spaced_down_to_the_least()
    {
        var seeding = new Seeding(4, 0.2, 1, 0);

        Enumerable.Range(1, 4).Select(i => seeding.Densities(i, 5).Distinct().ShouldHaveSingleItem())
            .ShouldBe([0.8, 0.6, 0.4, 0.2], 1e-12);
    }

    [Fact]
    public void With_a_slope_seeds_are_uniform_rising_and_falling_in_turn()
    {
        var seeding = new Seeding(6, 0.1, 0.7, 0.5);

        seeding.Densities(1, 3).ShouldBe([0.6, 0.6, 0.6], 1e-12);
        seeding.Densities(2, 3).ShouldBe([0.25, 0.5, 0.75], 1e-12);
        seeding.Densities(3, 3).ShouldBe([0.6, 0.4, 0.2], 1e-12);
        seeding.Densities(4, 3).ShouldBe([0.3, 0.3, 0.3], 1e-12);
    }

    [Fact]
    public void No_group_keeps_more_than_all_of_it_and_a_single_group_has_no_slope()
    {
        var seeding = new Seeding(3, 0.7, 1, 1);

        seeding.Densities(2, 3).ShouldBe([0, 0.8, 1], 1e-12);
        seeding.Densities(2, 1).ShouldBe([0.8], 1e-12);
    }
}
