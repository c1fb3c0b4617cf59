using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Tests.Evaluation;

public sealed partial class DevicePoolTests
{
    private static readonly StragglerRule Late = new(Factor: 3, Least: TimeSpan.FromSeconds(10));

    private StragglerRule? stragglers;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_idle_evaluator_begins_a_job_too_that_another_node_takes_unusually_long_for(bool otherWins)
    {
        var other = journal.ClaimJob(new NodeId("other"), Lease).ShouldNotBeNull();
        stragglers = Late;
        Start(evaluators: 2);
        CompleteTheRest();
        system.Advance(TimeSpan.FromSeconds(9));
        Running().ShouldBeEmpty();

        system.Advance(TimeSpan.FromSeconds(3));

        Running().ShouldBe([Job(0).Key]);
        log.ShouldHaveSingleItem().ShouldContain("takes another node unusually long");
        if (otherWins)
        {
            journal.Complete(other, runners[0].Result(), 12).ShouldBeTrue();
        }

        runners.Single(r => r.Context is not null).Succeed();
        system.RunUntilIdle();
        journal.Complete(other, runners[0].Result(), 13).ShouldBeFalse();
        Row(0).ShouldSatisfyAllConditions(
            r => r.Status.ShouldBe(JobStatus.Done), r => r.Attempts.ShouldBe(2), r => r.Node.ShouldBe(otherWins ? other.Node : Here));
        system.Advance(TimeSpan.FromMinutes(1));
        Running().ShouldBeEmpty();
    }

    [Fact]
    public void However_often_an_idle_pool_is_woken_it_asks_for_stragglers_once_a_poll()
    {
        stragglers = Late;
        var pool = Start(evaluators: 2);
        CompleteTheRest(from: 0);
        calls.Clear();

        for (var second = 0; second < 5; second++)
        {
            for (var wake = 0; wake < 20; wake++)
            {
                pool.Tell(new PoolMessage.Wake());
            }

            system.Advance(TimeSpan.FromSeconds(1));
        }

        calls.Count(c => c == nameof(IJournal.ClaimStraggler)).ShouldBeInRange(4, 6);
    }

    [Fact]
    public void A_pool_without_a_rule_leaves_stragglers_to_their_node()
    {
        journal.ClaimJob(new NodeId("other"), Lease).ShouldNotBeNull();
        Start(evaluators: 1);
        CompleteTheRest();
        system.Advance(TimeSpan.FromMinutes(9));

        Running().ShouldBeEmpty();
        calls.ShouldNotContain(nameof(IJournal.ClaimStraggler));
    }

    private void CompleteTheRest(int from = 1)
    {
        system.RunUntilIdle();
        while (runners.FirstOrDefault(r => r.Context is not null) is { } busy)
        {
            busy.Succeed();
            system.RunUntilIdle();
        }

        Enumerable.Range(from, 4 - from).ShouldAllBe(i => Row(i).Status == JobStatus.Done);
    }
}
