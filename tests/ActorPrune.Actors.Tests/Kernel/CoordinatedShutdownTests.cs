using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class CoordinatedShutdownTests
{
    private readonly ActorTestSystem test = ActorTestSystem.Deterministic();
    private readonly List<string> diary = [];

    private CoordinatedShutdown Shutdown => test.System.CoordinatedShutdown;

    [Fact]
    public void Phases_run_in_their_order_and_the_actors_stop_last()
    {
        var probe = test.Probe<string>();
        test.Spawn("counter", () => new Counter(probe.Ref.ContravariantMap<string>(Note)));
        test.RunUntilIdle();
        Shutdown.AddTask(ShutdownPhase.HandBack, "leases", _ => Noting("hand back"));
        Shutdown.AddTask(ShutdownPhase.StopTakingWork, "queue", _ => Noting("stop taking work"));
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "jobs", _ => Noting("checkpoint"));

        test.Await(Shutdown.RunAsync("test"));

        diary.ShouldBe(["counter started", "stop taking work", "checkpoint", "hand back", "counter stopped"]);
        test.System.WhenTerminated.IsCompletedSuccessfully.ShouldBeTrue();
        Shutdown.Reason.ShouldBe("test");
    }

    [Fact]
    public void It_runs_once_and_a_second_call_returns_the_same_task()
    {
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "jobs", _ => Noting("checkpoint"));

        var first = Shutdown.RunAsync("first");
        var second = Shutdown.RunAsync("second");

        second.ShouldBeSameAs(first);
        test.Await(first);
        diary.ShouldBe(["checkpoint"]);
        Shutdown.Reason.ShouldBe("first");
    }

    [Fact]
    public void The_tasks_of_a_phase_run_side_by_side_and_the_next_phase_waits_for_all()
    {
        var one = new TaskCompletionSource();
        var two = new TaskCompletionSource();
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "one", _ => one.Task);
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "two", _ => Noting("two began", two.Task));
        Shutdown.AddTask(ShutdownPhase.HandBack, "three", _ => Noting("three began"));
        var running = Shutdown.RunAsync("test");

        test.RunUntilIdle();
        diary.ShouldBe(["two began"]);
        DeterministicDispatcher.Inline(one.SetResult);
        test.RunUntilIdle();
        diary.ShouldBe(["two began"]);
        DeterministicDispatcher.Inline(two.SetResult);
        test.Await(running);
        diary.ShouldBe(["two began", "three began"]);
    }

    [Fact]
    public void A_phase_that_takes_too_long_is_left_behind_by_name_and_its_tasks_are_cancelled()
    {
        CancellationToken given = default;
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "quick", _ => Task.CompletedTask);
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "stuck", token =>
        {
            given = token;
            return new TaskCompletionSource().Task;
        });
        Shutdown.AddTask(ShutdownPhase.HandBack, "leases", _ => Noting($"hand back after {test.Clock.Elapsed.TotalSeconds} s"));

        test.Await(Shutdown.RunAsync("test"), TimeSpan.FromMinutes(5));

        diary.ShouldBe(["hand back after 30 s"]);
        given.IsCancellationRequested.ShouldBeTrue();
        var late = test.Events.OfType<KernelEvent.ShutdownPhaseTimedOut>().ShouldHaveSingleItem();
        (late.Phase, late.Timeout, late.Unfinished).ShouldBe((ShutdownPhase.Checkpoint, TimeSpan.FromSeconds(30), "stuck"));
    }

    [Fact]
    public void A_task_that_fails_is_reported_and_the_others_go_on()
    {
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "broken", _ => throw new InvalidOperationException("disk full"));
        Shutdown.AddTask(ShutdownPhase.Checkpoint, "sound", _ => Noting("sound"));

        var running = Shutdown.RunAsync("test");
        test.Await(running);

        running.IsCompletedSuccessfully.ShouldBeTrue();
        diary.ShouldBe(["sound"]);
        var failed = test.Events.OfType<KernelEvent.ShutdownTaskFailed>().ShouldHaveSingleItem();
        (failed.Phase, failed.Task, failed.Cause.Message).ShouldBe((ShutdownPhase.Checkpoint, "broken", "disk full"));
    }

    [Fact]
    public void Tasks_for_an_unknown_phase_and_tasks_after_the_begin_are_refused()
    {
        Should.Throw<ArgumentException>(() => Shutdown.AddTask("tea", "kettle", _ => Task.CompletedTask)).Message.ShouldContain(ShutdownPhase.Checkpoint);

        Shutdown.RunAsync("test");

        Should.Throw<InvalidOperationException>(() => Shutdown.AddTask(ShutdownPhase.Checkpoint, "late", _ => Task.CompletedTask))
            .Message.ShouldContain("'late'");
    }

    [Fact]
    public void Own_phases_replace_the_default_ones_and_must_be_sensible()
    {
        var own = new ActorSystemOptions { ShutdownPhases = [new("one", TimeSpan.FromSeconds(1)), new("one", TimeSpan.FromSeconds(1))] };

        Should.Throw<ArgumentException>(() => ActorTestSystem.Deterministic(options: own)).Message.ShouldContain("distinct");
        using var other = ActorTestSystem.Deterministic(options: own with { ShutdownPhases = [new("only", TimeSpan.FromSeconds(1))] });
        other.Await(other.System.CoordinatedShutdown.RunAsync("test"));
        other.Events.OfType<KernelEvent.ShutdownPhaseStarted>().Select(e => e.Phase).ShouldBe(["only", ShutdownPhase.TerminateActors]);
    }

    private Task Noting(string what, Task? until = null)
    {
        diary.Add(what);
        return until ?? Task.CompletedTask;
    }

    private string Note(string what)
    {
        diary.Add(what);
        return what;
    }
}
