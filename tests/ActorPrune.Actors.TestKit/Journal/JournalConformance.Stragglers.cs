using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    private static readonly StragglerRule Rule = new(Factor: 3, Least: TimeSpan.FromSeconds(10));

    [Fact]
    public void A_job_that_takes_unusually_long_may_be_begun_a_second_time_elsewhere()
    {
        var first = Straggling();

        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();

        (second.Spec, second.Node, second.Attempt, second.Deaths).ShouldBe((first.Spec, NodeB, 2, 0));
        second.Token.ShouldBeGreaterThan(first.Token);
        second.Checkpoint.ShouldBe(ArtifactId.Of([7]));
        Journal.ClaimStraggler(new NodeId("node-c"), Lease, Rule).ShouldBeNull("two are enough");
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_first_valid_result_of_two_holders_counts_and_the_others_is_dropped(bool firstWins)
    {
        var first = Straggling();
        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        var (winner, loser) = firstWins ? (first, second) : (second, first);
        Journal.Checkpoint(loser, ArtifactId.Of([1])).ShouldBeTrue();

        Journal.Complete(winner, Result(0.25), 1).ShouldBeTrue();

        Journal.Complete(loser, Result(0.75), 1).ShouldBeFalse();
        Journal.Checkpoint(loser, ArtifactId.Of([2])).ShouldBeFalse();
        Journal.Fail(loser, "late", 1).ShouldBeFalse();
        Journal.Release(loser).ShouldBeFalse();
        Outcomes(Root("alpha")).Where(o => o.Key == first.Spec.Key).ShouldHaveSingleItem().Result!.Measures["error"].ShouldBe(0.25);
        var row = Journal.FindJob(first.Spec.Key).ShouldNotBeNull();
        (row.Status, row.Node, row.Attempts).ShouldBe((JobStatus.Done, winner.Node, 2));
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_one_of_two_holders_gives_up_the_other_goes_on(bool firstGivesUp)
    {
        var first = Straggling();
        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        var (gone, left) = firstGivesUp ? (first, second) : (second, first);

        Journal.Release(gone).ShouldBeTrue();

        Journal.Complete(gone, Result(0.9), 1).ShouldBeFalse();
        Journal.ClaimJob(gone.Node, Lease).ShouldBeNull();
        Journal.FindJob(first.Spec.Key).ShouldNotBeNull().Node.ShouldBe(left.Node);
        Journal.Fail(left, "diverged", 2).ShouldBeTrue();
        ClaimJob(NodeA).Deaths.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_of_one_of_two_holders_counts_and_the_other_goes_on_unless_it_was_the_last_attempt(bool last)
    {
        var first = Straggling();
        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();

        Journal.Fail(first, "diverged", last ? 1 : 3).ShouldBeTrue();

        Journal.Complete(second, Result(0.5), 1).ShouldBe(!last);
        Journal.FindJob(first.Spec.Key).ShouldNotBeNull().Status.ShouldBe(last ? JobStatus.Failed : JobStatus.Done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_the_node_of_one_of_two_holders_dies_the_other_goes_on_and_the_death_is_counted(bool firstDies)
    {
        var first = Straggling();
        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        var (dead, left) = firstDies ? (first, second) : (second, first);

        Journal.DeclareDead(dead.Node);

        Journal.Complete(dead, Result(0.9), 1).ShouldBeFalse();
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.Release(left).ShouldBeTrue();
        ClaimJob(NodeA).Deaths.ShouldBe(1);
    }

    [Fact]
    public void A_job_is_handed_out_again_only_when_both_of_its_leases_have_lapsed()
    {
        var first = Straggling();
        Clock.Advance(Lease / 2);
        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        Clock.Advance((Lease / 2) + TimeSpan.FromSeconds(1));
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull("the second lease is good");

        Clock.Advance(Lease / 2);
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull("it has the first lease itself");
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull("it has the second lease itself");
        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldBeNull("it has the second lease itself");

        var third = ClaimJob(new NodeId("node-c"));
        (third.Spec, third.Attempt, third.Deaths).ShouldBe((first.Spec, 3, 2));
        Journal.ClaimStraggler(NodeA, Lease, Rule).ShouldBeNull("it has just begun");
        Journal.Complete(third, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void A_heartbeat_keeps_a_second_lease_and_one_that_lapsed_gives_way()
    {
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();
        Journal.Join(Node(NodeB, "b"), Lease).ShouldBeTrue();
        Straggling();
        var second = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        Clock.Advance(Lease / 2);
        Journal.Renew(NodeA, Lease);
        Journal.Renew(NodeB, Lease);
        Clock.Advance(Lease * 3 / 4);
        Journal.Renew(NodeA, Lease);
        Journal.ClaimStraggler(new NodeId("node-c"), Lease, Rule).ShouldBeNull();

        Clock.Advance(Lease * 3 / 4);
        var third = Journal.ClaimStraggler(new NodeId("node-c"), Lease, Rule).ShouldNotBeNull();

        third.Deaths.ShouldBe(1);
        Journal.Complete(second, Result(0.9), 1).ShouldBeFalse();
        Journal.Complete(third, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void A_second_lease_of_which_its_node_knows_nothing_is_freed()
    {
        var first = Straggling();
        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();

        Journal.FreeJobsExcept(NodeB, []);

        var again = Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldNotBeNull();
        Journal.FreeJobsExcept(NodeB, [again]);
        Journal.FreeJobsExcept(NodeA, []);
        Journal.Complete(first, Result(0.9), 1).ShouldBeFalse();
        Journal.Complete(again, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_begun_a_second_time_on_the_same_node_or_before_it_is_late_or_without_knowing_what_is_usual()
    {
        Ask(Started("alpha"), ("a", 3), ("b", 2), ("c", 1), ("late", 0));
        CompleteIn(seconds: 20);
        CompleteIn(seconds: 20);
        var third = ClaimJob(NodeA);
        var late = ClaimJob(NodeA);
        Clock.Advance(TimeSpan.FromSeconds(25));
        Journal.Join(Node(NodeA, "a"), Lease);
        Journal.Renew(NodeA, Lease);
        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldBeNull("two that are done say nothing yet");
        Journal.Complete(third, Result(0.5), 21).ShouldBeTrue();

        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldBeNull("25 s are not three times 20 s");
        Journal.ClaimStraggler(NodeA, Lease, Rule with { Factor = 1 }).ShouldBeNull("its own");
        Journal.ClaimStraggler(NodeB, Lease, Rule with { Factor = 1, Least = TimeSpan.FromSeconds(26) }).ShouldBeNull("least");
        Journal.ClaimStraggler(NodeB, Lease, Rule with { Factor = 1 }, WorkScope.Of("beta")).ShouldBeNull("of another experiment");
        Journal.ClaimStraggler(NodeB, Lease, Rule with { Factor = 1 }, WorkScope.Of("alpha")).ShouldNotBeNull().Spec.ShouldBe(late.Spec);
    }

    [Fact]
    public void A_straggler_of_an_experiment_that_was_stopped_is_left_alone()
    {
        Straggling();
        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);

        Journal.ClaimStraggler(NodeB, Lease, Rule).ShouldBeNull();
    }

    [Fact]
    public void Of_several_nodes_that_race_for_a_straggler_one_gets_it_and_of_two_results_one_is_written()
    {
        var first = Straggling();
        var nodes = Enumerable.Range(0, 4).Select(i => (Journal: OpenAnother(), Node: new NodeId($"racer-{i}"))).ToList();

        var second = Race(nodes, n => n.Journal.ClaimStraggler(n.Node, Lease, Rule)).OfType<JobLease>().ShouldHaveSingleItem();

        Race([(nodes[0].Journal, first), (nodes[1].Journal, second)], h => h.Item1.Complete(h.Item2, Result(0.5), 1)).Count(done => done).ShouldBe(1);
        Outcomes(Root("alpha")).Count(o => o.Key == first.Spec.Key).ShouldBe(1);
    }

    /// <summary>A job of node A, with a checkpoint, that takes unusually long.</summary>
    private JobLease Straggling()
    {
        Ask(Started("alpha"), ("a", 3), ("b", 2), ("c", 1), ("late", 0));
        CompleteIn(seconds: 2);
        CompleteIn(seconds: 2);
        CompleteIn(seconds: 900);
        var late = ClaimJob(NodeA);
        Journal.Checkpoint(late, ArtifactId.Of([7])).ShouldBeTrue();
        Clock.Advance(TimeSpan.FromSeconds(12));
        return late;
    }

    private void CompleteIn(double seconds) => Journal.Complete(ClaimJob(NodeB), Result(0.5), seconds).ShouldBeTrue();
}
