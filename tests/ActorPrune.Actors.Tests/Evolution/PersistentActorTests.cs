using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Simulation;

namespace ActorPrune.Actors.Tests.Evolution;

public sealed class PersistentActorTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly ActorId Target = new("tally", "experiment");
    private static readonly ActorId Other = new("tally", "other");

    private readonly SqliteJournal journal = new(SqliteJournalOptions.InMemory);
    private readonly ActorLease lease;
    private readonly ActorLease postman;

    public PersistentActorTests()
    {
        // The postman is an actor of the experiment whose turns put mail into the others' inboxes.
        journal.TryCreate("tally", "{}", "1.0", new OutgoingMessage(new ActorId("tally", "postman"), "go", string.Empty));
        postman = journal.ClaimActors(new NodeId("post"), 1, Lease).Single();
        Send("0");
        lease = journal.ClaimActors(new NodeId("a"), 1, Lease).Single();
    }

    public void Dispose() => journal.Dispose();

    [Fact]
    public void A_turn_consumes_its_mail_and_leaves_events_messages_and_jobs_at_once()
    {
        var actor = Recover(journal);
        Send("1", "2");

        actor.Turn().ShouldBe(TurnOutcome.Committed);

        journal.Inbox(Target, 10).ShouldBeEmpty();
        Noted().ShouldBe(["0", "1", "2"]);
        journal.Inbox(Other, 10).Select(m => m.Body).ShouldBe(["0", "1", "2"]);
        journal.Jobs("tally").Select(j => j.Spec.Body).ShouldBe(["0", "1", "2"]);
        actor.Turn().ShouldBe(TurnOutcome.Idle);
    }

    [Fact]
    public void A_turn_whose_commit_failed_has_had_no_effect_and_may_be_repeated()
    {
        var faults = new Queue<Fault>([Fault.Before, Fault.Before]);
        using var faulty = new FaultyJournal(journal, _ => faults.TryDequeue(out var fault) ? fault : Fault.None);
        var actor = Recover(faulty);

        Should.Throw<JournalUnavailableException>(() => actor.Turn());
        Should.Throw<JournalUnavailableException>(() => actor.Turn());
        Noted().ShouldBeEmpty();
        actor.Turn().ShouldBe(TurnOutcome.Committed);

        Noted().ShouldBe(["0"]);
        journal.Inbox(Other, 10).Length.ShouldBe(1);
    }

    [Fact]
    public void A_turn_whose_commit_took_effect_without_an_answer_is_never_repeated()
    {
        var faults = new Queue<Fault>([Fault.After]);
        using var faulty = new FaultyJournal(journal, _ => faults.TryDequeue(out var fault) ? fault : Fault.None);
        var actor = Recover(faulty);
        Should.Throw<JournalUnavailableException>(() => actor.Turn());
        Send("1");

        actor.Turn().ShouldBe(TurnOutcome.Fenced, "its sequence has moved on without it");
        Recover(faulty).Turn().ShouldBe(TurnOutcome.Committed);

        Noted().ShouldBe(["0", "1"]);
        journal.Inbox(Other, 10).Select(m => m.Body).ShouldBe(["0", "1"]);
    }

    [Fact]
    public void An_actor_whose_lease_was_taken_over_commits_nothing()
    {
        var former = Recover(journal);
        journal.Leave(lease.Node);
        var taken = journal.ClaimActors(new NodeId("b"), 1, Lease).Single();

        former.Turn().ShouldBe(TurnOutcome.Fenced);
        Noted().ShouldBeEmpty();
        new PersistentActor<ImmutableList<string>>(journal, taken, new TallyDecider()).Turn().ShouldBe(TurnOutcome.Committed);
        former.Turn().ShouldBe(TurnOutcome.Idle);
        Noted().ShouldBe(["0"]);
    }

    [Fact]
    public void A_turn_answers_a_bounded_number_of_messages_in_their_order()
    {
        Send([.. Enumerable.Range(1, 100).Select(i => $"{i}")]);
        var actor = Recover(journal);

        actor.Turn().ShouldBe(TurnOutcome.Committed);
        Noted().Length.ShouldBe(PersistentActor<int>.MaxMessages);
        actor.Turn().ShouldBe(TurnOutcome.Committed);
        Noted().ShouldBe(Enumerable.Range(0, 101).Select(i => $"{i}"));
    }

    [Fact]
    public void A_recovery_replays_a_bounded_number_of_events_and_gives_the_same_state()
    {
        var actor = Recover(journal);
        for (var i = 1; i <= 200; i++)
        {
            actor.Turn();
            Send($"{i}");
        }

        var stored = journal.Load(Target);
        stored.Events.Length.ShouldBeLessThan(PersistentActor<int>.SnapshotInterval);
        stored.Sequence.ShouldBe(200);
        var recovered = Recover(journal);
        recovered.Turn().ShouldBe(TurnOutcome.Committed);
        Noted().ShouldBe(Enumerable.Range(0, 201).Select(i => $"{i}"));
        new TallyDecider().ReadSnapshot(stored.Snapshot!.Body).ShouldBe(
            Enumerable.Range(0, (int)stored.Snapshot.Sequence).Select(i => $"{i}"));
    }

    [Fact]
    public void An_actor_whose_events_would_have_asked_for_other_jobs_does_not_go_on_to_wait_for_them()
    {
        Recover(journal).Turn().ShouldBe(TurnOutcome.Committed);

        Should.Throw<OtherProgramException>(() => new PersistentActor<ImmutableList<string>>(journal, lease, new OtherTally()))
            .Message.ShouldContain("start anew under another name");

        // With the program that began it, it still goes on.
        Recover(journal).Turn().ShouldBe(TurnOutcome.Idle);
    }

    [Fact]
    public void A_snapshot_that_is_too_large_for_the_journal_is_left_out_and_the_turn_stands()
    {
        var actor = new PersistentActor<ImmutableList<string>>(journal, lease, new TallyDecider { SnapshotLength = JournalLimits.BodyLength + 1 });
        Send([.. Enumerable.Range(1, PersistentActor<int>.SnapshotInterval).Select(i => $"{i}")]);

        actor.Turn().ShouldBe(TurnOutcome.Committed);

        journal.Load(Target).Snapshot.ShouldBeNull();
        Noted().Length.ShouldBe(PersistentActor<int>.SnapshotInterval + 1);
        Recover(journal).Turn().ShouldBe(TurnOutcome.Idle);
    }

    /// <summary>The next version of the program, which asks for something else.</summary>
    private sealed class OtherTally : IDecider<ImmutableList<string>>
    {
        private readonly TallyDecider former = new();

        public ImmutableList<string> Initial => former.Initial;

        public ImmutableArray<NewEvent> Decide(ImmutableList<string> state, Envelope message) => former.Decide(state, message);

        public Transition<ImmutableList<string>> Apply(ImmutableList<string> state, NewEvent happened)
        {
            var (next, effects) = former.Apply(state, happened);
            return new(next, effects with { Jobs = [.. effects.Jobs.Select(j => j with { Spec = j.Spec with { Body = $"other {j.Spec.Body}" } })] });
        }

        public string WriteSnapshot(ImmutableList<string> state) => former.WriteSnapshot(state);

        public ImmutableList<string> ReadSnapshot(string text) => former.ReadSnapshot(text);
    }

    private PersistentActor<ImmutableList<string>> Recover(IJournal through) => new(through, lease, new TallyDecider());

    private string[] Noted() => [.. journal.Events(Target).Select(e => e.Body)];

    private void Send(params string[] bodies) => journal.Commit(new Turn(
        postman, journal.Load(postman.Actor).Sequence, [], [], [.. bodies.Select(b => new OutgoingMessage(Target, "note", b))], [],
        null, null))
        .ShouldBe(CommitOutcome.Committed);
}
