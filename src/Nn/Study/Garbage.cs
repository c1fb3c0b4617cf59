namespace ActorPrune.Nn.Study;

/// <summary>
/// Weights, checkpoints and batches are megabytes that are needed for a moment. The collector, which sees gigabytes free, leaves them about for an
/// hour: resident memory then creeps up by hundreds of MiB and looks like a leak. So it is asked where such buffers have just been dropped. That
/// takes milliseconds, on a thread of its own.
/// </summary>
internal static class Garbage
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static long last = TimeProvider.System.GetTimestamp();

    /// <summary>Begins a collection, unless one began within the last ten seconds.</summary>
    public static void Collect()
    {
        var seen = Interlocked.Read(ref last);
        if (TimeProvider.System.GetElapsedTime(seen) >= Interval
            && Interlocked.CompareExchange(ref last, TimeProvider.System.GetTimestamp(), seen) == seen)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }
}
