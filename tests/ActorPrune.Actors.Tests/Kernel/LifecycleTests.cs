using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class LifecycleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Children_stop_before_their_parents_and_each_runs_PostStop_once(long seed)
    {
        using var test = ActorTestSystem.Deterministic(seed);
        var probe = test.Probe<string>();
        var parent = test.Spawn("parent", () => new Family(probe.Ref, "root", 2));
        test.RunUntilIdle();
        test.System.Stop(parent);
        test.System.Stop(parent);
        test.RunUntilIdle();

        var diary = Enumerable.Range(0, probe.Count).Select(_ => probe.ExpectMessage()).ToList();
        var stops = diary.Where(l => l.EndsWith("stopped", StringComparison.Ordinal)).Select(l => l[..^" stopped".Length]).ToList();

        stops.Count.ShouldBe(7);
        stops.Distinct().Count().ShouldBe(7);
        foreach (var name in stops.Where(n => n != "root"))
        {
            var itsParent = name[..name.LastIndexOf('.')];
            stops.IndexOf(name).ShouldBeLessThan(stops.IndexOf(itsParent));
        }
    }

    [Fact]
    public void Terminating_the_system_stops_all_actors_and_later_messages_are_dead_letters()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));

        var terminated = test.System.TerminateAsync();
        test.System.TerminateAsync().ShouldBeSameAs(terminated);
        test.Await(terminated);

        probe.ExpectMessages("counter started", "counter stopped");
        actor.Tell(new Order.Add(1));
        test.System.DeadLetters.Count.ShouldBe(1);
        Should.Throw<InvalidOperationException>(() => test.Spawn("late", () => new Counter())).Message.ShouldContain("late");
    }

    [Fact]
    public void Stopping_while_a_message_is_handled_finishes_that_message_first()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));
        actor.Tell(new Order.Do(context =>
        {
            context.StopSelf();
            probe.Ref.Tell("still here");
        }));
        actor.Tell(new Order.Note("never"));

        probe.ExpectMessages("counter started", "still here", "counter stopped");
        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_watcher_hears_of_the_end_after_all_that_the_actor_had_sent_it()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            using var test = ActorTestSystem.Deterministic(seed);
            var probe = test.Probe<string>();
            var watcher = test.Spawn("watcher", () => new Counter(probe.Ref));
            var watched = test.Spawn("watched", () => new Counter());
            watcher.Tell(new Order.Do(context => context.Watch(watched, new Order.Note("gone"))));
            probe.ExpectMessage("counter started");
            watched.Tell(new Order.Do(context =>
            {
                watcher.Tell(new Order.Note("first"));
                watcher.Tell(new Order.Note("second"));
                context.StopSelf();
            }));

            probe.ExpectMessages("first", "second", "gone");
            probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void Watching_an_actor_that_has_stopped_already_says_so_at_once()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var watched = test.Spawn("watched", () => new Counter());
        test.System.Stop(watched);
        test.RunUntilIdle();
        var watcher = test.Spawn("watcher", () => new Counter(probe.Ref));

        watcher.Tell(new Order.Do(context => context.Watch(watched, new Order.Note("gone"))));

        probe.ExpectMessages("counter started", "gone");
    }

    [Fact]
    public void Unwatching_takes_back_a_termination_that_waits_in_the_mailbox()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var watched = test.Spawn("watched", () => new Counter());
        test.System.Stop(watched);
        test.RunUntilIdle();
        var watcher = test.Spawn("watcher", () => new Counter(probe.Ref));

        watcher.Tell(new Order.Do(context =>
        {
            context.Watch(watched, new Order.Note("gone"));
            context.Unwatch(watched);
        }));

        probe.ExpectMessage("counter started");
        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Watching_again_replaces_the_message()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var watched = test.Spawn("watched", () => new Counter());
        var watcher = test.Spawn("watcher", () => new Counter(probe.Ref));
        watcher.Tell(new Order.Do(context =>
        {
            context.Watch(watched, new Order.Note("old"));
            context.Watch(watched.Narrow<Order.Add>(), new Order.Note("new"));
        }));
        test.RunUntilIdle();
        test.System.Stop(watched);

        probe.ExpectMessages("counter started", "new");
        probe.ExpectNoMessage(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_parent_that_watched_its_child_can_reuse_the_name_when_it_hears_of_the_end()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            using var test = ActorTestSystem.Deterministic(seed);
            var probe = test.Probe<string>();
            var parent = test.Spawn("parent", () => new Respawner(probe.Ref));
            parent.Tell("stop the child");

            probe.ExpectMessages("child started", "child stopped", "child started");
            parent.Tell("which children?");
            probe.ExpectMessage("actor://test/user/parent/child");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a/b")]
    [InlineData("a#b")]
    public void A_name_that_would_break_paths_is_refused(string name)
    {
        using var test = ActorTestSystem.Deterministic();

        Should.Throw<ArgumentException>(() => test.Spawn(name, () => new Counter()));
    }

    [Fact]
    public void A_name_that_a_living_sibling_has_is_refused()
    {
        using var test = ActorTestSystem.Deterministic();
        test.Spawn("one", () => new Counter());

        Should.Throw<InvalidOperationException>(() => test.Spawn("one", () => new Counter())).Message.ShouldContain("'one'");
    }

    [Fact]
    public void Only_its_own_children_can_be_stopped_through_a_context()
    {
        using var test = ActorTestSystem.Deterministic();
        var stranger = test.Spawn("stranger", () => new Counter());
        var actor = test.Spawn("actor", () => new Counter());
        actor.Tell(new Order.Do(context => context.Stop(stranger)));
        test.RunUntilIdle();

        test.Events.OfType<KernelEvent.ActorFailed>().ShouldHaveSingleItem().Cause.Message.ShouldContain("actor://test/user/stranger");
    }

    [Fact]
    public void A_context_refuses_to_be_used_outside_the_actors_turn()
    {
        using var test = ActorTestSystem.Deterministic();
        IActorContext<Order>? leaked = null;
        var actor = test.Spawn("actor", () => new Counter());
        actor.Tell(new Order.Do(context => leaked = context));
        test.RunUntilIdle();

        leaked!.Self.ShouldBe(actor);
        Should.Throw<InvalidOperationException>(leaked.StopSelf).Message.ShouldContain("PipeToSelf");
        Should.Throw<InvalidOperationException>(() => leaked.Timers.CancelAll());
        Should.Throw<InvalidOperationException>(() => leaked.Spawn("child", () => new Counter(), null));
    }

    [Fact]
    public void A_hook_that_throws_is_reported_and_stopping_goes_on()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("actor", () => new ThrowsInPostStop());
        test.System.Stop(actor);

        probe.ExpectTerminated(actor);
        test.Events.OfType<KernelEvent.HookFailed>().ShouldHaveSingleItem().Path.ShouldBe(actor.Path);
    }

    private sealed class Family(ActorRef<string> diary, string name, int depth) : Counter(diary, name)
    {
        private readonly string name = name;

        protected override void PreStart()
        {
            base.PreStart();
            for (var i = 0; i < (depth > 0 ? 2 : 0); i++)
            {
                var childName = $"{name}.{i}";
                Context.Spawn(childName, () => new Family(Diary!, childName, depth - 1));
            }
        }
    }

    private sealed class Respawner(ActorRef<string> diary) : Actor<string>
    {
        private ActorRef<Order>? child;

        protected override void PreStart() => SpawnChild();

        protected override void Receive(string message)
        {
            switch (message)
            {
                case "stop the child":
                    Context.Stop(child!);
                    break;
                case "gone":
                    SpawnChild();
                    break;
                default:
                    diary.Tell(string.Join(' ', Context.Children.Select(c => c.Path)));
                    break;
            }
        }

        private void SpawnChild()
        {
            child = Context.Spawn("child", () => new Counter(diary, "child"));
            Context.Watch(child, "gone");
        }
    }

    private sealed class ThrowsInPostStop : Actor<Order>
    {
        protected override void Receive(Order message)
        {
        }

        protected override void PostStop() => throw new InvalidOperationException("cannot let go");
    }
}
