using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void Artifacts_of_configurations_and_of_asked_jobs_with_checkpoints_and_results_are_named()
    {
        var (given, input, checkpoint, lost) = (ArtifactId.Of([0]), ArtifactId.Of([1]), ArtifactId.Of([2]), ArtifactId.Of([3]));
        Journal.TryCreate("alpha", $$"""{"weights":"{{given}}"}""", "1.0", new OutgoingMessage(Root("alpha"), "start", "{}")).ShouldBeTrue();
        var lease = Claim(Root("alpha"), NodeA);
        var open = new JobSpec(JobKinds.Evaluate, $$"""{"weights":"{{input}}"}""");
        Commit(Nothing(lease, 0) with { Jobs = [new JobRequest(open, 2), new JobRequest(Evaluation("g"), 1), new JobRequest(Evaluation("h"), 0)] });
        var running = ClaimJob();
        Journal.Checkpoint(running, lost);
        Journal.Checkpoint(running, checkpoint);
        Journal.Complete(ClaimJob(), Result(0.5), 1);

        Journal.NamedArtifacts().IsSupersetOf([given, input, checkpoint, Weights(0.5)]).ShouldBeTrue();
        Journal.NamedArtifacts().ShouldNotContain(lost);

        Journal.Complete(running, Result(0.25), 1);
        Journal.NamedArtifacts().IsSupersetOf([given, input, Weights(0.25), Weights(0.5)]).ShouldBeTrue();
        Journal.NamedArtifacts().ShouldNotContain(checkpoint);
    }

    [Fact]
    public void What_only_a_deleted_experiment_asked_for_is_named_no_more_and_may_be_deleted()
    {
        Ask(Started("alpha"), ("own", 1), ("shared", 0));
        Ask(Started("beta"), ("shared", 0));
        Journal.Complete(ClaimJob(), Result(0.5), 1);
        Journal.Complete(ClaimJob(), Result(0.25), 1);

        Journal.Delete("alpha");

        Journal.NamedArtifacts().ShouldContain(Weights(0.25));
        Journal.NamedArtifacts().ShouldNotContain(Weights(0.5));
        Journal.FindJob(Evaluation("own").Key).ShouldNotBeNull();
        Journal.DeleteUnaskedJobs().ShouldBeTrue();
        Journal.FindJob(Evaluation("own").Key).ShouldBeNull();
        Journal.FindJob(Evaluation("shared").Key).ShouldNotBeNull().Result.ShouldNotBeNull();
        Journal.Jobs("beta").Length.ShouldBe(1);
    }

    [Fact]
    public void A_deleted_job_is_computed_anew_for_whoever_asks()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Complete(ClaimJob(), Result(0.5), 1);
        Journal.Delete("alpha");
        Journal.DeleteUnaskedJobs().ShouldBeTrue();

        Ask(Started("beta"), ("g", 0));

        Journal.Complete(ClaimJob(), Result(0.5), 1).ShouldBeTrue();
        Outcomes(Root("beta")).ShouldHaveSingleItem().Result.ShouldNotBeNull();
        Journal.Counts("beta").Computed.ShouldBe(1);
    }

    [Fact]
    public void While_a_node_lives_nothing_is_cleaned()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Complete(ClaimJob(), Result(0.5), 1);
        Journal.Delete("alpha");
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();

        Journal.DeleteUnaskedJobs().ShouldBeFalse();
        Journal.WithoutNodes(_ => throw new InvalidOperationException("called while a node lives")).ShouldBeFalse();

        Journal.FindJob(Evaluation("g").Key).ShouldNotBeNull();
        Journal.Nodes().ShouldHaveSingleItem().Alive.ShouldBeTrue();
    }

    [Fact]
    public void A_node_that_has_lapsed_is_dead_once_the_store_is_cleaned()
    {
        Journal.Join(Node(NodeA, "a"), Lease).ShouldBeTrue();
        Ask(Started("alpha"), ("g", 0));
        var held = ClaimJob();
        Clock.Advance(BeyondLease);
        ImmutableHashSet<ArtifactId>? named = null;

        Journal.WithoutNodes(n => named = n).ShouldBeTrue();

        named.ShouldNotBeNull().ShouldBeEmpty();
        Journal.Nodes().ShouldBeEmpty();
        Journal.Renew(NodeA, Lease).ShouldBeFalse();
        Journal.Complete(held, Result(0.5), 1).ShouldBeFalse("the artifacts of its result may have been removed");
        Journal.FindJob(Evaluation("g").Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Queued);
    }

    private static ArtifactId Weights(double error) => Result(error).Artifacts["weights"];
}
