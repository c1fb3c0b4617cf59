using System.Collections.Immutable;

namespace ActorPrune.Genetics.Genomes;

/// <summary>What can be pruned, without a word about networks: groups of units, and the channels that hang on them.</summary>
/// <param name="Groups">Groups of units that are kept or removed; a genome's filter bits are these groups, one after the other.</param>
/// <param name="Channels">For bi-level problems: the input channels that may be dropped where they are read; empty otherwise.</param>
/// <param name="Mode">What one bit of the lower level stands for.</param>
public sealed record SearchSpace(ImmutableArray<UnitGroup> Groups, ImmutableArray<ChannelGroup> Channels, ChannelMode Mode)
{
    /// <summary>Length of a genome's filter bits.</summary>
    public int Units => Groups.Sum(g => g.Length);

    /// <summary>Length of a genome's channel bits in <see cref="Mode"/>.</summary>
    public int ChannelBits => Mode switch
    {
        ChannelMode.PerLayer => Channels.Sum(c => c.Inputs.Length),
        ChannelMode.PerFilter => Channels.Sum(c => c.Inputs.Length * c.Filters.Length),
        _ => 0,
    };
}

/// <summary>Units that are judged together: the output channels of one convolution, or of all those that meet in a residual sum.</summary>
/// <param name="Name">For people: "layer1.0.conv1", or the names of all layers that share the group.</param>
/// <param name="Length">Number of units.</param>
/// <param name="Minimum">At least this many stay.</param>
/// <param name="Multiple">The number that stays is a multiple of this, or all of them.</param>
public sealed record UnitGroup(string Name, int Length, int Minimum, int Multiple)
{
    /// <summary>
    /// How much each unit matters, larger = more, for instance the L1 norms of the base's filters; null where nothing is known. Searches
    /// use only the order within the group, and only as far as they are told to be guided.
    /// </summary>
    public ImmutableArray<double>? Importance { get; init; }
}

/// <summary>One convolution whose input channels may be dropped.</summary>
/// <param name="Name">The convolution.</param>
/// <param name="Inputs">For each input channel the filter bit that it hangs on, or -1 where it always exists.</param>
/// <param name="Filters">For each filter of the convolution the filter bit that it hangs on, or -1 where it always exists.</param>
public sealed record ChannelGroup(string Name, ImmutableArray<int> Inputs, ImmutableArray<int> Filters)
{
    /// <summary>How much each input channel matters to the convolution, larger = more; null where nothing is known.</summary>
    public ImmutableArray<double>? Importance { get; init; }
}

/// <summary>What one bit of the lower level stands for.</summary>
public enum ChannelMode
{
    /// <summary>There is no lower level.</summary>
    None,

    /// <summary>A convolution drops an input channel for all of its filters: physically smaller. One bit an input channel.</summary>
    PerLayer,

    /// <summary>Each filter has its own set of input channels: kernels are zeroed. One bit a kernel, filter after filter.</summary>
    PerFilter,
}
