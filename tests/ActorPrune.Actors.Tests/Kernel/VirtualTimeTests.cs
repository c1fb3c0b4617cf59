using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class VirtualTimeTests
{
    private readonly VirtualTimeProvider clock = new();
    private readonly List<string> fired = [];

    [Fact]
    public void Timers_fire_in_the_order_of_their_due_times_and_ties_in_the_order_of_setting()
    {
        Set("late", 3);
        Set("early", 1);
        Set("first of two", 2);
        Set("second of two", 2);

        clock.Advance(TimeSpan.FromSeconds(10));

        fired.ShouldBe(["early@1", "first of two@2", "second of two@2", "late@3"]);
        clock.Elapsed.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_timer_that_a_timer_sets_fires_on_the_same_way()
    {
        using var outer = clock.CreateTimer(_ => Set("inner", 2), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(2));
        fired.ShouldBeEmpty();
        clock.NextDue.ShouldBe(clock.Start + TimeSpan.FromSeconds(3));
        clock.Advance(TimeSpan.FromSeconds(1));
        fired.ShouldBe(["inner@3"]);
    }

    [Fact]
    public void A_periodic_timer_fires_at_each_period_until_it_is_disposed()
    {
        var timer = clock.CreateTimer(_ => fired.Add($"{clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(6));
        timer.Dispose();
        clock.Advance(TimeSpan.FromSeconds(6));

        fired.ShouldBe(["1", "3", "5"]);
        timer.Change(TimeSpan.Zero, TimeSpan.Zero).ShouldBeFalse();
    }

    [Fact]
    public void A_timer_that_is_disposed_by_another_of_the_same_instant_does_not_fire()
    {
        ITimer? second = null;
        using var first = clock.CreateTimer(_ => second!.Dispose(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        second = Set("second", 1);

        clock.Advance(TimeSpan.FromSeconds(1));

        fired.ShouldBeEmpty();
    }

    [Fact]
    public void Timestamps_go_with_the_clock()
    {
        var begin = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromMilliseconds(1234));

        clock.GetElapsedTime(begin).ShouldBe(TimeSpan.FromMilliseconds(1234));
    }

    private ITimer Set(string name, double seconds) => clock.CreateTimer(
        _ => fired.Add($"{name}@{clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
}
