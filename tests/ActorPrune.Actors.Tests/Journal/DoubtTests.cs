using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Journal;

public class DoubtTests
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    [Fact]
    public void One_looks_at_once_then_at_intervals_and_no_more_when_the_time_is_over()
    {
        var clock = new VirtualTimeProvider();
        var doubt = new Doubt(clock, Span, Interval);

        var looks = LooksOf(doubt, clock, TimeSpan.FromMinutes(1));

        looks[0].ShouldBe(TimeSpan.Zero);
        looks.Zip(looks.Skip(1), (a, b) => b - a).ShouldAllBe(gap => gap == Interval);
        looks[^1].ShouldBe(Span);
    }

    [Fact]
    public void A_lost_answer_makes_one_look_at_once_again_and_for_as_long_as_before()
    {
        var clock = new VirtualTimeProvider();
        var doubt = new Doubt(clock, Span, Interval);
        LooksOf(doubt, clock, TimeSpan.FromSeconds(10.4));

        doubt.Raise();

        var looks = LooksOf(doubt, clock, TimeSpan.FromMinutes(1));
        looks[0].ShouldBe(TimeSpan.Zero);
        looks[^1].ShouldBe(Span);
    }

    /// <summary>Times of the looks, from now on, by somebody who is woken ten times a second.</summary>
    private static List<TimeSpan> LooksOf(Doubt doubt, VirtualTimeProvider clock, TimeSpan during)
    {
        var start = clock.GetTimestamp();
        var looks = new List<TimeSpan>();
        while (clock.GetElapsedTime(start) < during)
        {
            if (doubt.IsLookDue)
            {
                looks.Add(clock.GetElapsedTime(start));
                doubt.Looked();
            }

            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        return looks;
    }
}
