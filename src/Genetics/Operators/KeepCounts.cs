using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// How many units of a group may stay: every multiple of the group's multiple that is not below its minimum, and all of them.
/// </summary>
public static class KeepCounts
{
    /// <summary>
    /// The allowed number nearest to <paramref name="wanted"/>; of two equally near the larger, since removing too much is harder to mend.
    /// </summary>
    public static int Nearest(int length, int minimum, int multiple, double wanted)
    {
        var step = Math.Max(1, multiple);
        var least = Math.Min(length, (Math.Max(0, minimum) + step - 1) / step * step);
        var below = Math.Clamp((int)Math.Floor(Math.Clamp(wanted, 0, length) / step) * step, least, length);
        var above = Math.Min(length, below + step);
        return wanted - below < above - wanted ? below : above;
    }

    public static int Nearest(UnitGroup group, double wanted) => Nearest(group.Length, group.Minimum, group.Multiple, wanted);

    public static int Nearest(BitGroup group, double wanted) => Nearest(group.Length, group.Minimum, group.Multiple, wanted);
}
