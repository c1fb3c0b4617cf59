using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void Only_free_actors_with_mail_are_handed_out_oldest_mail_first()
    {
        var lease = Started("alpha");
        ActorId[] islands = [new("alpha", "z"), new("alpha", "y"), new("alpha", "x")];
        Commit(Nothing(lease, 0) with
        {
            Consumed = [Inbox(Root("alpha"))[0].Id],
            Messages = [.. islands.Select(i => new OutgoingMessage(i, "go", ""))],
        });

        Journal.ClaimActors(NodeB, 2, Lease).Select(c => c.Actor).ShouldBe(islands.Take(2));
        Claim(islands[2], NodeB);
        Journal.Release(lease);
        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();
    }

    [Fact]
    public void An_actor_stays_available_until_its_last_message_is_consumed()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Messages = [new OutgoingMessage(Root("alpha"), "second", "")] });
        Commit(Nothing(lease, 0) with { Consumed = [Inbox(Root("alpha"))[0].Id] });
        Journal.Release(lease);

        var again = Claim(Root("alpha"), NodeB);
        Commit(Nothing(again, 0) with { Consumed = [Inbox(Root("alpha")).ShouldHaveSingleItem().Id] });
        Journal.Release(again);
        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();
    }

    [Fact]
    public void Every_acquisition_has_a_larger_token()
    {
        var first = Started("alpha");
        Journal.Release(first);

        var second = Claim(Root("alpha"), NodeA);

        second.Token.ShouldBeGreaterThan(first.Token);
        Journal.Commit(Nothing(first, 0)).ShouldBe(CommitOutcome.Fenced);
        Commit(Nothing(second, 0));
    }

    [Fact]
    public void A_node_that_was_paused_beyond_its_lease_cannot_commit_once_another_has_taken_over()
    {
        var paused = Started("alpha", NodeA);
        Clock.Advance(BeyondLease);
        var other = Claim(Root("alpha"), NodeB);

        Journal.Commit(Nothing(paused, 0) with { Events = [new NewEvent("late", "")] }).ShouldBe(CommitOutcome.Fenced);
        Journal.Release(paused);

        Commit(Nothing(other, 0) with { Events = [new NewEvent("taken over", "")] });
        Journal.Events(Root("alpha")).Select(e => e.Kind).ShouldBe(["taken over"]);
    }

    [Fact]
    public void A_lapsed_lease_that_nobody_has_taken_is_still_good()
    {
        var lease = Started("alpha");
        Clock.Advance(BeyondLease);

        Commit(Nothing(lease, 0) with { Events = [new NewEvent("a", "")] });
    }

    [Fact]
    public void A_lease_that_has_not_lapsed_is_not_handed_out()
    {
        Started("alpha");
        Clock.Advance(Lease - TimeSpan.FromMilliseconds(1));

        Journal.ClaimActors(NodeB, 10, Lease).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        Claim(Root("alpha"), NodeB);
    }

    [Fact]
    public void A_released_actor_refuses_the_turns_of_its_old_holder()
    {
        var lease = Started("alpha");
        Journal.Release(lease);

        Journal.Commit(Nothing(lease, 0)).ShouldBe(CommitOutcome.Fenced);
    }

    [Fact]
    public void A_lease_of_another_node_with_the_right_token_is_refused()
    {
        var lease = Started("alpha");

        Journal.Commit(Nothing(lease with { Node = NodeB }, 0)).ShouldBe(CommitOutcome.Fenced);
    }

    [Fact]
    public void Each_actor_goes_to_one_of_the_nodes_that_race_for_it()
    {
        var lease = Started("alpha");
        var islands = Enumerable.Range(0, 40).Select(i => new ActorId("alpha", $"island-{i}")).ToList();
        Commit(Nothing(lease, 0) with
        {
            Consumed = [Inbox(Root("alpha"))[0].Id],
            Messages = [.. islands.Select(i => new OutgoingMessage(i, "go", ""))],
        });

        var claimed = Race([OpenAnother(), OpenAnother(), Journal, Journal], j =>
        {
            var mine = new List<ActorId>();
            while (mine.Count <= islands.Count && j.ClaimActors(NodeB, 3, Lease) is { Length: > 0 } some)
            {
                mine.AddRange(some.Select(s => s.Actor));
            }

            return mine;
        });

        claimed.SelectMany(c => c).OrderBy(a => a.Role).ShouldBe(islands.OrderBy(a => a.Role));
    }

    [Fact]
    public void Of_two_holders_that_commit_the_same_turn_at_once_one_succeeds()
    {
        var lease = Started("alpha");
        var turn = Nothing(lease, 0) with { Consumed = [Inbox(Root("alpha"))[0].Id], Events = [new NewEvent("a", "")] };

        var outcomes = Race([OpenAnother(), Journal, Journal], j => j.Commit(turn));

        outcomes.Count(o => o == CommitOutcome.Committed).ShouldBe(1);
        Journal.Events(Root("alpha")).Length.ShouldBe(1);
    }

    [Fact]
    public void Messages_that_several_actors_send_at_once_all_arrive_each_once_and_each_senders_in_order()
    {
        var root = Started("alpha");
        var senders = Enumerable.Range(0, 4).Select(i => new ActorId("alpha", $"sender-{i}")).ToImmutableArray();
        var receiver = new ActorId("alpha", "receiver");
        Commit(Nothing(root, 0) with { Messages = [.. senders.Select(s => new OutgoingMessage(s, "go", ""))] });
        var work = Journal.ClaimActors(NodeA, 10, Lease).Select(l => (Lease: l, Journal: OpenAnother())).ToList();

        Race(work, w =>
        {
            for (var i = 0; i < 20; i++)
            {
                w.Journal.Commit(Nothing(w.Lease, i) with { Events = [new NewEvent("sent", "")], Messages = [new(receiver, "m", $"{i}")] })
                    .ShouldBe(CommitOutcome.Committed);
            }

            return 0;
        });

        var mail = Inbox(receiver);
        mail.Length.ShouldBe(80);
        foreach (var sender in senders)
        {
            mail.Where(m => m.From == sender).Select(m => m.Body).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
        }
    }
}
