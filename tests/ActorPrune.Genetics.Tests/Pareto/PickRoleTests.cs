using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Pareto;

public sealed class PickRoleTests
{
    private static readonly Evaluated[] Front =
        [Points.At(0.10, 100), Points.At(0.12, 69), Points.At(0.15, 50.9), Points.At(0.20, 44), Points.At(0.40, 20)];

    [Theory]
    [InlineData(0.3, "at30")]
    [InlineData(0.5, "at50")]
    [InlineData(0.07, "at7")]
    [InlineData(0.333, "at33.3")]
    public void A_share_and_its_role_are_each_others_inverse(double removed, string role)
    {
        PickRole.At(removed).ShouldBe(role);
        PickRole.Removed(role).ShouldBe(removed);
    }

    [Theory]
    [InlineData("heavy")]
    [InlineData("at")]
    [InlineData("at-5")]
    [InlineData("at101")]
    [InlineData("at 5")]
    [InlineData("attic")]
    public void Other_texts_are_no_shares(string role) => PickRole.Removed(role).ShouldBeNull();

    [Fact]
    public void A_share_picks_the_smallest_error_among_those_that_remove_so_much_or_miss_it_by_less_than_a_point()
    {
        var picks = PickRole.Choose([.. Front], 100, ["at30", "at50", "at70", "at90", "heavy"]);

        picks.Select(p => (p.Key, p.Value["error"])).ShouldBe([("at30", 0.12), ("at50", 0.15), ("at70", 0.40), ("heavy", 0.10)]);
        PickRole.Choose([.. Front], 100, ["at52"])["at52"]["error"].ShouldBe(0.20);
    }

    [Fact]
    public void The_knee_is_picked_by_the_weight_that_the_error_has()
    {
        Evaluated[] front = [Points.At(0.10, 100), Points.At(0.12, 60), Points.At(0.28, 25), Points.At(0.30, 20)];

        PickRole.Choose([.. front], 100, ["knee"])["knee"]["error"].ShouldBe(0.12);
        PickRole.Choose([.. front], 100, ["knee"], kneeErrorWeight: 0)["knee"]["error"].ShouldBe(0.28);
    }

    [Fact]
    public void Failed_candidates_are_not_picked_and_without_the_bases_cost_no_share_is()
    {
        PickRole.Choose([Points.At(0.1, 30), Points.Failed("x")], 100, ["at50"])["at50"]["error"].ShouldBe(0.1);
        PickRole.Choose([Points.At(0.1, 30)], null, ["at50", "light"]).Keys.ShouldBe(["light"]);
    }

    [Fact]
    public void Of_equal_errors_the_one_with_fewer_MACs_is_picked() =>
        PickRole.WithoutMacs([Points.At(0.1, 40), Points.At(0.1, 30)], 0.5, 100)!["macs"].ShouldBe(30);
}
