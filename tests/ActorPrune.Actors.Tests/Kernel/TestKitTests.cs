using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;
using Xunit.Sdk;

namespace ActorPrune.Actors.Tests.Kernel;

/// <summary>Expectations must fail when they should: otherwise no test that is built on them could.</summary>
public class TestKitTests
{
    private readonly ActorTestSystem test = ActorTestSystem.Deterministic(5);
    private readonly TestProbe<object> probe;

    public TestKitTests() => probe = test.Probe<object>("listener");

    [Fact]
    public void A_message_that_never_comes_fails_after_the_patience_in_virtual_time_with_seed_and_dead_letters()
    {
        var actor = test.Spawn("counter", () => new Counter());
        test.System.Stop(actor);
        test.RunUntilIdle();
        actor.Tell(new Order.Note("lost"));

        var error = Should.Throw<XunitException>(() => probe.ExpectMessage("hello"));

        test.Clock.Elapsed.ShouldBe(ActorTestSystem.DefaultPatience);
        error.Message.ShouldContain("Expected hello at the probe 'listener'");
        error.Message.ShouldContain("seed 5");
        error.Message.ShouldContain("lost");
    }

    [Fact]
    public void A_message_that_a_timer_sends_is_waited_for_and_the_clock_stands_at_its_time()
    {
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(new Order.Do(c => c.Timers.StartSingle("t", TimeSpan.FromSeconds(4), new Order.Do(_ => probe.Ref.Tell("tick")))));

        probe.ExpectMessage("tick");

        test.Clock.Elapsed.ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_message_of_another_type_fails_by_name()
    {
        probe.Ref.Tell("text");
        probe.ExpectMessage<string>().ShouldBe("text");
        probe.Ref.Tell(5);

        Should.Throw<XunitException>(() => probe.ExpectMessage<string>()).Message.ShouldContain("Expected a String at the probe 'listener', but 5 came");
    }

    [Fact]
    public void No_message_fails_for_one_that_waits_and_for_one_that_comes_within_the_time()
    {
        probe.ExpectNoMessage(TimeSpan.FromSeconds(1));
        probe.Ref.Tell("early");
        Should.Throw<XunitException>(() => probe.ExpectNoMessage()).Message.ShouldContain("Still waiting here: early");
        probe.ExpectMessage("early");
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(new Order.Do(c => c.Timers.StartSingle("t", TimeSpan.FromSeconds(4), new Order.Do(_ => probe.Ref.Tell("tick")))));

        probe.ExpectNoMessage(TimeSpan.FromSeconds(3));
        Should.Throw<XunitException>(() => probe.ExpectNoMessage(TimeSpan.FromSeconds(1))).Message.ShouldContain("tick");
    }

    [Fact]
    public void Absence_is_not_claimed_on_real_threads()
    {
        using var real = ActorTestSystem.OnThreadPool();

        Should.Throw<InvalidOperationException>(() => real.Probe<int>().ExpectNoMessage());
    }

    [Fact]
    public void Fishing_drops_what_does_not_fit_and_fails_when_nothing_does()
    {
        foreach (var n in new object[] { 1, 2, 3 })
        {
            probe.Ref.Tell(n);
        }

        probe.FishForMessage(m => m is 2).ShouldBe(2);
        Should.Throw<XunitException>(() => probe.FishForMessage(m => m is 1)).Message.ShouldContain("Taken so far (the last 20): 1, 2, 3");
    }

    [Fact]
    public void An_actor_that_goes_on_fails_the_expectation_of_its_end()
    {
        var actor = test.Spawn("lively", () => new Counter());

        Should.Throw<XunitException>(() => probe.ExpectTerminated(actor)).Message.ShouldContain("actor://test/user/lively");
        test.System.Stop(actor);
        probe.ExpectTerminated(actor);
    }

    [Fact]
    public void An_endless_exchange_is_stopped_with_the_seed()
    {
        var endless = new DeterministicDispatcher(3);
        void Again() => endless.Schedule(Again);
        Again();

        Should.Throw<InvalidOperationException>(() => endless.RunUntilIdle(100)).Message.ShouldContain("seed 3");
    }
}
