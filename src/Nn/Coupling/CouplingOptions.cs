using System.Collections.Immutable;

namespace ActorPrune.Nn.Coupling;

/// <summary>What may be pruned of a network. Patterns are names of convolutions with * for any characters and ? for one:
/// "layer1.*.conv1".</summary>
public sealed record CouplingOptions
{
    /// <summary>If not empty: only channels all of whose producing layers match one of these patterns.</summary>
    public ImmutableArray<string> Include { get; init; } = [];

    /// <summary>Channels of which a producing layer matches one of these patterns are left alone.</summary>
    public ImmutableArray<string> Exclude { get; init; } = [];

    /// <summary>
    /// Whether channels that several layers share are pruned. False leaves alone all that meets in a sum or product, has several
    /// producers, or is read by more than one layer: in a residual network only the first convolutions of each block remain.
    /// </summary>
    public bool Coupled { get; init; } = true;

    /// <summary>Whether the features of hidden linear layers are pruned as filters are.</summary>
    public bool Linear { get; init; }

    /// <summary>At least this many units of each group stay (all of them where the group is smaller). At least 1.</summary>
    public int Minimum { get; init; } = 1;

    /// <summary>The number of units that stay in a group is a multiple of this, or all of them. At least 1.</summary>
    public int Multiple { get; init; } = 1;
}
