using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class TimersAndStashTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ActorTestSystem test = ActorTestSystem.Deterministic();
    private readonly TestProbe<string> probe;
    private readonly ActorRef<Order> actor;

    public TimersAndStashTests()
    {
        probe = test.Probe<string>();
        actor = test.Spawn("actor", () => new Counter(probe.Ref), new ActorOptions { StashCapacity = 3 });
        probe.ExpectMessage("counter started");
    }

    [Fact]
    public void A_single_timer_fires_once_at_its_time()
    {
        Do(c => c.Timers.StartSingle("t", Second, new Order.Note("tick")));

        probe.ExpectNoMessage(Second - TimeSpan.FromTicks(1));
        test.Advance(TimeSpan.FromTicks(1));
        probe.ExpectMessage("tick");
        probe.ExpectNoMessage(TimeSpan.FromHours(1));
        Do(c => c.Timers.IsActive("t").ShouldBeFalse());
        NothingFailed();
    }

    [Fact]
    public void A_timer_without_delay_fires_after_the_messages_that_wait_already()
    {
        Do(c =>
        {
            c.Self.Tell(new Order.Note("before"));
            c.Timers.StartSingle("t", TimeSpan.Zero, new Order.Note("tick"));
        });

        probe.ExpectMessages("before", "tick");
        test.Clock.Elapsed.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_periodic_timer_fires_until_it_is_cancelled()
    {
        Do(c => c.Timers.StartPeriodic("t", Second, new Order.Note("tick")));
        test.Advance(TimeSpan.FromSeconds(3.5));
        probe.Count.ShouldBe(3);

        Do(c => c.Timers.Cancel("t"));
        test.Advance(TimeSpan.FromHours(1));
        probe.Count.ShouldBe(3);
    }

    [Fact]
    public void Ticks_do_not_pile_up_while_the_actor_is_suspended()
    {
        using var resumed = ActorTestSystem.Deterministic(options: new ActorSystemOptions
        {
            GuardianStrategy = SupervisorStrategy.OneForOne(_ => Directive.Resume),
        });
        var its = resumed.Probe<string>();
        var ticking = resumed.Spawn("ticking", () => new Counter(its.Ref));
        ticking.Tell(new Order.Do(c => c.Timers.StartPeriodic("t", Second, new Order.Note("tick"))));
        its.ExpectMessage("counter started");
        resumed.RunUntilIdle();

        // The clock moves on while no actor runs: as if the handler of one message had taken ten seconds.
        resumed.Clock.Advance(TimeSpan.FromSeconds(10));

        its.ExpectMessage("tick");
        its.ExpectNoMessage();
        resumed.Advance(Second);
        its.ExpectMessage("tick");
    }

    [Fact]
    public void A_timer_with_the_same_key_replaces_the_one_before()
    {
        Do(c =>
        {
            c.Timers.StartSingle("t", Second, new Order.Note("old"));
            c.Timers.StartSingle("t", Second * 2, new Order.Note("new"));
        });

        test.Advance(TimeSpan.FromMinutes(1));
        probe.ExpectMessage("new");
        probe.ExpectNoMessage();
    }

    [Fact]
    public void A_cancelled_timer_does_not_fire_even_when_its_message_waits_already()
    {
        Do(c => c.Timers.StartSingle("t", Second, new Order.Note("tick")));
        actor.Tell(new Order.Do(c => c.Timers.Cancel("t")));
        test.Clock.Advance(Second);
        test.RunUntilIdle();

        probe.ExpectNoMessage(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Timers_of_an_instance_end_with_its_restart_even_when_they_were_due_during_the_back_off()
    {
        Do(c => c.Timers.StartSingle("t", TimeSpan.FromMilliseconds(50), new Order.Note("single")));
        Do(c => c.Timers.StartPeriodic("p", TimeSpan.FromMilliseconds(60), new Order.Note("periodic")));
        Do(c => c.SetReceiveTimeout(TimeSpan.FromMilliseconds(70), new Order.Note("idle")));
        actor.Tell(Failures.Boom);

        probe.ExpectMessages("counter restarts after boom", "counter stopped", "counter started");
        probe.ExpectNoMessage(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_timer_of_the_old_instance_that_waits_in_the_mailbox_does_not_reach_the_new_one()
    {
        Do(c => c.Timers.StartSingle("t", Second, new Order.Note("old tick")));
        actor.Tell(Failures.Boom);
        test.Clock.Advance(Second);
        test.RunUntilIdle();

        probe.ExpectMessages("counter restarts after boom", "counter stopped", "counter started");
        probe.ExpectNoMessage(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_receive_timeout_comes_after_each_silence_and_messages_put_it_off()
    {
        Do(c => c.SetReceiveTimeout(Second * 2, new Order.Note("idle")));
        test.Advance(Second);
        actor.Tell(new Order.Add(1));
        probe.ExpectNoMessage(TimeSpan.FromSeconds(1.5));
        test.Advance(TimeSpan.FromSeconds(0.5));
        probe.ExpectMessage("idle");
        test.Advance(Second * 4);
        probe.ExpectMessages("idle", "idle");
        Do(c => c.CancelReceiveTimeout());
        probe.ExpectNoMessage(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Stashed_messages_come_back_in_their_order_before_all_that_waits()
    {
        var busy = true;
        foreach (var text in new[] { "1", "2" })
        {
            actor.Tell(new Order.Do(c => StashWhile(c, () => busy, text)));
        }

        actor.Tell(new Order.Do(c =>
        {
            busy = false;
            c.UnstashAll();
        }));
        actor.Tell(new Order.Note("3"));

        probe.ExpectMessages("1", "2", "3");
    }

    [Fact]
    public void Messages_that_are_stashed_again_stay_before_those_behind_them()
    {
        var open = 0;
        foreach (var text in new[] { "1", "2", "3" })
        {
            actor.Tell(new Order.Do(c => StashWhile(c, () => open == 0 || (open == 1 && text != "1"), text)));
        }

        Do(c =>
        {
            open = 1;
            c.UnstashAll();
        });
        probe.ExpectMessage("1");
        probe.ExpectNoMessage();
        Do(c =>
        {
            open = 2;
            c.UnstashAll();
        });

        probe.ExpectMessages("2", "3");
    }

    [Fact]
    public void A_full_stash_is_a_failure_and_the_restart_puts_the_stashed_messages_back()
    {
        var full = false;
        for (var i = 1; i <= 4; i++)
        {
            var text = $"{i}";
            actor.Tell(new Order.Do(c => StashWhile(c, () => !full, text)));
        }

        test.RunUntilIdle();
        full = true;

        var failure = test.Events.OfType<KernelEvent.ActorFailed>().ShouldHaveSingleItem();
        failure.Cause.ShouldBeOfType<StashOverflowException>().Message.ShouldContain("3 messages");
        probe.FishForMessage(m => m == "counter started");
        probe.ExpectMessages("1", "2", "3");
        probe.ExpectNoMessage();
    }

    [Fact]
    public void Stashing_a_message_twice_is_a_failure()
    {
        Do(c =>
        {
            c.Stash();
            c.Stash();
        });

        test.Events.OfType<KernelEvent.ActorFailed>().ShouldHaveSingleItem().Cause.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public void Stashed_messages_of_an_actor_that_stops_are_dead_letters()
    {
        Do(c => c.Stash());
        Do(c => c.StopSelf());

        test.DeadLetters.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.Terminated);
    }

    [Fact]
    public void The_result_of_a_task_comes_as_a_message_and_so_do_failure_and_cancellation()
    {
        var good = new TaskCompletionSource<int>();
        var bad = new TaskCompletionSource<int>();
        var cancelled = new TaskCompletionSource<int>();
        foreach (var source in new[] { good, bad, cancelled })
        {
            Do(c => c.PipeToSelf(source.Task, n => new Order.Note($"result {n}"), e => new Order.Note($"{e.GetType().Name}")));
        }

        probe.ExpectNoMessage();
        good.SetResult(3);
        probe.ExpectMessage("result 3");
        bad.SetException(new FormatException());
        probe.ExpectMessage("FormatException");
        cancelled.SetCanceled();
        probe.ExpectMessage("TaskCanceledException");
    }

    [Fact]
    public void The_result_of_a_task_that_an_earlier_instance_started_is_a_dead_letter()
    {
        var source = new TaskCompletionSource<int>();
        Do(c => c.PipeToSelf(source.Task, n => new Order.Note($"result {n}"), _ => new Order.Note("failed")));
        actor.Tell(Failures.Boom);
        probe.FishForMessage(m => m == "counter started");

        source.SetResult(3);

        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
        test.DeadLetters.ShouldBe([new DeadLetter(3, actor.Path, DeadLetterReason.EarlierIncarnation)]);
    }

    [Fact]
    public void The_result_of_a_task_whose_actor_has_stopped_is_a_dead_letter()
    {
        var source = new TaskCompletionSource<int>();
        Do(c => c.PipeToSelf(source.Task, n => new Order.Note($"result {n}"), _ => new Order.Note("failed")));
        Do(c => c.StopSelf());

        source.SetResult(3);

        test.DeadLetters.ShouldBe([new DeadLetter(3, actor.Path, DeadLetterReason.Terminated)]);
    }

    [Fact]
    public void Watches_of_an_instance_end_with_its_restart()
    {
        var other = test.Spawn("other", () => new Counter());
        Do(c => c.Watch(other, new Order.Note("gone")));
        actor.Tell(Failures.Boom);
        probe.FishForMessage(m => m == "counter started");
        test.System.Stop(other);

        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
    }

    private void StashWhile(IActorContext<Order> context, Func<bool> closed, string text)
    {
        if (closed())
        {
            context.Stash();
        }
        else
        {
            probe.Ref.Tell(text);
        }
    }

    private void Do(Action<IActorContext<Order>> what)
    {
        actor.Tell(new Order.Do(what));
        test.RunUntilIdle();
    }

    private void NothingFailed() => test.Events.OfType<KernelEvent.ActorFailed>().ShouldBeEmpty();
}
