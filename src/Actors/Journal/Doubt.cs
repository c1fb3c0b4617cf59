namespace ActorPrune.Actors.Journal;

/// <summary>
/// Whether the store may hold more for a node than the node knows: a claim can take effect there and its answer be lost, and an instance
/// before this one may have claimed. Such a claim can come to light for a while yet, so until that has passed the holder looks again and
/// again, and frees what it does not know.
/// </summary>
/// <param name="clock">For both times.</param>
/// <param name="span">How long a lost claim can still come to light.</param>
/// <param name="interval">Time between looks.</param>
internal sealed class Doubt(TimeProvider clock, TimeSpan span, TimeSpan interval)
{
    private long since = clock.GetTimestamp();
    private long? looked;
    private bool persists = true;

    public bool IsLookDue => persists && (looked is not { } last || clock.GetElapsedTime(last) >= interval);

    /// <summary>A claim's answer was lost just now.</summary>
    public void Raise() => (persists, since, looked) = (true, clock.GetTimestamp(), null);

    /// <summary>The store has freed what is not known here.</summary>
    public void Looked() => (persists, looked) = (clock.GetElapsedTime(since) < span, clock.GetTimestamp());
}
