namespace ActorPrune.Simulation;

/// <summary>What happens in a run, one line each: virtual time, who, what.</summary>
/// <param name="time">Virtual time.</param>
/// <param name="to">Null: nobody reads it.</param>
internal sealed class Trace(TimeProvider time, TextWriter? to)
{
    private readonly DateTimeOffset start = time.GetUtcNow();

    /// <summary>Whether a line that costs something to put together is worth it.</summary>
    public bool IsOn => to is not null;

    public void Write(string who, string what) => to?.WriteLine($"{time.GetUtcNow() - start:hh\\:mm\\:ss\\.fff}  {who,-8} {what}");
}
