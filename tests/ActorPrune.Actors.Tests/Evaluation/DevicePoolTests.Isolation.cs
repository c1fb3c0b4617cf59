using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Tests.Evaluation;

public sealed partial class DevicePoolTests
{
    private readonly List<Runner> isolated = [];

    [Fact]
    public void A_job_whose_node_died_often_enough_is_computed_in_a_process_of_its_own_and_others_are_not()
    {
        Die(job: 0, times: 2);
        Start(evaluators: 1, isolateAfter: 2);
        system.RunUntilIdle();

        isolated.ShouldHaveSingleItem().Lease!.Spec.ShouldBe(Job(0));
        Running().ShouldBeEmpty();
        log.ShouldHaveSingleItem().ShouldContain("2 times so far: it is computed in a process of its own");

        isolated[0].Succeed();
        system.RunUntilIdle();

        Row(0).Status.ShouldBe(JobStatus.Done);
        Running().ShouldBe([Job(1).Key]);
        isolated.ShouldHaveSingleItem().Context.ShouldBeNull();
    }

    [Fact]
    public void A_job_whose_node_died_once_is_computed_like_any_other()
    {
        Die(job: 0, times: 1);
        Start(evaluators: 1, isolateAfter: 2);
        system.RunUntilIdle();

        Running().ShouldBe([Job(0).Key]);
        isolated.ShouldBeEmpty();
    }

    [Fact]
    public void A_job_that_ends_its_own_process_each_time_is_a_failed_candidate_with_its_reason()
    {
        Die(job: 0, times: 2);
        Start(evaluators: 1, isolateAfter: 2);
        system.RunUntilIdle();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Row(0).Status.ShouldBe(JobStatus.Leased);
            isolated.Single().Fail("ended by signal 11", final: false);
            system.RunUntilIdle();
        }

        Row(0).ShouldSatisfyAllConditions(
            r => r.Status.ShouldBe(JobStatus.Failed), r => r.Failure.ShouldBe("ended by signal 11"), r => r.Attempts.ShouldBe(5));
        Running().ShouldBe([Job(1).Key]);
    }

    [Fact]
    public void A_pool_that_trusts_nobody_computes_every_job_in_a_process_of_its_own()
    {
        Start(evaluators: 2, isolateAfter: 0);
        system.RunUntilIdle();

        isolated.Select(r => r.Lease!.Spec).ShouldBe([Job(0), Job(1)]);
        Running().ShouldBeEmpty();
        log.ShouldBeEmpty();
    }

    [Fact]
    public void Without_processes_of_their_own_suspected_jobs_are_computed_like_any_other()
    {
        Die(job: 0, times: 20);
        Start(evaluators: 1);
        system.RunUntilIdle();

        Running().ShouldBe([Job(0).Key]);
        log.ShouldHaveSingleItem().ShouldContain("is started for time 21");
    }

    [Fact]
    public void An_isolated_job_is_cancelled_by_a_drain_and_its_process_ended_with_the_pool()
    {
        Die(job: 0, times: 2);
        var pool = Start(evaluators: 1, isolateAfter: 2);
        system.RunUntilIdle();
        var probe = system.Probe<Drained>();
        pool.Tell(new PoolMessage.Drain(probe.Ref));
        system.RunUntilIdle();
        isolated[0].Context!.Cancellation.IsCancellationRequested.ShouldBeTrue();
        isolated[0].Stopped.ShouldBeFalse("it may save a checkpoint");
        isolated[0].HandBack();
        probe.ExpectMessage(TimeSpan.FromSeconds(1));

        system.System.Stop(pool);
        system.RunUntilIdle();

        isolated[0].Stopped.ShouldBeTrue();
        journal.ClaimJob(Here, Lease).ShouldNotBeNull().Deaths.ShouldBe(2, "handed back in good order");
    }

    /// <summary>Nodes that claim the job, and die with it.</summary>
    private void Die(int job, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var node = new NodeId($"dead-{i}");
            journal.ClaimJob(node, Lease).ShouldNotBeNull().Spec.ShouldBe(Job(job));
            journal.DeclareDead(node);
        }
    }
}
