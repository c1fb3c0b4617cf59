using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Pareto;

public sealed class FrontTests
{
    private const double Worst = double.PositiveInfinity;

    [Fact]
    public void Dominance_is_nowhere_worse_and_somewhere_better()
    {
        Dominance.Dominates([1, 2], [1, 3]).ShouldBeTrue();
        Dominance.Dominates([1, 2], [1, 2]).ShouldBeFalse();
        Dominance.Dominates([1, 3], [2, 2]).ShouldBeFalse();
        Dominance.Dominates([1, 3], [Worst, Worst]).ShouldBeTrue();
        Dominance.Dominates([Worst, Worst], [Worst, Worst]).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => Dominance.Dominates([1], [1, 2])).Message.ShouldContain("1 and 2 objectives");
    }

    [Fact]
    public void A_failed_candidate_and_a_NaN_are_worse_than_any_success()
    {
        Dominance.Objectives(Points.Failed("x"), ["error", "macs"]).ShouldBe([Worst, Worst]);
        Dominance.Objectives(Points.At(double.NaN, 3), ["error", "macs"]).ShouldBe([Worst, 3]);
        Dominance.Objectives(Points.At(0.1, 3), ["latencyMs", "macs"]).ShouldBe([Worst, 3]);
    }

    [Fact]
    public void Fronts_peel_off_one_after_the_other()
    {
        double[][] points = [[1, 5], [2, 2], [5, 1], [3, 3], [4, 4], [Worst, Worst], [2, 2]];
        NonDominatedSorting.Fronts(points).ShouldBe([[0, 1, 2, 6], [3], [4], [5]]);
        NonDominatedSorting.Ranks(points).ShouldBe([0, 0, 0, 1, 2, 3, 0]);
        NonDominatedSorting.Fronts([]).ShouldBeEmpty();
    }

    [Fact]
    public void The_rank_of_a_point_is_the_longest_chain_of_points_that_dominate_it()
    {
        var points = RandomPoints(seed: 1, count: 80, objectives: 3);
        var ranks = NonDominatedSorting.Ranks(points);
        for (var p = 0; p < points.Length; p++)
        {
            var above = Enumerable.Range(0, points.Length).Where(q => Dominance.Dominates(points[q], points[p])).Select(q => ranks[q]);
            ranks[p].ShouldBe(above.DefaultIfEmpty(-1).Max() + 1);
        }
    }

    [Fact]
    public void Crowding_is_infinite_at_the_ends_and_the_neighbours_distance_between_them()
    {
        // By hand: ranges are 4 and 8. [1,4]: (2-0)/4 + (8-2)/8. [2,2]: (4-1)/4 + (4-0)/8.
        NonDominatedSorting.Crowding([[0, 8], [1, 4], [2, 2], [4, 0]]).ShouldBe([Worst, 1.25, 1.25, Worst]);
        NonDominatedSorting.Crowding([[1, 1], [1, 1], [1, 1]]).Count(double.IsInfinity).ShouldBe(2);
        NonDominatedSorting.Crowding([[Worst, Worst], [Worst, Worst]]).ShouldBe([0, 0]);
    }

    [Fact]
    public void The_area_of_a_staircase_is_the_sum_of_its_rectangles()
    {
        Hypervolume.Of([[1, 3], [2, 2], [3, 1]], [4, 4]).ShouldBe(6);
        Hypervolume.Of([[1, 3], [2, 2], [3, 1], [2, 3], [5, 0], [0, 4]], [4, 4]).ShouldBe(6, "dominated points and points outside of the box add nothing");
        Hypervolume.Of([], [4, 4]).ShouldBe(0);
        Hypervolume.Contributions([[1, 3], [2, 2], [3, 1]], [4, 4]).ShouldBe([1, 1, 1]);
        Hypervolume.Contributions([[1, 1], [1, 1], [0, 3]], [4, 4]).ShouldBe([0, 0, 1], "equal points make each other superfluous");
        Should.Throw<ArgumentException>(() => Hypervolume.Of([], [1])).Message.ShouldContain("two or three");
    }

    [Fact]
    public void The_volume_of_two_boxes_is_their_sum_without_what_they_share()
    {
        Hypervolume.Of([[1, 2, 3]], [4, 4, 4]).ShouldBe(6);
        Hypervolume.Of([[1, 2, 3], [2, 1, 1]], [4, 4, 4]).ShouldBe(6 + 18 - 4);
        Hypervolume.Contributions([[1, 2, 3], [2, 1, 1]], [4, 4, 4]).ShouldBe([2, 14]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Hypervolume_agrees_with_counting_cells(int objectives)
    {
        // Points on a grid of whole numbers: the volume is the number of unit cells whose lower corner some point dominates or is.
        const int side = 8;
        var random = CounterRandom.For(3, "cells", objectives, 0, "points");
        for (var round = 0; round < 20; round++)
        {
            double[][] points = [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, objectives).Select(_ => (double)random.NextInt(side)).ToArray())];
            var cells = Enumerable.Range(0, (int)Math.Pow(side, objectives)).Count(cell =>
                points.Any(p => p.Select((f, o) => f <= cell / (int)Math.Pow(side, o) % side).All(inside => inside)));
            var reference = Enumerable.Repeat((double)side, objectives).ToArray();
            Hypervolume.Of(points, reference).ShouldBe(cells);
            var contributions = Hypervolume.Contributions(points, reference);
            for (var i = 0; i < points.Length; i++)
            {
                contributions[i].ShouldBe(cells - Hypervolume.Of([.. points.Where((_, j) => j != i)], reference));
            }
        }
    }

    [Fact]
    public void Indicator_selection_takes_whole_fronts_first_and_drops_the_least_contributors()
    {
        // On the line the crowded middle contributes least.
        var candidates = new[]
        {
            Points.At(0, 10), Points.At(4.9, 5.1), Points.At(5, 5), Points.At(5.1, 4.9), Points.At(10, 0), Points.At(10, 10),
            Points.Failed("f")
        };
        var best = IndicatorSelection.Best([.. candidates], ["error", "macs"], 3);
        best.Select(b => Math.Round(b["error"] / 5)).Order().ToArray().ShouldBe([0, 1, 2], "both ends and one of the middle");
        IndicatorSelection.Best([.. candidates], ["error", "macs"], 6).Length.ShouldBe(6);
        IndicatorSelection.Best([.. candidates], ["error", "macs"], 99).ShouldNotContain(c => c.Failure != null);
        IndicatorSelection.Best([.. candidates.Reverse()], ["error", "macs"], 3).ShouldBe(best, "the order of the candidates should not matter");
        IndicatorSelection.Best([], ["error", "macs"], 3).ShouldBeEmpty();
    }

    private static double[][] RandomPoints(long seed, int count, int objectives)
    {
        var random = CounterRandom.For(seed, "points", 0, 0, "test");
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, objectives).Select(_ => (double)random.NextInt(6)).ToArray())];
    }
}
