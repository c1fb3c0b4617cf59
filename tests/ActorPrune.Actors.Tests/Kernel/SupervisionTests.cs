using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class SupervisionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_restart_keeps_the_mailbox_and_the_reference_and_loses_the_state()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));
        actor.Tell(new Order.Add(10));
        actor.Tell(Failures.Boom);
        actor.Tell(new Order.Add(1));
        var value = actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1));

        test.ResultOf(value).ShouldBe(1);
        probe.ExpectMessages("counter started", "counter restarts after boom", "counter stopped", "counter started");
        test.DeadLetters.ShouldBeEmpty();
    }

    [Fact]
    public void The_back_off_doubles_up_to_its_maximum_in_virtual_time()
    {
        var strategy = SupervisorStrategy.OneForOne(minBackoff: Second, maxBackoff: TimeSpan.FromSeconds(5), window: TimeSpan.FromHours(1));
        using var test = ActorTestSystem.Deterministic(options: new ActorSystemOptions { GuardianStrategy = strategy, Throughput = 1 });
        var probe = test.Probe<string>();
        var actor = test.Spawn("failing", () => new Counter(probe.Ref));
        probe.ExpectMessage("counter started");
        foreach (var expected in new[] { 1, 2, 4, 5, 5 })
        {
            var failedAt = test.Clock.Elapsed;
            actor.Tell(Failures.Boom);
            probe.FishForMessage(m => m == "counter started");
            (test.Clock.Elapsed - failedAt).ShouldBe(TimeSpan.FromSeconds(expected));
        }
    }

    [Fact]
    public void Restarts_that_left_the_window_no_longer_count()
    {
        var strategy = SupervisorStrategy.OneForOne(maxRestarts: 1, minBackoff: Second, window: TimeSpan.FromMinutes(1));
        using var test = ActorTestSystem.Deterministic(options: new ActorSystemOptions { GuardianStrategy = strategy });
        var probe = test.Probe<string>();
        var actor = test.Spawn("failing", () => new Counter());
        for (var i = 0; i < 5; i++)
        {
            actor.Tell(Failures.Boom);
            test.Advance(TimeSpan.FromMinutes(1));
        }

        probe.Watch(actor);
        probe.HasTerminated(actor).ShouldBeFalse();
        test.Events.OfType<KernelEvent.ActorRestarting>().Select(e => (e.Restarts, e.Backoff)).ShouldBe(Enumerable.Repeat((1, Second), 5));
    }

    [Fact]
    public void After_the_limit_the_actor_stops_and_watchers_hear_of_it()
    {
        var strategy = SupervisorStrategy.OneForOne(maxRestarts: 2);
        using var test = ActorTestSystem.Deterministic(options: new ActorSystemOptions { GuardianStrategy = strategy });
        var probe = test.Probe<string>();
        var actor = test.Spawn("failing", () => new Counter());
        var watcher = test.Spawn("watcher", () => new Counter(probe.Ref));
        watcher.Tell(new Order.Do(context => context.Watch(actor, new Order.Note("gone"))));
        probe.ExpectMessage("counter started");
        actor.Tell(Failures.Boom);
        actor.Tell(Failures.Boom);
        test.Advance(TimeSpan.FromSeconds(5));
        probe.ExpectNoMessage();
        actor.Tell(Failures.Boom);

        probe.ExpectMessage("gone");
        var limit = test.Events.OfType<KernelEvent.RestartLimitReached>().ShouldHaveSingleItem();
        (limit.Path, limit.MaxRestarts).ShouldBe((actor.Path, 2));
    }

    [Fact]
    public void A_limit_that_the_back_off_makes_unreachable_is_refused()
    {
        Should.Throw<ArgumentException>(() => SupervisorStrategy.OneForOne(maxRestarts: 10, minBackoff: Second, window: TimeSpan.FromMinutes(1)))
            .Message.ShouldContain("never be reached");
    }

    [Fact]
    public void Resume_keeps_state_and_loses_only_the_message_that_failed()
    {
        using var test = Supervised(SupervisorStrategy.OneForOne(_ => Directive.Resume));
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(new Order.Add(10));
        actor.Tell(Failures.Boom);
        actor.Tell(new Order.Add(1));

        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), Second)).ShouldBe(11);
    }

    [Fact]
    public void Stop_ends_the_child_at_its_first_failure()
    {
        using var test = Supervised(SupervisorStrategy.Stopping);
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));
        actor.Tell(Failures.Boom);

        probe.ExpectTerminated(actor);
        probe.ExpectMessages("counter started", "counter stopped");
    }

    [Fact]
    public void The_decider_sees_the_exception()
    {
        using var test = Supervised(SupervisorStrategy.OneForOne(e => e is FormatException ? Directive.Resume : Directive.Stop));
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(new Order.Add(4));
        actor.Tell(new Order.Throw(new FormatException("forgiven")));
        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), Second)).ShouldBe(4);

        actor.Tell(Failures.Boom);

        probe.ExpectTerminated(actor);
    }

    [Fact]
    public void An_escalated_failure_becomes_the_parents_own_and_its_restart_starts_new_children()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var parent = test.Spawn(
            "parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = SupervisorStrategy.OneForOne(_ => Directive.Escalate) });
        parent.Tell(Failures.ForChild("a"));
        test.Advance(TimeSpan.FromMinutes(1));

        Drain(probe).ShouldBe([
            "parent started", "parent restarts after boom", "parent stopped", "parent started",
            "a started", "a stopped", "a started", "b started", "b stopped", "b started",
        ], ignoreOrder: true);
        test.Events.OfType<KernelEvent.FailureEscalated>().ShouldHaveSingleItem().Child.ShouldBe("actor://test/user/parent/a");
    }

    [Fact]
    public void A_parent_that_is_resumed_after_an_escalation_resumes_the_child()
    {
        using var test = Supervised(SupervisorStrategy.OneForOne(_ => Directive.Resume));
        var probe = test.Probe<string>();
        var parent = test.Spawn(
            "parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = SupervisorStrategy.OneForOne(_ => Directive.Escalate) });
        parent.Tell(Failures.ForChild("a"));
        parent.Tell(new Order.Do(context => ((ActorRef<Order>)context.Children[0]).Tell(new Order.Note("a goes on"))));
        test.RunUntilIdle();

        Drain(probe).ShouldBe(["parent started", "a started", "b started", "a goes on"], ignoreOrder: true);
    }

    [Fact]
    public void A_failure_that_escalates_beyond_the_guardian_terminates_the_system()
    {
        using var test = Supervised(SupervisorStrategy.OneForOne(_ => Directive.Escalate));
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(Failures.Boom);

        test.Await(test.System.WhenTerminated);
        test.Events.OfType<KernelEvent.GuardianFailed>().ShouldHaveSingleItem().Cause.Message.ShouldBe("boom");
    }

    [Fact]
    public void A_decider_that_throws_makes_the_parent_fail()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var strategy = SupervisorStrategy.OneForOne(_ => throw new InvalidOperationException("cannot decide"));
        var parent = test.Spawn("parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = strategy });
        parent.Tell(Failures.ForChild("a"));
        test.RunUntilIdle();

        Drain(probe).ShouldContain("parent restarts after cannot decide");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void All_for_one_restarts_the_siblings_too_each_once(long seed)
    {
        using var test = ActorTestSystem.Deterministic(seed);
        var probe = test.Probe<string>();
        var parent = test.Spawn(
            "parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = SupervisorStrategy.AllForOne() });
        parent.Tell(Failures.ForChild("a"));
        test.Advance(TimeSpan.FromMinutes(1));

        Drain(probe).ShouldBe([
            "parent started", "a started", "b started", "a restarts after boom", "a stopped", "b restarts after boom", "b stopped",
            "a started", "b started",
        ], ignoreOrder: true);
    }

    [Fact]
    public void All_for_one_takes_failures_of_several_children_at_a_time_as_one()
    {
        var roundsOfRestarts = new List<int>();
        for (var seed = 0L; seed < 20; seed++)
        {
            using var test = ActorTestSystem.Deterministic(seed);
            var probe = test.Probe<string>();
            var parent = test.Spawn(
                "parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = SupervisorStrategy.AllForOne() });
            parent.Tell(new Order.Do(context =>
            {
                foreach (var child in context.Children)
                {
                    ((ActorRef<Order>)child).Tell(Failures.Boom);
                }
            }));
            test.Advance(TimeSpan.FromMinutes(1));

            var rounds = test.Events.OfType<KernelEvent.ActorRestarting>().Select(e => e.Restarts).Max();
            var diary = Drain(probe);
            diary.Count(l => l == "a started").ShouldBe(1 + rounds);
            diary.Count(l => l == "b started").ShouldBe(1 + rounds);
            roundsOfRestarts.Add(rounds);
        }

        // Two where the order to restart overtook the second child's message, which then failed in the new instance; one where both had
        // failed.
        roundsOfRestarts.Distinct().ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public void All_for_one_stops_all_when_the_limit_is_reached()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var strategy = SupervisorStrategy.AllForOne(maxRestarts: 1);
        var parent = test.Spawn("parent", () => new Parent(probe.Ref), new ActorOptions { SupervisorStrategy = strategy });
        parent.Tell(Failures.ForChild("a"));
        test.Advance(TimeSpan.FromSeconds(10));
        parent.Tell(Failures.ForChild("b"));
        test.Advance(TimeSpan.FromSeconds(10));

        Drain(probe).TakeLast(2).ShouldBe(["a stopped", "b stopped"], ignoreOrder: true);
        test.Events.OfType<KernelEvent.ActorStopped>().Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(Directive.Restart)]
    [InlineData(Directive.Resume)]
    public void A_failure_in_PreStart_is_restarted_with_back_off_until_it_succeeds(Directive directive)
    {
        using var test = Supervised(SupervisorStrategy.OneForOne(_ => directive, minBackoff: Second, window: TimeSpan.FromHours(1)));
        var probe = test.Probe<string>();
        var attempts = 0;
        var actor = test.Spawn("late", () => new StartsAtAttempt(++attempts, 4, probe.Ref));
        actor.Tell("hello");

        probe.ExpectMessage("hello to attempt 4");
        test.Clock.Elapsed.ShouldBe(TimeSpan.FromSeconds(1 + 2 + 4));
        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_failure_in_PreStart_beyond_the_limit_stops_the_actor_and_its_mail_becomes_dead_letters()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var attempts = 0;
        var actor = test.Spawn("never", () => new StartsAtAttempt(++attempts, int.MaxValue, probe.Ref));
        actor.Tell("hello");

        probe.ExpectTerminated(actor, TimeSpan.FromMinutes(5));
        attempts.ShouldBe(11);
        test.DeadLetters.Select(d => d.Message).ShouldBe(["hello"]);
    }

    [Fact]
    public void A_factory_that_throws_is_supervised_like_any_failure()
    {
        using var test = ActorTestSystem.Deterministic();
        var calls = 0;
        var actor = test.Spawn<Order>("made-late", () => ++calls < 3 ? throw new InvalidOperationException("not yet") : new Counter());

        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1))).ShouldBe(0);
        calls.ShouldBe(3);
    }

    [Fact]
    public void An_actor_can_be_stopped_while_it_waits_for_its_restart()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));
        actor.Tell(Failures.Boom);
        test.RunUntilIdle();
        test.System.Stop(actor);
        probe.ExpectTerminated(actor);
        test.Advance(TimeSpan.FromHours(1));

        Drain(probe).ShouldBe(["counter started", "counter restarts after boom", "counter stopped"]);
    }

    [Fact]
    public void A_restarting_actors_children_are_stopped_before_the_new_instance_starts()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            using var test = Supervised(SupervisorStrategy.OneForOne(minBackoff: TimeSpan.Zero), seed);
            var probe = test.Probe<string>();
            var parent = test.Spawn("parent", () => new Parent(probe.Ref));
            parent.Tell(Failures.Boom);
            test.RunUntilIdle();

            var diary = Drain(probe);
            var secondStart = diary.LastIndexOf("parent started");
            diary.IndexOf("a stopped").ShouldBeLessThan(secondStart);
            diary.IndexOf("b stopped").ShouldBeLessThan(secondStart);
            diary.Count(l => l == "a started").ShouldBe(2);
        }
    }

    private static ActorTestSystem Supervised(SupervisorStrategy strategy, long seed = 1) =>
        ActorTestSystem.Deterministic(seed, new ActorSystemOptions { GuardianStrategy = strategy, Throughput = 1 });

    private static List<string> Drain(TestProbe<string> probe) => [.. Enumerable.Range(0, probe.Count).Select(_ => probe.ExpectMessage())];

    private sealed class Parent(ActorRef<string> diary) : Counter(diary, "parent")
    {
        protected override void PreStart()
        {
            base.PreStart();
            Context.Spawn("a", () => new Counter(Diary, "a"));
            Context.Spawn("b", () => new Counter(Diary, "b"));
        }
    }

    private sealed class StartsAtAttempt(int attempt, int succeedsAt, ActorRef<string> diary) : Actor<string>
    {
        protected override void PreStart()
        {
            if (attempt < succeedsAt)
            {
                throw new InvalidOperationException($"attempt {attempt}");
            }
        }

        protected override void Receive(string message) => diary.Tell($"{message} to attempt {attempt}");
    }
}
