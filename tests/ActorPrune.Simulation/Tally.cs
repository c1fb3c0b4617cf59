namespace ActorPrune.Simulation;

/// <summary>What happened, by kind.</summary>
internal sealed class Tally
{
    private readonly long[] counts = new long[Enum.GetValues<FaultKind>().Length];

    public long this[FaultKind kind] => counts[(int)kind];

    public void Count(FaultKind kind) => counts[(int)kind]++;

    public void Add(Tally other)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += other.counts[i];
        }
    }
}
