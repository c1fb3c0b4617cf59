using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Searches;

public class BudgetFitTests
{
    private static readonly ToyProblem Problem = ToyProblem.Wide();
    private static readonly double Whole = Problem.Cost(Uniform(1), MeasureNames.Macs);

    [Fact]
    public void The_nearest_members_below_a_share_are_widened_up_to_it()
    {
        ImmutableArray<Evaluated> front = [Member(0.9), Member(0.6), Member(0.5), Member(0.3)];

        var one = BudgetFit.Candidates(Problem, front, Whole, ["at50", "knee"], 1);
        var three = BudgetFit.Candidates(Problem, front, Whole, ["at50"], 3);

        // Widths of 0.6 have a good third of the MACs.
        one.ShouldHaveSingleItem();
        one[0].ShouldBe(Widening.ToBudget(Problem, Uniform(0.6), Whole / 2));
        (Problem.Cost(one[0], MeasureNames.Macs) / Whole).ShouldBeInRange(0.48, 0.5);
        three[0].ShouldBe(one[0]);
        three.ShouldAllBe(g => Problem.Cost(g, MeasureNames.Macs) <= Whole / 2);
    }

    [Fact]
    public void Where_a_member_reaches_the_share_nothing_is_tried_nor_where_nobody_wants_it()
    {
        ImmutableArray<Evaluated> front = [Member(0.9), Member(0.6), Member(0.5)];
        var reached = 1 - (front[1][MeasureNames.Macs] / Whole);

        BudgetFit.Candidates(Problem, front, Whole, [PickRole.At(Math.Round(reached, 3))], 1).ShouldBeEmpty();
        BudgetFit.Candidates(Problem, front, Whole, ["at50"], 0).ShouldBeEmpty();
        BudgetFit.Candidates(Problem, front, Whole, ["heavy", "knee", "light"], 3).ShouldBeEmpty();
    }

    [Fact]
    public void Two_members_that_widen_to_the_same_network_are_one_candidate()
    {
        var (a, b) = (Member(0.6), Member(0.6) with { Job = new JobSpec("other", "{}").Key });

        BudgetFit.Candidates(Problem, [a, b], Whole, ["at50"], 2).ShouldHaveSingleItem();
    }

    [Fact]
    public void Failed_members_are_passed_over() =>
        BudgetFit.Candidates(Problem, [Points.Failed("x"), Points.At(double.NaN, Whole / 3)], Whole, ["at50"], 2).ShouldBeEmpty();

    private static CriterionGenome Uniform(double share) =>
        new([.. Problem.Space.Groups.Select(g => new GroupChoice((int)Math.Round(share * g.Length), "l1"))]);

    private static Evaluated Member(double share)
    {
        var genome = Uniform(share);
        return new Evaluated(genome, Problem.Evaluation(genome).Key, Problem.Measure(genome), null);
    }
}
