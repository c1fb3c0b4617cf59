using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class RecentValuesTests
{
    private readonly RecentValues<string, int> values = new(2);
    private int made;

    [Fact]
    public void The_values_that_were_asked_for_last_are_kept_and_made_once()
    {
        Get("a").ShouldBe(1);
        Get("b").ShouldBe(2);
        Get("a").ShouldBe(1);
        Get("c").ShouldBe(3, "now b was asked for longest ago, and goes");
        Get("a").ShouldBe(1);
        Get("b").ShouldBe(4);
        values.Forget("b");
        Get("b").ShouldBe(5);
    }

    [Fact]
    public void A_failure_is_not_kept()
    {
        Should.Throw<InvalidOperationException>(() => values.Get("a", () => throw new InvalidOperationException("away")));

        Get("a").ShouldBe(1);
    }

    [Fact]
    public void Who_asks_at_the_same_time_gets_the_same_value()
    {
        var (found, asking) = (new int[4], 0);
        var threads = Enumerable.Range(0, found.Length).Select(i => new Thread(() =>
        {
            Interlocked.Increment(ref asking);
            found[i] = values.Get("a", () =>
            {
                // Not before all the others are about to ask, or ask already.
                SpinWait.SpinUntil(() => Volatile.Read(ref asking) == found.Length);
                return Interlocked.Increment(ref made);
            });
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        found.ShouldAllBe(v => v == 1);
    }

    private int Get(string key) => values.Get(key, () => ++made);
}
