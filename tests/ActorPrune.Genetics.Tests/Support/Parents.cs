using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;

namespace ActorPrune.Genetics.Tests.Support;

/// <summary>Bit groups for tests of operators.</summary>
internal static class Parents
{
    /// <summary>Consecutive groups of the given lengths; later bits of a group are more important when <paramref name="ranked"/>.</summary>
    public static ImmutableArray<BitGroup> Groups(int minimum, int multiple, bool ranked, params int[] lengths) => BitGroup.Filters(new SearchSpace(
        [.. lengths.Select((length, g) => new UnitGroup($"g{g}", length, minimum, multiple)
        {
            Importance = ranked ? [.. Enumerable.Range(0, length).Select(i => (double)i)] : null,
        })],
        [],
        ChannelMode.None));

    public static int Ones(BitString bits, BitGroup group) => group.Positions.Count(p => bits[p]);
}
