using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_job_is_claimed_computed_and_its_result_delivered_to_who_asked()
    {
        Ask(Started("alpha"), ("g1", 3));

        var job = ClaimJob(NodeB);
        (job.Spec, job.Node, job.Attempt, job.Checkpoint, job.Experiment).ShouldBe((Evaluation("g1"), NodeB, 1, null, "alpha"));
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
        var running = Journal.FindJob(job.Spec.Key).ShouldNotBeNull();
        (running.Status, running.Node, running.StartedAt).ShouldBe((JobStatus.Leased, NodeB, Clock.GetUtcNow()));

        Journal.Complete(job, Result(0.125), 2.5).ShouldBeTrue();

        var outcome = Outcomes(Root("alpha")).ShouldHaveSingleItem();
        outcome.Key.ShouldBe(Evaluation("g1").Key);
        outcome.Failure.ShouldBeNull();
        outcome.Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.125);
        outcome.Result.Artifacts["weights"].ShouldBe(Result(0.125).Artifacts["weights"]);
        Inbox(Root("alpha"))[^1].From.ShouldBeNull();
        var done = Journal.FindJob(job.Spec.Key).ShouldNotBeNull();
        (done.Spec, done.Status, done.Attempts, done.Seconds, done.Node).ShouldBe((Evaluation("g1"), JobStatus.Done, 1, 2.5, NodeB));
        done.Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.125);
    }

    [Fact]
    public void Jobs_that_wait_for_an_evaluator_are_counted_as_long_as_their_experiment_runs()
    {
        Journal.QueuedJobs().ShouldBe(0);
        Ask(Started("alpha"), ("g1", 0), ("g2", 0), ("g3", 0));
        Journal.QueuedJobs().ShouldBe(3);

        var job = ClaimJob();
        Journal.QueuedJobs().ShouldBe(2);
        Journal.Release(job).ShouldBeTrue();
        Journal.QueuedJobs().ShouldBe(3);
        Journal.Complete(ClaimJob(), Result(0.5), 1).ShouldBeTrue();
        Journal.QueuedJobs().ShouldBe(2);

        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);
        Journal.QueuedJobs().ShouldBe(0);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.1 + 0.2)]
    public void Figures_survive_exactly_also_those_of_a_diverged_training(double error)
    {
        Ask(Started("alpha"), ("g1", 0));
        Journal.Complete(ClaimJob(), Result(error), 1).ShouldBeTrue();

        Outcomes(Root("alpha")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(error);
    }

    [Fact]
    public void The_largest_priority_comes_first_and_equal_ones_in_the_order_of_asking()
    {
        Ask(Started("alpha"), ("a", 0), ("b", 5), ("c", -1), ("d", 5), ("e", 0));

        Enumerable.Range(0, 5).Select(_ => ClaimJob().Spec).ShouldBe(new[] { "b", "d", "a", "e", "c" }.Select(Evaluation));
    }

    [Fact]
    public void A_more_urgent_request_moves_a_queued_job_ahead_and_a_less_urgent_one_does_not_hold_it_back()
    {
        var alpha = Started("alpha");
        Ask(alpha, ("a", 1), ("b", 1));
        Ask(alpha, ("b", 2), ("a", 0));

        ClaimJob().Spec.ShouldBe(Evaluation("b"));
        ClaimJob().Spec.ShouldBe(Evaluation("a"));
    }

    [Fact]
    public void Equal_keys_of_two_experiments_are_computed_once_and_delivered_to_both()
    {
        Ask(Started("alpha"), ("g", 0));
        Ask(Started("beta"), ("g", 0));

        Journal.Complete(ClaimJob(), Result(0.5), 1).ShouldBeTrue();

        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Outcomes(Root("alpha")).Length.ShouldBe(1);
        Outcomes(Root("beta")).Length.ShouldBe(1);
        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 1, Computed: 1, Cached: 0, Failed: 0, Attempts: 1));
        Journal.Counts("beta").ShouldBe(new EvaluationCounts(Requested: 1, Computed: 0, Cached: 1, Failed: 0, Attempts: 0));
    }

    [Fact]
    public void A_known_result_arrives_in_the_very_commit_that_asks()
    {
        Ask(Started("alpha"), ("g", 0));
        Journal.Complete(ClaimJob(), Result(0.5), 1);

        Ask(Started("beta"), ("g", 0));

        Outcomes(Root("beta")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.5);
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_actor_that_asks_twice_before_it_looked_gets_one_answer(bool known)
    {
        var lease = Started("alpha");
        Ask(lease, ("g", 0));
        if (known)
        {
            Journal.Complete(ClaimJob(), Result(0.5), 1);
        }

        Ask(lease, ("g", 0), ("g", 0));
        if (!known)
        {
            Journal.Complete(ClaimJob(), Result(0.5), 1);
        }

        Outcomes(Root("alpha")).Length.ShouldBe(1);
        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 3, Computed: 1, Cached: 2, Failed: 0, Attempts: 1));
    }

    [Fact]
    public void A_turn_that_consumes_an_answer_and_asks_again_is_answered_again()
    {
        var lease = Started("alpha");
        Ask(lease, ("g", 0));
        Journal.Complete(ClaimJob(), Result(0.5), 1);
        var answer = Inbox(Root("alpha"))[^1];

        Commit(Nothing(lease, 0) with { Consumed = [answer.Id], Jobs = [new JobRequest(Evaluation("g"), 0)] });

        Outcomes(Root("alpha")).Length.ShouldBe(1);
        Inbox(Root("alpha"))[^1].Id.ShouldBeGreaterThan(answer.Id);
    }

    [Fact]
    public void Two_actors_of_an_experiment_are_both_answered()
    {
        var root = Started("alpha");
        var island = new ActorId("alpha", "island");
        Commit(Nothing(root, 0) with { Messages = [new OutgoingMessage(island, "go", "")] });
        Ask(root, ("g", 0));
        Ask(Claim(island, NodeA), ("g", 0));

        Journal.Complete(ClaimJob(), Result(0.5), 1);

        Outcomes(Root("alpha")).Length.ShouldBe(1);
        Outcomes(island).Length.ShouldBe(1);
    }

    [Fact]
    public void An_answer_makes_its_actor_available()
    {
        var lease = Started("alpha");
        Commit(Nothing(lease, 0) with { Consumed = [Inbox(Root("alpha"))[0].Id], Jobs = [new JobRequest(Evaluation("g"), 0)] });
        Journal.Release(lease);
        Journal.ClaimActors(NodeA, 10, Lease).ShouldBeEmpty();

        Journal.Complete(ClaimJob(), Result(0.5), 1);

        Claim(Root("alpha"), NodeA);
    }

    // ---- leases

    [Fact]
    public void A_lapsed_job_goes_to_another_and_its_old_holder_can_write_nothing()
    {
        Ask(Started("alpha"), ("g", 0));
        var paused = ClaimJob(NodeA);
        Clock.Advance(BeyondLease);

        var other = ClaimJob(NodeB);

        other.Attempt.ShouldBe(2);
        other.Token.ShouldBeGreaterThan(paused.Token);
        Journal.Complete(paused, Result(0.9), 1).ShouldBeFalse();
        Journal.Checkpoint(paused, ArtifactId.Of([1])).ShouldBeFalse();
        Journal.Fail(paused, "late", 1).ShouldBeFalse();
        Journal.Release(paused).ShouldBeFalse();
        Journal.Complete(other, Result(0.1), 1).ShouldBeTrue();
        Outcomes(Root("alpha")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.1);
        Journal.Counts("alpha").ShouldBe(new EvaluationCounts(Requested: 1, Computed: 1, Cached: 0, Failed: 0, Attempts: 2));
    }

    [Fact]
    public void A_node_that_comes_back_late_does_not_take_its_own_lapsed_jobs_from_itself()
    {
        Ask(Started("alpha"), ("g", 1), ("h", 0));
        var held = ClaimJob(NodeA);
        Clock.Advance(BeyondLease);

        ClaimJob(NodeA).Spec.ShouldBe(Evaluation("h"));
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.ClaimJob(NodeA, Lease, WorkScope.Of("alpha")).ShouldBeNull();

        Journal.Complete(held, Result(0.5), 1).ShouldBeTrue();
    }

    [Fact]
    public void A_lapsed_job_of_which_its_node_knows_nothing_is_freed_and_may_come_back_to_it()
    {
        Ask(Started("alpha"), ("g", 0));
        ClaimJob(NodeA);
        Clock.Advance(BeyondLease);

        Journal.FreeJobsExcept(NodeA, []);

        ClaimJob(NodeA).Spec.ShouldBe(Evaluation("g"));
    }

    [Fact]
    public void A_lapsed_job_that_nobody_has_taken_can_still_be_completed()
    {
        Ask(Started("alpha"), ("g", 0));
        var job = ClaimJob();
        Clock.Advance(BeyondLease);

        Journal.Complete(job, Result(0.5), 1).ShouldBeTrue();
        Journal.ClaimJob(NodeB, Lease).ShouldBeNull();
    }

    [Fact]
    public void A_lapsed_job_takes_its_old_place_in_the_queue()
    {
        Ask(Started("alpha"), ("a", 0), ("b", 0), ("urgent", 1));
        ClaimJob().Spec.ShouldBe(Evaluation("urgent"));
        ClaimJob().Spec.ShouldBe(Evaluation("a"));
        Clock.Advance(BeyondLease);

        Enumerable.Range(0, 3).Select(_ => ClaimJob(NodeB).Spec).ShouldBe(new[] { "urgent", "a", "b" }.Select(Evaluation));
    }

    [Fact]
    public void A_result_is_written_and_delivered_once()
    {
        Ask(Started("alpha"), ("g", 0));
        var job = ClaimJob();
        Journal.Complete(job, Result(0.5), 1).ShouldBeTrue();

        Journal.Complete(job, Result(0.7), 1).ShouldBeFalse();
        Journal.Fail(job, "late", 1).ShouldBeFalse();
        Journal.Release(job).ShouldBeFalse();

        Outcomes(Root("alpha")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.5);
    }

    [Fact]
    public void A_released_job_is_claimed_again_with_its_checkpoint_and_no_failure_counted()
    {
        Ask(Started("alpha"), ("g", 0));
        var job = ClaimJob();
        var checkpoint = ArtifactId.Of([1, 2, 3]);
        Journal.Checkpoint(job, checkpoint).ShouldBeTrue();
        Journal.Release(job).ShouldBeTrue();
        Journal.Complete(job, Result(0.5), 1).ShouldBeFalse();

        var again = ClaimJob(NodeB);
        (again.Checkpoint, again.Attempt).ShouldBe((checkpoint, 2));
        Journal.Fail(again, "first failure", 2).ShouldBeTrue();
        Journal.FindJob(job.Spec.Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public void Each_job_goes_to_one_of_the_threads_and_instances_that_race_for_it()
    {
        var genomes = Enumerable.Range(0, 60).Select(i => ($"g{i}", i % 3)).ToArray();
        Ask(Started("alpha"), genomes);

        var claimed = Race([OpenAnother(), OpenAnother(), Journal, Journal], j =>
        {
            var mine = new List<JobLease>();
            while (mine.Count <= genomes.Length && j.ClaimJob(NodeB, Lease) is { } job)
            {
                mine.Add(job);
                j.Complete(job, Result(0.5), 1).ShouldBeTrue();
            }

            return mine;
        }).SelectMany(c => c).ToList();

        claimed.Select(c => c.Spec.Key.Hex).Order().ShouldBe(genomes.Select(g => Evaluation(g.Item1).Key.Hex).Order());
        claimed.Select(c => c.Token).Distinct().Count().ShouldBe(60);
        Outcomes(Root("alpha")).Select(o => o.Key).Distinct().Count().ShouldBe(60);
        Outcomes(Root("alpha")).Length.ShouldBe(60);
    }

    [Fact]
    public void Requests_that_race_with_the_completion_of_their_job_are_all_answered()
    {
        var names = Enumerable.Range(0, 4).Select(i => $"e{i}").ToList();
        var leases = names.Select(n => Started(n)).ToList();
        Ask(leases[0], ("g", 0));
        var job = ClaimJob();
        var asking = leases.Select(l => (Lease: l, Journal: OpenAnother())).ToList();
        asking.Add((null!, OpenAnother()));

        Race(asking, a => a.Lease is null
            ? a.Journal.Complete(job, Result(0.5), 1)
            : a.Journal.Commit(Nothing(a.Lease, 0) with { Jobs = [new JobRequest(Evaluation("g"), 0)] }) == CommitOutcome.Committed)
            .ShouldAllBe(done => done);

        // Also the first experiment, which asked twice: its second request came before the result, or found it unread.
        names.ForEach(n => Outcomes(Root(n)).Length.ShouldBe(1));
    }
}
