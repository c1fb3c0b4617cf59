using System.Collections.Immutable;

namespace ActorPrune.Nn.Coupling;

/// <summary>Units that are produced by exactly the same layers: the smallest set that a search can size as one.</summary>
/// <param name="Name">The producing layers' names, joined by " + ".</param>
/// <param name="Layers">Indices of the producing convolutions (and linear layers) in the graph, ascending.</param>
/// <param name="Units">In the order of the first producer's channels.</param>
/// <param name="FirstBit">Filter bit of the first unit; the others follow.</param>
public sealed record CoupledGroup(string Name, ImmutableArray<int> Layers, ImmutableArray<CoupledUnit> Units, int FirstBit)
{
    /// <summary>Indices of the depthwise convolutions that the units pass through, ascending: their filters go with the channels that they
    /// read.</summary>
    public ImmutableArray<int> Through { get; init; } = [];
}

/// <summary>One unit: the channels that can only be removed together.</summary>
/// <param name="Producers">Every output channel, of every convolution and linear layer, that belongs to the unit.</param>
public sealed record CoupledUnit(ImmutableArray<ProducedChannel> Producers);

/// <summary>An output channel of a layer.</summary>
public readonly record struct ProducedChannel(int Layer, int Channel);

/// <summary>Channels that are not pruned, and why.</summary>
/// <param name="Layers">The layers that produce them, joined by " + ".</param>
/// <param name="Channels">How many.</param>
public sealed record LeftAlone(string Layers, int Channels, string Reason)
{
    /// <summary>Indices of the depthwise convolutions that the channels pass through, ascending.</summary>
    public ImmutableArray<int> Through { get; init; } = [];
}
