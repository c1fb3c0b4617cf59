using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;
using ActorPrune.Actors.TestKit.Simulation;

namespace ActorPrune.Actors.Tests.Cluster;

public sealed class ActorShardTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly ActorId Target = new("tally", "target #1/a");
    private static readonly NodeId Here = new("here");

    private readonly ActorTestSystem system = ActorTestSystem.Deterministic();
    private readonly SqliteJournal journal;
    private readonly ActorLease postman;
    private readonly List<string> log = [];

    public ActorShardTests()
    {
        journal = new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = system.Clock });
        journal.TryCreate("tally", "{}", "1.0", new OutgoingMessage(new ActorId("tally", "postman"), "go", string.Empty));
        postman = journal.ClaimActors(new NodeId("post"), 1, TimeSpan.FromDays(1)).Single();
    }

    public void Dispose()
    {
        system.Dispose();
        journal.Dispose();
    }

    [Fact]
    public void Mail_brings_an_actor_to_life_whatever_its_name_and_later_mail_reaches_it_without_a_wake_up()
    {
        Start(journal);
        Send("1");
        system.Advance(TimeSpan.FromSeconds(2));
        Send("2");
        system.Advance(TimeSpan.FromSeconds(2));

        Noted().ShouldBe(["1", "2"]);
    }

    [Fact]
    public void An_actor_that_came_back_under_a_later_lease_goes_on_although_its_former_incarnation_stops()
    {
        Start(journal);
        Send("1");
        system.Advance(TimeSpan.FromSeconds(2));

        // Nobody renews: the lease lapses, and the next mail makes the same node claim the actor again.
        system.Clock.Advance(Lease);
        Send("2");
        system.Advance(TimeSpan.FromSeconds(2));
        Send("3");
        system.Advance(TimeSpan.FromSeconds(2));

        Noted().ShouldBe(["1", "2", "3"]);
        system.Events.OfType<KernelEvent.ActorStopped>().Count(e => e.Path.Contains("target", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void A_shard_that_is_started_again_gives_free_what_its_former_instance_held()
    {
        var faults = 0;
        using var faulty = new FaultyJournal(journal, call => call == nameof(IJournal.ClaimActors) && ++faults == 5
            ? throw new InvalidOperationException("a mistake") : Fault.None);
        Start(faulty);
        Send("1");
        system.RunUntil(() => faults >= 5).ShouldBeTrue();
        Send("2");
        system.Advance(TimeSpan.FromSeconds(3));

        system.Events.OfType<KernelEvent.ActorRestarting>().ShouldHaveSingleItem();
        Noted().ShouldBe(["1", "2"]);
    }

    [Fact]
    public void A_claim_whose_answer_was_lost_holds_an_actor_up_for_a_moment_only()
    {
        var claims = 0;
        Send("1");
        using var faulty = new FaultyJournal(
            journal, call => call == nameof(IJournal.ClaimActors) && ++claims == 1 ? Fault.After : Fault.None);
        Start(faulty);

        system.Advance(TimeSpan.FromSeconds(3));

        Noted().ShouldBe(["1"]);
        log.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_store_that_is_away_for_an_hour_is_waited_for_and_named_once()
    {
        using var faulty = new FaultyJournal(journal);
        Start(faulty);
        Send("1");
        system.Advance(TimeSpan.FromSeconds(2));
        faulty.Cut();
        Send("2");
        system.Advance(TimeSpan.FromHours(1));
        faulty.Mend();
        system.Advance(TimeSpan.FromSeconds(15));

        Noted().ShouldBe(["1", "2"]);
        log.ShouldHaveSingleItem();
    }

    [Fact]
    public void An_actor_without_mail_is_given_back_and_its_next_mail_may_go_to_another_node()
    {
        Start(journal);
        Send("1");
        system.Advance(TimeSpan.FromMinutes(2));
        Send("2");

        journal.ClaimActors(new NodeId("elsewhere"), 10, Lease).ShouldHaveSingleItem().Actor.ShouldBe(Target);
    }

    [Fact]
    public void When_another_node_comes_an_actor_beyond_the_share_is_given_back_and_when_it_goes_taken_again()
    {
        var others = Enumerable.Range(1, 3).Select(i => new ActorId("tally", $"target #{i}/b")).ToList();
        journal.Commit(new Turn(postman, 0, [], [], [.. others.Select(o => new OutgoingMessage(o, "note", "1"))], [], null, null));
        Join(Here);
        Start(journal);
        system.Advance(TimeSpan.FromSeconds(2));

        // Each target sends copies to one more actor.
        Held().ShouldBe(4);

        // With the postman five actors for two nodes.
        var other = new NodeId("other");
        Join(other);
        system.Advance(TimeSpan.FromSeconds(3));
        Held().ShouldBe(3);
        journal.FairShare("tally").ShouldBe(3);

        journal.Leave(other);
        others.ForEach(o => journal.Commit(new Turn(postman, 0, [], [], [new OutgoingMessage(o, "note", "2")], [], null, null)));
        system.Advance(TimeSpan.FromSeconds(3));

        Held().ShouldBe(4);
        others.ForEach(o => journal.Events(o).Select(e => e.Body).ShouldBe(["1", "2"]));
    }

    [Fact]
    public void The_actors_of_an_experiment_that_was_stopped_are_given_back()
    {
        Join(Here);
        Start(journal);
        Send("1");
        system.Advance(TimeSpan.FromSeconds(2));
        Held().ShouldBe(2);

        journal.SetStatus("tally", ExperimentStatus.Stopped, null);
        system.Advance(TimeSpan.FromSeconds(2));

        Held().ShouldBe(0);
    }

    [Fact]
    public void Mail_that_an_actor_cannot_take_fails_the_experiment_with_the_reason()
    {
        Start(journal);
        SendKind("poison", "1");
        system.Advance(TimeSpan.FromSeconds(2));

        var experiment = journal.Find("tally")!;
        experiment.Status.ShouldBe(ExperimentStatus.Failed);
        experiment.Reason.ShouldBe($"{Target}: InvalidOperationException: poisonous mail");
    }

    [Fact]
    public void An_experiment_that_another_program_began_fails_once_with_what_to_do_and_nothing_else()
    {
        var recoveries = 0;
        Send("1");
        system.Spawn("shard", () => new ActorShard(Options(journal) with
        {
            Recover = lease =>
            {
                recoveries++;
                throw new OtherProgramException(lease.Actor.Experiment);
            },
        }), ActorShard.SpawnOptions);
        system.Advance(TimeSpan.FromMinutes(1));

        var experiment = journal.Find("tally")!;
        experiment.Status.ShouldBe(ExperimentStatus.Failed);
        experiment.Reason.ShouldBe(new OtherProgramException("tally").Message);
        log.ShouldBe([new OtherProgramException("tally").Message]);
        recoveries.ShouldBe(1);
    }

    [Fact]
    public void An_owner_that_was_replaced_cannot_fail_the_experiment()
    {
        SendKind("poison", "1");
        var old = journal.ClaimActors(Here, 1, Lease).Single();
        journal.Leave(Here);
        journal.ClaimActors(new NodeId("elsewhere"), 1, Lease).ShouldHaveSingleItem();

        var incarnation = system.Spawn("old", () => new Incarnation(journal, old, Recover(journal), log.Add));
        system.RunUntilIdle();

        journal.Find("tally")!.Status.ShouldBe(ExperimentStatus.Running);
        var probe = system.Probe<string>();
        probe.ExpectTerminated(incarnation);
    }

    private static Func<ActorLease, IPersistentActor> Recover(IJournal through) =>
        lease => new PersistentActor<ImmutableList<string>>(through, lease, new TallyDecider());

    private void Start(IJournal through) => system.Spawn("shard", () => new ActorShard(Options(through)), ActorShard.SpawnOptions);

    private ActorShardOptions Options(IJournal through) => new()
    {
        Journal = through,
        Node = Here,
        Lease = Lease,
        Recover = Recover(through),
        Log = log.Add,
    };

    private void Join(NodeId node) => journal.Join(
        new NodeInfo(node, node.Value, "elsewhere", 1, 1, [NodeRoles.Islands], "1.0", string.Empty), TimeSpan.FromDays(1)).ShouldBeTrue();

    /// <summary>Actors that this node owns, as the store has it.</summary>
    private int Held() => journal.Activity(TimeSpan.FromHours(1)).Nodes.Single(n => n.Node.Info.Id == Here).Actors;

    private string[] Noted() => [.. journal.Events(Target).Select(e => e.Body)];

    private void Send(string body) => SendKind("note", body);

    private void SendKind(string kind, string body) => journal.Commit(
        new Turn(postman, 0, [], [], [new OutgoingMessage(Target, kind, body)], [], null, null)).ShouldBe(CommitOutcome.Committed);
}
