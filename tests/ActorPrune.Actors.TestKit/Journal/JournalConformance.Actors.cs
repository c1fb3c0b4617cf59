using ActorPrune.Actors.Journal;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_turn_commits_all_that_it_does()
    {
        var lease = Started("alpha");
        var start = Inbox(Root("alpha")).ShouldHaveSingleItem();
        var island = new ActorId("alpha", "island-u1");

        Commit(new Turn(
            lease, 0, [start.Id], [new NewEvent("created", "{\"n\":1}"), new NewEvent("named", "ä €\0𝄞")], [new OutgoingMessage(island, "go", "1")],
            [new JobRequest(Evaluation("g1"), 0)], "state", (ExperimentStatus.Running, "works")));

        Inbox(Root("alpha")).ShouldBeEmpty();
        var mail = Inbox(island).ShouldHaveSingleItem();
        (mail.From, mail.To, mail.Kind, mail.Body).ShouldBe((Root("alpha"), island, "go", "1"));
        Journal.Events(Root("alpha")).ShouldBe(
        [
            new StoredEvent(1, "created", "{\"n\":1}", Clock.GetUtcNow()),
            new StoredEvent(2, "named", "ä €\0𝄞", Clock.GetUtcNow()),
        ]);
        Journal.Load(Root("alpha")).Snapshot.ShouldBe(new Snapshot(2, "state"));
        Journal.FindJob(Evaluation("g1").Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Queued);
        Journal.Find("alpha").ShouldNotBeNull().Reason.ShouldBe("works");
    }

    [Fact]
    public void An_actor_without_any_turn_is_empty()
    {
        var nobody = new ActorId("none", "experiment");

        Journal.Load(nobody).Sequence.ShouldBe(0);
        Journal.Load(nobody).Snapshot.ShouldBeNull();
        Journal.Events(nobody).ShouldBeEmpty();
        Journal.Inbox(nobody, 10).ShouldBeEmpty();
    }

    [Fact]
    public void Loading_reads_the_latest_snapshot_and_the_events_after_it_while_reports_see_all()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Events = [new NewEvent("a", ""), new NewEvent("b", "")], Snapshot = "after b" });
        Commit(Nothing(lease, 2) with { Events = [new NewEvent("c", "")], Snapshot = "after c" });
        Commit(Nothing(lease, 3) with { Events = [new NewEvent("d", "")] });

        var stored = Journal.Load(Root("alpha"));

        stored.Snapshot.ShouldBe(new Snapshot(3, "after c"));
        stored.Events.Select(e => (e.Sequence, e.Kind)).ShouldBe([(4, "d")]);
        stored.Sequence.ShouldBe(4);
        Journal.Events(Root("alpha")).Select(e => (e.Sequence, e.Kind)).ShouldBe([(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
    }

    [Fact]
    public void A_turn_decided_on_an_older_sequence_is_fenced_and_leaves_nothing()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Events = [new NewEvent("a", "")] });

        Journal.Commit(Nothing(lease, 0) with { Events = [new NewEvent("b", "")], Jobs = [new JobRequest(Evaluation("g"), 0)] })
            .ShouldBe(CommitOutcome.Fenced);

        Journal.Load(Root("alpha")).Sequence.ShouldBe(1);
        Journal.FindJob(Evaluation("g").Key).ShouldBeNull();
    }

    [Fact]
    public void A_message_is_consumed_once_even_when_the_turn_is_repeated()
    {
        var lease = Started("alpha");
        var start = Inbox(Root("alpha"))[0];
        var turn = Nothing(lease, 0) with { Consumed = [start.Id], Messages = [new OutgoingMessage(new("alpha", "island"), "go", "")] };

        Commit(turn);
        Journal.Commit(turn).ShouldBe(CommitOutcome.Fenced);

        Inbox(new ActorId("alpha", "island")).Length.ShouldBe(1);
    }

    [Fact]
    public void A_turn_of_which_one_message_is_gone_consumes_none_of_the_others()
    {
        var lease = Started("alpha");
        var start = Inbox(Root("alpha"))[0];

        Journal.Commit(Nothing(lease, 0) with { Consumed = [start.Id, start.Id + 1000] }).ShouldBe(CommitOutcome.Fenced);

        Inbox(Root("alpha")).ShouldBe([start]);
    }

    [Fact]
    public void A_turn_cannot_consume_mail_of_another_actor()
    {
        var alpha = Started("alpha");
        Started("beta");
        var foreign = Inbox(Root("beta"))[0];

        Journal.Commit(Nothing(alpha, 0) with { Consumed = [foreign.Id] }).ShouldBe(CommitOutcome.Fenced);

        Inbox(Root("beta")).ShouldBe([foreign]);
    }

    [Fact]
    public void A_message_to_another_experiment_is_an_error_of_the_caller()
    {
        var lease = Started("alpha");
        var turn = Nothing(lease, 0) with { Messages = [new OutgoingMessage(Root("beta"), "go", "")] };

        Should.Throw<ArgumentException>(() => Journal.Commit(turn)).Message.ShouldContain("beta/experiment");
    }

    [Fact]
    public void An_inbox_keeps_the_order_of_sending_and_gives_the_oldest_first()
    {
        var lease = Started("alpha");
        var island = new ActorId("alpha", "island");
        for (var turn = 0; turn < 5; turn++)
        {
            Commit(Nothing(lease, 0) with
            {
                Messages = [new OutgoingMessage(island, "m", $"{turn}a"), new OutgoingMessage(island, "m", $"{turn}b")],
            });
        }

        var mail = Inbox(island);

        mail.Select(m => m.Body).ShouldBe(["0a", "0b", "1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"]);
        mail.Select(m => m.Id).ShouldBeInOrder();
        Journal.Inbox(island, 3).ShouldBe(mail.Take(3));
        Journal.Inbox(island, 0).ShouldBeEmpty();
    }

    [Fact]
    public void An_actor_may_write_to_itself()
    {
        var lease = Started("alpha");

        Commit(Nothing(lease, 0) with { Messages = [new OutgoingMessage(Root("alpha"), "tick", "")] });

        Inbox(Root("alpha")).Select(m => (m.From, m.Kind)).ShouldBe([(null, "start"), (Root("alpha"), "tick")]);
    }
}
