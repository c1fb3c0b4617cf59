using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>Work side by side.</summary>
public static class Side
{
    /// <summary>Runs <paramref name="work"/> on as many threads as there are arguments, all let go at once.</summary>
    /// <returns>What each returned, in the order of the arguments.</returns>
    public static TResult[] BySide<T, TResult>(IReadOnlyList<T> arguments, Func<T, TResult> work)
    {
        var results = new TResult[arguments.Count];
        var failures = new Exception?[arguments.Count];
        using var start = new Barrier(arguments.Count);
        var threads = arguments.Select((argument, i) => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                results[i] = work(argument);
            }
#pragma warning disable CA1031 // handed to the test's own thread below
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures[i] = e;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        failures.ShouldAllBe(f => f == null);
        return results;
    }
}
