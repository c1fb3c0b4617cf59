namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>A clock that stands until somebody moves it: leases lapse when a test says so.</summary>
public sealed class ManualClock : TimeProvider
{
    private long milliseconds = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref milliseconds));

    public void Advance(TimeSpan time) => Interlocked.Add(ref milliseconds, (long)time.TotalMilliseconds);
}
