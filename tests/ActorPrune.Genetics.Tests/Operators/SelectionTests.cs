using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Operators;

public sealed class SelectionTests
{
    private static readonly string[] Objectives = ["error", "macs"];

    [Fact]
    public void A_tournament_prefers_rank_and_then_the_less_crowded()
    {
        var population = new RankedPopulation([Points.At(0, 4), Points.At(2, 2), Points.At(4, 0), Points.At(5, 5)], [.. Objectives]);
        var wins = new Dictionary<double, int>();
        var random = CounterRandom.For(1, "test", 0, 0, "tournament");
        for (var i = 0; i < 16_000; i++)
        {
            var winner = population.Tournament(random)["error"];
            wins[winner] = wins.GetValueOrDefault(winner) + 1;
        }

        // Of 16 ordered pairs: each end wins 6 (a draw between the ends goes to the first drawn), the middle 3, the dominated one 1.
        wins[0].ShouldBeInRange(5690, 6310);
        wins[2].ShouldBeInRange(2750, 3250);
        wins[4].ShouldBeInRange(5690, 6310);
        wins[5].ShouldBeInRange(845, 1155);
    }

    [Fact]
    public void Survivors_are_the_best_and_no_genome_survives_twice()
    {
        var best = Survival.Best([Points.At(5, 5), Points.At(0, 4), Points.At(0, 4), Points.At(2, 2), Points.At(4, 0), Points.Failed("f")], [.. Objectives], 4);
        best.Select(b => b["error"]).Order().ShouldBe([0, 2, 4, 5]);
    }

    [Fact]
    public void Immigrants_take_the_places_of_the_worst()
    {
        var mixed = Survival.Absorb([Points.At(0, 4), Points.At(5, 5), Points.At(4, 0)], [Points.At(1, 1), Points.At(0, 4)], [.. Objectives], 3);
        mixed.Select(m => m["error"]).Order().ShouldBe([0, 1, 4]);
        Survival.Absorb([Points.At(0, 4)], [Points.At(1, 1)], [.. Objectives], 3).Length.ShouldBe(2, "there was room");
        Survival.Absorb([Points.At(0, 4)], [Points.At(1, 1), Points.At(2, 0), Points.At(3, 0)], [.. Objectives], 2).Length.ShouldBe(2);
        Survival.Absorb([], [Points.At(1, 1)], [.. Objectives], 0).ShouldBeEmpty();
    }
}
