using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// Channel bits under given filter bits. A bit is available when the input channel that it stands for, and in
/// <see cref="ChannelMode.PerFilter"/> also the filter, is kept; a bit that is not available is always zero, so that equal networks have
/// equal genomes. Null channel bits mean that everything available is kept, and are the only way to say so.
/// </summary>
public static class ChannelMasks
{
    /// <summary>The genome of filters and channels in its one form.</summary>
    public static MaskGenome Genome(SearchSpace space, BitString filters, BitString? channels) =>
        new(filters, channels is null ? null : Restrict(space, filters, channels));

    /// <summary>One for each bit that is available under <paramref name="filters"/>.</summary>
    public static BitString Available(SearchSpace space, BitString filters)
    {
        var bits = new bool[space.ChannelBits];
        foreach (var group in Layout(space, filters, byFilter: false))
        {
            foreach (var position in group.Positions)
            {
                bits[position] = true;
            }
        }

        return BitString.Of(bits);
    }

    /// <summary>The bits without those that are not available; null when all that are available remain.</summary>
    public static BitString? Restrict(SearchSpace space, BitString filters, BitString channels)
    {
        var available = Available(space, filters);
        var kept = BitString.Create(available.Length, i => available[i] && channels[i]);
        return kept.Equals(available) ? null : kept;
    }

    /// <summary>
    /// Carries channel bits from one set of filters to another: what was available keeps its bit, what is newly available is kept; then
    /// every convolution gets at least one channel.
    /// </summary>
    public static BitString? Adapt(
        SearchSpace space, BitString from, BitString? channels, BitString to, double guidance, CounterRandom random)
    {
        if (channels is null)
        {
            return null;
        }

        return Restrict(space, to, Masks.Repair(Carry(space, from, channels, to), Repaired(space, to), guidance, random));
    }

    /// <summary>The bits under <paramref name="to"/>: what was available keeps its bit, what is newly available is kept.</summary>
    public static BitString Carry(SearchSpace space, BitString from, BitString channels, BitString to)
    {
        var before = Available(space, from);
        var after = Available(space, to);
        return BitString.Create(after.Length, i => after[i] && (!before[i] || channels[i]));
    }

    /// <summary>The bits as a string, also where null says that all available are kept.</summary>
    public static BitString Explicit(SearchSpace space, BitString filters, BitString? channels) => channels ?? Available(space, filters);

    /// <summary>Available bits in groups for variation: one group a convolution.</summary>
    public static ImmutableArray<BitGroup> Varied(SearchSpace space, BitString filters) => Layout(space, filters, byFilter: false);

    /// <summary>
    /// Available bits in groups of which at least one must stay: a convolution's, or each of its filters' in
    /// <see cref="ChannelMode.PerFilter"/>.
    /// </summary>
    public static ImmutableArray<BitGroup> Repaired(SearchSpace space, BitString filters) =>
        Layout(space, filters, byFilter: space.Mode == ChannelMode.PerFilter);

    private static ImmutableArray<BitGroup> Layout(SearchSpace space, BitString filters, bool byFilter)
    {
        var groups = ImmutableArray.CreateBuilder<BitGroup>();
        var offset = 0;
        foreach (var conv in space.Channels)
        {
            var inputs = Enumerable.Range(0, conv.Inputs.Length).Where(i => Kept(filters, conv.Inputs[i])).ToArray();
            var rows = space.Mode switch
            {
                ChannelMode.PerLayer => [0],
                ChannelMode.PerFilter => Enumerable.Range(0, conv.Filters.Length).Where(f => Kept(filters, conv.Filters[f])).ToArray(),
                _ => [],
            };
            var importance = conv.Importance is { } all ? inputs.Select(i => all[i]).ToImmutableArray() : (ImmutableArray<double>?)null;
            var standing = BitGroup.Standings(importance, inputs.Length);
            var perRow = rows.Select(row => inputs.Select(i => offset + (row * conv.Inputs.Length) + i).ToArray()).ToArray();
            if (byFilter)
            {
                groups.AddRange(perRow.Select(positions => new BitGroup([.. positions], 1, 1, standing)));
            }
            else
            {
                groups.Add(new BitGroup([.. perRow.SelectMany(p => p)], 1, 1, standing is { } s ? [.. perRow.SelectMany(_ => s)] : null));
            }

            offset += space.Mode switch
            {
                ChannelMode.PerLayer => conv.Inputs.Length,
                ChannelMode.PerFilter => conv.Inputs.Length * conv.Filters.Length,
                _ => 0,
            };
        }

        return groups.ToImmutable();
    }

    private static bool Kept(BitString filters, int unit) => unit < 0 || filters[unit];
}
