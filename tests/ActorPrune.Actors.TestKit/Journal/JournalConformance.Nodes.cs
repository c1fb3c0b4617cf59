using ActorPrune.Actors.Journal;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_node_joins_is_seen_and_leaves()
    {
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();

        var row = OpenAnother().Nodes().ShouldHaveSingleItem();
        row.Info.Roles.ShouldBe(["islands", "evaluators"]);
        (row.Info with { Roles = [] }).ShouldBe(Node(NodeA, "a") with { Roles = [] });
        (row.JoinedAt, row.HeartbeatUntil, row.Alive).ShouldBe((Clock.GetUtcNow(), Clock.GetUtcNow() + Lease, true));

        Journal.Leave(NodeA);
        Journal.Nodes().ShouldBeEmpty();
    }

    [Fact]
    public void A_living_nodes_name_is_refused_and_a_dead_ones_may_come_back()
    {
        Journal.Join(Node(NodeA, "worker"), Lease).ShouldBeTrue();
        Journal.Join(Node(NodeB, "worker"), Lease).ShouldBeFalse();
        Journal.Nodes().ShouldHaveSingleItem().Info.Id.ShouldBe(NodeA);

        Clock.Advance(BeyondLease);
        Journal.Join(Node(NodeB, "worker"), Lease).ShouldBeTrue();

        Journal.Nodes().ShouldHaveSingleItem().Info.Id.ShouldBe(NodeB);
        Journal.Renew(NodeA, Lease).ShouldBeFalse();
    }

    [Fact]
    public void A_node_may_announce_itself_again()
    {
        Journal.Join(Node(NodeA, "worker"), Lease).ShouldBeTrue();
        Clock.Advance(Lease / 2);

        Journal.Join(Node(NodeA, "worker") with { Description = "cuda:0" }, Lease).ShouldBeTrue();

        var row = Journal.Nodes().ShouldHaveSingleItem();
        (row.Info.Description, row.HeartbeatUntil).ShouldBe(("cuda:0", Clock.GetUtcNow() + Lease));
    }

    [Fact]
    public void Nodes_that_fell_silent_long_ago_are_taken_away_when_one_joins()
    {
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();
        Clock.Advance(JournalLimits.LongestSilence);
        Journal.Join(Node(NodeB, "b"), Lease).ShouldBeTrue();
        Journal.Nodes().Select(n => n.Info.Id).ShouldBe([NodeA, NodeB]);

        Clock.Advance(Lease * 2);
        Journal.Join(Node(new NodeId("c"), "c"), Lease).ShouldBeTrue();

        Journal.Nodes().Select(n => n.Info.Id.Value).ShouldBe([NodeB.Value, "c"]);
        Journal.Renew(NodeA, Lease).ShouldBeFalse();
    }

    [Fact]
    public void Of_two_nodes_that_take_a_name_at_once_one_succeeds()
    {
        var joined = Race(
            [(OpenAnother(), NodeA), (OpenAnother(), NodeB)], p => p.Item1.Join(Node(p.Item2, "worker"), Lease));

        joined.Count(j => j).ShouldBe(1);
    }

    [Fact]
    public void A_heartbeat_that_stopped_makes_a_node_look_dead_until_it_beats_again()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        Clock.Advance(BeyondLease);
        Journal.Nodes().ShouldHaveSingleItem().Alive.ShouldBeFalse();

        Journal.Renew(NodeA, Lease).ShouldBeTrue();

        Journal.Nodes().ShouldHaveSingleItem().Alive.ShouldBeTrue();
    }

    [Fact]
    public void A_heartbeat_moves_all_leases_of_its_node_ahead_and_no_others()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        Journal.Join(Node(NodeB, "b"), Lease);
        Ask(Started("alpha", NodeA), ("g1", 0), ("g2", 0));
        ClaimJob(NodeA);
        var ofB = ClaimJob(NodeB);

        for (var beat = 0; beat < 3; beat++)
        {
            Clock.Advance(Lease / 2);
            Journal.Renew(NodeA, Lease).ShouldBeTrue();
        }

        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();
        ClaimJob(NodeA).Spec.ShouldBe(ofB.Spec);
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
    }

    [Fact]
    public void Leases_that_lapsed_but_were_not_taken_are_renewed()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        var lease = Started("alpha", NodeA);
        Ask(lease, ("g", 0));
        var job = ClaimJob(NodeA);
        Clock.Advance(BeyondLease);

        Journal.Renew(NodeA, Lease).ShouldBeTrue();

        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
        Commit(Nothing(lease, 0));
        Journal.Complete(job, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void What_another_took_over_is_not_given_back_by_a_heartbeat()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        var old = Started("alpha", NodeA);
        Clock.Advance(BeyondLease);
        var taken = Claim(Root("alpha"), NodeB);

        Journal.Renew(NodeA, Lease).ShouldBeTrue();

        Journal.Commit(Nothing(old, 0)).ShouldBe(CommitOutcome.Fenced);
        Commit(Nothing(taken, 0));
    }

    [Fact]
    public void A_node_that_leaves_frees_all_that_it_held_at_once()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        var lease = Started("alpha", NodeA);
        Ask(lease, ("g", 0));
        var job = ClaimJob(NodeA);

        Journal.Leave(NodeA);

        Journal.Commit(Nothing(lease, 0)).ShouldBe(CommitOutcome.Fenced);
        Journal.Complete(job, Result(0.5), 1).ShouldBeFalse();
        Claim(Root("alpha"), NodeB);
        ClaimJob(NodeB).Spec.ShouldBe(Evaluation("g"));
    }

    [Fact]
    public void A_node_that_was_declared_dead_learns_it_from_its_heartbeat()
    {
        Journal.Join(Node(NodeA, "a"), Lease);
        OpenAnother().Leave(NodeA);

        Journal.Renew(NodeA, Lease).ShouldBeFalse();
        Journal.Nodes().ShouldBeEmpty();
    }

    // ---- wake-ups

    [Fact]
    public void Mail_jobs_and_status_wake_the_listeners_and_nothing_after_they_are_gone()
    {
        var woken = 0;
        var listener = Journal.OnChange(() => Interlocked.Increment(ref woken));
        void Wakes(Action change)
        {
            var before = Volatile.Read(ref woken);
            change();
            SpinWait.SpinUntil(() => Volatile.Read(ref woken) > before, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        }

        ActorLease? lease = null;
        Wakes(() => lease = Started("alpha"));
        Wakes(() => Ask(lease!, ("g", 0), ("h", 0)));
        Wakes(() => Journal.Release(ClaimJob()));
        Wakes(() => Journal.Fail(ClaimJob(), "bad", 2));
        Wakes(() => Journal.Complete(ClaimJob(), Result(0.5), 1));
        Wakes(() => Journal.SetStatus("alpha", ExperimentStatus.Stopped, null));

        listener.Dispose();
        var last = Volatile.Read(ref woken);
        Journal.SetStatus("alpha", ExperimentStatus.Running, null);
        Volatile.Read(ref woken).ShouldBe(last);
    }

    [Fact]
    public void Another_instances_commit_wakes_the_listeners()
    {
        using var woken = new ManualResetEventSlim();
        using var listener = Journal.OnChange(woken.Set);
        var other = OpenAnother();
        woken.Reset();

        other.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(Root("alpha"), "start", "")).ShouldBeTrue();

        woken.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public void A_listener_may_use_the_journal()
    {
        var seen = 0;
        using var listener = Journal.OnChange(() => Interlocked.Exchange(ref seen, Journal.Experiments().Length));

        Started("alpha");

        SpinWait.SpinUntil(() => Volatile.Read(ref seen) == 1, TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public void A_listener_that_fails_does_not_make_a_commit_look_failed()
    {
        using var listener = Journal.OnChange(() => throw new InvalidOperationException("a listener's own trouble"));

        Started("alpha");

        Journal.Find("alpha").ShouldNotBeNull();
    }
}
