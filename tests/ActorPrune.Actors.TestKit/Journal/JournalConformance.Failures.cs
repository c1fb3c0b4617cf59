using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_job_fails_for_good_after_the_last_attempt_and_the_reason_is_delivered()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Fail(ClaimJob(), "out of memory", 3).ShouldBeTrue();
        Journal.Fail(ClaimJob(), "out of memory", 3).ShouldBeTrue();
        Outcomes(Root("alpha")).ShouldBeEmpty();

        Journal.Fail(ClaimJob(), "really out of memory", 3).ShouldBeTrue();

        var outcome = Outcomes(Root("alpha")).ShouldHaveSingleItem();
        (outcome.Result, outcome.Failure).ShouldBe((null, "really out of memory"));
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        var row = Journal.FindJob(Evaluation("g").Key).ShouldNotBeNull();
        (row.Status, row.Attempts, row.Failure).ShouldBe((JobStatus.Failed, 3, "really out of memory"));
        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 1, Computed: 0, Cached: 0, Failed: 1, Attempts: 3));
    }

    [Fact]
    public void An_attempt_that_ended_with_its_node_is_not_a_failed_one()
    {
        Ask(Started("alpha"), ("g", 0));
        for (var i = 0; i < 5; i++)
        {
            ClaimJob(i % 2 == 0 ? NodeA : NodeB);
            Clock.Advance(BeyondLease);
        }

        Journal.Join(Node(NodeB, "b"), Lease);
        ClaimJob(NodeB);
        Journal.Leave(NodeB);

        var seventh = ClaimJob(NodeA);
        seventh.Attempt.ShouldBe(7);
        Journal.Fail(seventh, "first failure", 2).ShouldBeTrue();
        ClaimJob(NodeA).Attempt.ShouldBe(8);
    }

    [Fact]
    public void Asking_again_for_a_failed_job_delivers_the_failure()
    {
        var root = Started("alpha");
        var island = new ActorId("alpha", "island");
        Commit(Nothing(root, 0) with { Messages = [new OutgoingMessage(island, "go", "")] });
        Ask(root, ("g", 0));
        Journal.Fail(ClaimJob(), "malformed", 1);

        // Whichever actor of the experiment it was that asked before.
        Ask(root, ("g", 0));
        Ask(Claim(island, NodeA), ("g", 0));

        Outcomes(Root("alpha")).ShouldHaveSingleItem().Failure.ShouldBe("malformed");
        Outcomes(island).ShouldHaveSingleItem().Failure.ShouldBe("malformed");
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 3, Computed: 0, Cached: 0, Failed: 3, Attempts: 1));
    }

    // A failure may be that of a day: a full disk, a missing folder, a fault of the program. Whoever was told to begin anew under another name
    // must not be told the same failure at once.
    [Fact]
    public void An_experiment_that_asks_for_a_failed_job_for_the_first_time_has_it_computed_anew()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Fail(ClaimJob(), "disk full", 1);
        var beta = Started("beta");

        Ask(beta, ("other", 1), ("g", 1), ("g", 2));

        Outcomes(Root("beta")).ShouldBeEmpty();
        var again = ClaimJob();
        (again.Spec, again.Attempt, again.Experiment).ShouldBe((Evaluation("g"), 2, "beta"));
        Journal.Fail(again, "once more", 2).ShouldBeTrue();
        Journal.Complete(ClaimJob(), Result(0.25), 1).ShouldBeTrue();
        Outcomes(Root("beta")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.25);
        Outcomes(Root("alpha")).ShouldHaveSingleItem().Failure.ShouldBe("disk full", "it keeps what it was told");
        Journal.Counts("beta").Failed.ShouldBe(0);
    }

    [Fact]
    public void Of_a_failed_job_that_is_computed_anew_all_who_asked_meanwhile_are_told()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Fail(ClaimJob(), "disk full", 1);
        Ask(Started("beta"), ("g", 0));
        Ask(Started("gamma"), ("g", 0));

        Journal.Fail(ClaimJob(), "malformed", 1).ShouldBeTrue();

        Outcomes(Root("beta")).ShouldHaveSingleItem().Failure.ShouldBe("malformed");
        Outcomes(Root("gamma")).ShouldHaveSingleItem().Failure.ShouldBe("malformed");
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_retried_failure_is_computed_anew_and_answered_once(bool failureWasRead)
    {
        var lease = Started("alpha");
        Ask(lease, ("bad", 0), ("good", 0));
        Journal.Fail(ClaimJob(), "disk full", 1);
        Journal.Complete(ClaimJob(), Result(0.5), 1);
        if (failureWasRead)
        {
            Commit(Nothing(lease, 0) with { Consumed = [.. Inbox(Root("alpha")).Select(m => m.Id)] });
        }

        Journal.RetryFailed("alpha").ShouldBe(1);

        Outcomes(Root("alpha")).ShouldAllBe(o => o.Failure == null);
        var again = ClaimJob();
        (again.Spec, again.Attempt).ShouldBe((Evaluation("bad"), 2));
        Journal.Fail(again, "once more", 2).ShouldBeTrue();
        Journal.Complete(ClaimJob(), Result(0.25), 1).ShouldBeTrue();
        Outcomes(Root("alpha")).Count(o => o.Key == Evaluation("bad").Key).ShouldBe(1);
        Journal.Counts("alpha").Failed.ShouldBe(0);
        Journal.RetryFailed("alpha").ShouldBe(0);
    }

    [Fact]
    public void A_retry_before_the_experiment_is_resumed_waits_for_the_resumption()
    {
        Ask(Started("alpha"), ("bad", 0));
        Journal.Fail(ClaimJob(), "disk full", 1);
        Journal.SetStatus("alpha", ExperimentStatus.Failed, "disk full");
        Journal.RetryFailed("alpha").ShouldBe(1);
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();

        Journal.SetStatus("alpha", ExperimentStatus.Running, null);

        ClaimJob().Spec.ShouldBe(Evaluation("bad"));
    }

    [Fact]
    public void Another_experiment_keeps_the_failure_it_was_told_until_it_asks_again()
    {
        Ask(Started("alpha"), ("bad", 0));
        var beta = Started("beta");
        Ask(beta, ("bad", 0));
        Journal.Fail(ClaimJob(), "disk full", 1);
        Journal.RetryFailed("alpha").ShouldBe(1);
        Outcomes(Root("beta")).ShouldHaveSingleItem().Failure.ShouldBe("disk full");

        Ask(beta, ("bad", 0));
        Journal.Complete(ClaimJob(), Result(0.25), 1).ShouldBeTrue();

        Outcomes(Root("beta")).ShouldHaveSingleItem().Result.ShouldNotBeNull();
        Outcomes(Root("alpha")).ShouldHaveSingleItem().Result.ShouldNotBeNull();
    }

    [Fact]
    public void Retrying_leaves_other_experiments_failures_alone()
    {
        Ask(Started("alpha"), ("bad", 0));
        Started("beta");
        Journal.Fail(ClaimJob(), "malformed", 1);

        Journal.RetryFailed("beta").ShouldBe(0);
        Journal.RetryFailed("none").ShouldBe(0);

        Journal.FindJob(Evaluation("bad").Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Failed);
    }

    // ---- reports

    [Fact]
    public void The_jobs_of_an_experiment_are_listed_in_the_order_of_asking_each_once()
    {
        var lease = Started("alpha");
        Ask(Started("beta"), ("other", 0), ("shared", 0));
        Ask(lease, ("b", 0), ("shared", 0));
        Ask(lease, ("a", 0), ("b", 0));

        Journal.Jobs("alpha").Select(j => j.Spec).ShouldBe(new[] { "b", "shared", "a" }.Select(Evaluation));
        Journal.Jobs("none").ShouldBeEmpty();
    }

    [Fact]
    public void Only_evaluations_are_counted()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Jobs = [new JobRequest(new JobSpec(JobKinds.TrainBase, "{}"), 1), new JobRequest(Evaluation("g"), 0)] });

        Journal.Complete(ClaimJob(), Result(0.5), 1);

        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 1, Computed: 0, Cached: 0, Failed: 0, Attempts: 0));
        Journal.Counts("none").ShouldBe(new EvaluationCounts(0, 0, 0, 0, 0));
    }
}
