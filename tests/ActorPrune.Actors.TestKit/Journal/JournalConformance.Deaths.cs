using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_job_tells_how_many_of_its_leases_ended_with_their_node()
    {
        Ask(Started("alpha"), ("g", 0));
        ClaimJob(NodeA).Deaths.ShouldBe(0);
        Clock.Advance(BeyondLease);
        ClaimJob(NodeB).Deaths.ShouldBe(1, "it was taken over after its lease lapsed");

        Journal.Join(Node(NodeB, "b"), Lease).ShouldBeTrue();
        Journal.DeclareDead(NodeB);
        Journal.Nodes().ShouldBeEmpty();
        ClaimJob(NodeA).Deaths.ShouldBe(2, "its node was known to be dead");

        Journal.Join(Node(NodeA, "worker"), Lease).ShouldBeTrue();
        Clock.Advance(BeyondLease);
        Journal.Join(Node(NodeB, "worker"), Lease).ShouldBeTrue();
        ClaimJob(NodeB).Deaths.ShouldBe(3, "another took the silent node's name");
    }

    [Fact]
    public void A_lease_that_ends_in_good_order_is_no_death()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Release(ClaimJob(NodeA)).ShouldBeTrue();
        Journal.Fail(ClaimJob(NodeA), "diverged", 5).ShouldBeTrue();
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();
        ClaimJob(NodeA);
        Journal.Leave(NodeA);
        ClaimJob(NodeA);
        Journal.FreeJobsExcept(NodeA, []);

        var last = ClaimJob(NodeB);

        (last.Deaths, last.Attempt).ShouldBe((0, 5));
    }

    [Fact]
    public void The_deaths_of_a_node_count_for_what_it_held_and_for_nothing_else()
    {
        Ask(Started("alpha"), ("done", 3), ("held", 2), ("of another", 1), ("queued", 0));
        Journal.Complete(ClaimJob(NodeA), Result(0.5), 1).ShouldBeTrue();
        ClaimJob(NodeA);
        ClaimJob(NodeB);

        Journal.DeclareDead(NodeA);
        Journal.Leave(NodeB);

        Enumerable.Range(0, 3).Select(_ => ClaimJob(NodeA)).Select(l => (l.Spec, l.Deaths)).ShouldBe(
            [(Evaluation("held"), 1), (Evaluation("of another"), 0), (Evaluation("queued"), 0)]);
    }

    [Fact]
    public void A_failed_job_that_is_tried_again_is_as_suspicious_as_before()
    {
        Ask(Started("alpha"), ("g", 0));
        ClaimJob(NodeA);
        Clock.Advance(BeyondLease);
        Journal.Fail(ClaimJob(NodeB), "ended by signal 11", 1).ShouldBeTrue();

        Journal.RetryFailed("alpha").ShouldBe(1);

        ClaimJob(NodeA).Deaths.ShouldBe(1);
    }
}
