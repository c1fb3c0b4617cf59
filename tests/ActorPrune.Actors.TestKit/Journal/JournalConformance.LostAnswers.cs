using ActorPrune.Actors.Journal;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void Actors_that_a_node_holds_without_knowing_are_freed_and_no_others()
    {
        var known = Started("alpha", NodeA);
        var unknown = Started("beta", NodeA);
        var foreign = Started("gamma", NodeB);

        Journal.FreeActorsExcept(NodeA, [known]);

        Journal.Commit(Nothing(unknown, 0)).ShouldBe(CommitOutcome.Fenced);
        Claim(Root("beta"), NodeB);
        Commit(Nothing(known, 0));
        Commit(Nothing(foreign, 0));
    }

    [Fact]
    public void A_node_that_knows_of_nothing_frees_all_its_actors_at_once()
    {
        var lost = Started("alpha", NodeA);
        Journal.FreeActorsExcept(NodeB, []);
        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();

        Journal.FreeActorsExcept(NodeA, []);

        Claim(Root("alpha"), NodeB).Token.ShouldBeGreaterThan(lost.Token);
    }

    [Fact]
    public void A_lease_that_was_taken_over_does_not_keep_the_later_one_of_its_node()
    {
        var first = Started("alpha", NodeA);
        Clock.Advance(BeyondLease);
        Claim(Root("alpha"), NodeA);

        Journal.FreeActorsExcept(NodeA, [first]);

        Claim(Root("alpha"), NodeB);
    }

    [Fact]
    public void Jobs_that_a_node_holds_without_knowing_are_freed_and_no_others()
    {
        Ask(Started("alpha"), ("known", 3), ("unknown", 2), ("foreign", 1));
        var known = ClaimJob(NodeA);
        var unknown = ClaimJob(NodeA);
        var foreign = ClaimJob(NodeB);

        Journal.FreeJobsExcept(NodeA, [known]);

        Journal.Complete(unknown, Result(0.5), 1).ShouldBeFalse();
        var again = ClaimJob(NodeB);
        (again.Spec, again.Attempt).ShouldBe((Evaluation("unknown"), 2));
        Journal.Complete(known, Result(0.5), 1).ShouldBeTrue();
        Journal.Complete(foreign, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void A_freed_job_is_handed_out_in_its_old_place_and_finished_ones_stay()
    {
        Ask(Started("alpha"), ("first", 0), ("second", 0), ("third", 0));
        var first = ClaimJob(NodeA);
        Journal.Complete(first, Result(0.5), 1).ShouldBeTrue();
        ClaimJob(NodeA);

        Journal.FreeJobsExcept(NodeA, []);

        ClaimJob(NodeB).Spec.ShouldBe(Evaluation("second"));
        ClaimJob(NodeB).Spec.ShouldBe(Evaluation("third"));
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
    }

    [Fact]
    public void A_reader_that_follows_an_actor_gets_the_events_after_the_one_it_saw_last()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Events = [new NewEvent("a", "1"), new NewEvent("b", "2"), new NewEvent("c", "3")] });

        Journal.EventsAfter(Root("alpha"), 1).Select(e => (e.Sequence, e.Kind, e.Body)).ShouldBe([(2, "b", "2"), (3, "c", "3")]);
        Journal.EventsAfter(Root("alpha"), 0).ShouldBe(Journal.Events(Root("alpha")));
        Journal.EventsAfter(Root("alpha"), 3).ShouldBeEmpty();
        Journal.EventsAfter(new ActorId("none", "experiment"), 0).ShouldBeEmpty();
    }
}
