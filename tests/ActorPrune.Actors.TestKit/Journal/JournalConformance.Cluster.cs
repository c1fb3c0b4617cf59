using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>Several nodes on one store: who may take what, and who does what.</summary>
public abstract partial class JournalConformance
{
    private static readonly WorkScope OfLaterEngine = new() { Engine = "2.0" };

    [Fact]
    public void Nothing_of_an_experiment_is_given_to_another_version_of_the_engine()
    {
        Journal.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(Root("alpha"), "start", "{}")).ShouldBeTrue();
        Journal.TryCreate("beta", "{}", "2.0", new OutgoingMessage(Root("beta"), "start", "{}")).ShouldBeTrue();

        var beta = Journal.ClaimActors(NodeB, 10, Lease, OfLaterEngine).ShouldHaveSingleItem();
        beta.Actor.ShouldBe(Root("beta"));
        Ask(Claim(Root("alpha"), NodeA), ("a", 9));
        Ask(beta, ("b", 0));

        Journal.ClaimJob(NodeB, Lease, OfLaterEngine).ShouldNotBeNull().Spec.ShouldBe(Evaluation("b"));
        Journal.ClaimJob(NodeB, Lease, OfLaterEngine).ShouldBeNull();
        Clock.Advance(BeyondLease);
        Journal.ClaimActors(NodeB, 10, Lease, OfLaterEngine).Select(c => c.Actor).ShouldBe([Root("beta")]);
        Journal.ClaimJob(NodeA, Lease, OfLaterEngine with { Engine = "1.0" }).ShouldNotBeNull().Spec.ShouldBe(Evaluation("a"));
    }

    [Fact]
    public void A_node_that_can_compute_some_experiments_is_given_jobs_of_these_alone()
    {
        Ask(Started("alpha"), ("a", 9));
        Ask(Started("beta"), ("b", 5));
        Ask(Started("gamma"), ("c", 0), ("a", 0));
        JobLease? Next(params ImmutableArray<string> names) =>
            Journal.ClaimJob(NodeB, Lease, new WorkScope { Engine = "1.0", Experiments = names });

        Next().ShouldBeNull();
        Next("alph", "lpha", "alphabeta").ShouldBeNull();
        Next("gamma", "beta").ShouldNotBeNull().Spec.ShouldBe(Evaluation("a"));
        Next("beta", "gamma").ShouldNotBeNull().Spec.ShouldBe(Evaluation("b"));
        Next("gamma").ShouldNotBeNull().Spec.ShouldBe(Evaluation("c"));
        Journal.ClaimActors(NodeB, 10, Lease, new WorkScope { Experiments = [] }).ShouldBeEmpty();
    }

    [Fact]
    public void Only_experiments_that_run_are_listed_to_nodes()
    {
        Started("alpha");
        Started("beta");
        Started("gamma");
        Journal.SetStatus("beta", ExperimentStatus.Stopped, null);

        Journal.RunningExperiments().ShouldBe([Journal.Find("alpha").ShouldNotBeNull(), Journal.Find("gamma").ShouldNotBeNull()]);
    }

    [Fact]
    public void Nodes_share_the_actors_of_an_experiment()
    {
        Join(NodeA, "a");
        Join(NodeB, "b");
        WithIslands("alpha", 4);
        Journal.FairShare("alpha").ShouldBe(3);

        var first = Journal.ClaimActors(NodeA, 10, Lease);
        var second = Journal.ClaimActors(NodeB, 10, Lease);

        first.Length.ShouldBe(3);
        second.Length.ShouldBe(2);
        Journal.ClaimActors(NodeA, 10, Lease).ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_is_alone_takes_all_and_has_less_to_hold_when_another_comes()
    {
        Join(NodeA, "a");
        WithIslands("alpha", 4);
        Journal.ClaimActors(NodeA, 10, Lease).Length.ShouldBe(5);
        Journal.FairShare("alpha").ShouldBe(5);

        Join(NodeB, "b");

        Journal.FairShare("alpha").ShouldBe(3);
        Journal.Leave(NodeB);
        Journal.FairShare("alpha").ShouldBe(5);
    }

    [Fact]
    public void The_share_of_a_node_that_fell_silent_goes_to_the_others()
    {
        Join(NodeA, "a");
        Join(NodeB, "b");
        WithIslands("alpha", 4);
        Journal.ClaimActors(NodeA, 10, Lease).Length.ShouldBe(3);

        Clock.Advance(BeyondLease);
        Journal.Renew(NodeB, Lease).ShouldBeTrue();

        Journal.ClaimActors(NodeB, 10, Lease).Length.ShouldBe(5);
    }

    [Fact]
    public void Nodes_that_cannot_own_an_experiments_actors_have_no_share_in_them()
    {
        Join(NodeA, "a");
        Journal.Join(Node(NodeB, "evaluators alone") with { Roles = ["evaluators"] }, Lease).ShouldBeTrue();
        Journal.Join(Node(new NodeId("c"), "other engine") with { Engine = "2.0" }, Lease).ShouldBeTrue();
        Journal.Join(Node(new NodeId("d"), "bound to another") with { Experiment = "beta" }, Lease).ShouldBeTrue();
        WithIslands("alpha", 4);

        Journal.ClaimActors(NodeA, 10, Lease).Length.ShouldBe(5);
        Journal.Nodes().Select(n => n.Info.Experiment).ShouldBe([null, null, null, "beta"], ignoreOrder: true);
    }

    [Fact]
    public void Of_an_experiment_that_does_not_run_a_node_holds_nothing()
    {
        Join(NodeA, "a");
        WithIslands("alpha", 2);
        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);

        Journal.FairShare("alpha").ShouldBe(0);
        Journal.FairShare("nobody").ShouldBe(0);
    }

    [Fact]
    public void A_job_whose_experiment_was_stopped_is_named_to_its_holder()
    {
        Ask(Started("alpha"), ("a", 2));
        Ask(Started("beta"), ("b", 1));
        var (first, second) = (ClaimJob(NodeB), ClaimJob(NodeB));
        Journal.UnwantedJobs(NodeB).ShouldBeEmpty();

        Journal.SetStatus("beta", ExperimentStatus.Stopped, null);
        Journal.UnwantedJobs(NodeB).ShouldBe([second.Token]);
        Journal.UnwantedJobs(NodeA).ShouldBeEmpty();

        Journal.Delete("alpha");
        Journal.UnwantedJobs(NodeB).ShouldBe([first.Token, second.Token], ignoreOrder: true);
        Journal.Release(second).ShouldBeTrue();
        Journal.UnwantedJobs(NodeB).ShouldBe([first.Token]);
    }

    [Fact]
    public void What_each_node_does_and_has_done_is_seen_with_the_time_of_the_store()
    {
        Join(NodeA, "a");
        Clock.Advance(TimeSpan.FromSeconds(10));
        Join(NodeB, "b");
        Ask(Started("alpha", NodeA), ("g1", 9), ("g2", 8), ("g3", 7), ("g4", 6));
        Journal.Complete(ClaimJob(NodeB), Result(0.5), 1);
        Clock.Advance(TimeSpan.FromSeconds(15));
        Journal.Complete(ClaimJob(NodeB), Result(0.5), 1);
        Journal.Fail(ClaimJob(NodeB), "no", 1);
        ClaimJob(NodeB);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Journal.Renew(NodeB, Lease);

        var seen = OpenAnother().Activity(TimeSpan.FromSeconds(10));

        seen.Now.ShouldBe(Clock.GetUtcNow());
        var (a, b) = (seen.Nodes[0], seen.Nodes[1]);
        (a.Node.Info.Name, a.Node.Alive, a.Node.SeenAt, a.Actors, a.Completed, a.Span)
            .ShouldBe(("a", false, Clock.GetUtcNow() - TimeSpan.FromSeconds(30), 1, 0, TimeSpan.FromSeconds(10)));
        a.Jobs.ShouldBeEmpty();
        (b.Node.Alive, b.Node.SeenAt, b.Actors, b.Completed, b.Rate).ShouldBe((true, Clock.GetUtcNow(), 0, 1, 360));
        b.Jobs.ShouldBe([new JobInFlight(JobKinds.Evaluate, "alpha", Clock.GetUtcNow() - TimeSpan.FromSeconds(5), 1)]);
        OpenAnother().Activity(TimeSpan.FromHours(1)).Nodes[1].ShouldSatisfyAllConditions(
            n => n.Completed.ShouldBe(2), n => n.Span.ShouldBe(TimeSpan.FromSeconds(20)));
    }

    private void Join(NodeId id, string name) => Journal.Join(Node(id, name), Lease).ShouldBeTrue();

    /// <summary>An experiment whose first actor is free again and has mail, as have its islands.</summary>
    private void WithIslands(string experiment, int islands)
    {
        var root = Started(experiment, new NodeId("starter"));
        Commit(Nothing(root, 0) with
        {
            Messages = [.. Enumerable.Range(1, islands).Select(i => new OutgoingMessage(new ActorId(experiment, $"island-{i}"), "go", ""))],
        });
        Journal.Release(root);
    }
}
