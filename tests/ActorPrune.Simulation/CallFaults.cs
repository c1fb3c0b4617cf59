using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Simulation;

/// <summary>What happens to single calls and wake-ups, by dice.</summary>
internal sealed class CallFaults(FaultRates rates, CounterRandom random, TimeProvider time, Trace trace, Tally tally)
{
    private const int LongestNotice = 3_000;
    private const int LongestRepeat = 40_000;

    public Fault FateOf(Slot slot, string call)
    {
        var dice = random.NextDouble();
        if (dice < rates.CallLost)
        {
            return Lose(FaultKind.CallLost, slot, $"{call} does not reach the store", Fault.Before);
        }

        return dice < rates.CallLost + rates.AnswerLost
            ? Lose(FaultKind.AnswerLost, slot, $"will not hear the answer to {call}", Fault.After)
            : Fault.None;
    }

    /// <summary>Passes a wake-up on, later or never.</summary>
    public void Notify(Action wake, bool isMended)
    {
        if (isMended)
        {
            wake();
        }
        else if (random.NextBool(rates.NoticeLost))
        {
            tally.Count(FaultKind.NoticeLost);
        }
        else if (random.NextBool(rates.NoticeLate))
        {
            tally.Count(FaultKind.NoticeLate);
            After(LongestNotice, wake);
        }
        else
        {
            wake();
        }
    }

    /// <summary>May let a call reach the store again.</summary>
    public void Repeat(Action call, bool isMended)
    {
        if (isMended || !random.NextBool(rates.CallRepeated))
        {
            return;
        }

        tally.Count(FaultKind.CallRepeated);
        if (random.NextBool())
        {
            trace.Write("--", "** the call before reaches the store again:");
            call();
            return;
        }

        After(LongestRepeat, () =>
        {
            trace.Write("--", "** a call reaches the store again, late:");
            call();
        });
    }

    private Fault Lose(FaultKind kind, Slot slot, string what, Fault fate)
    {
        tally.Count(kind);
        trace.Write(slot.Name, $"** {what}");
        return fate;
    }

    private void After(int milliseconds, Action action) =>
        time.CreateTimer(_ => action(), null, TimeSpan.FromMilliseconds(1 + random.NextInt(milliseconds)), Timeout.InfiniteTimeSpan);
}
