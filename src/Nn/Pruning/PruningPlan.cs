using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Nn.Pruning;

/// <summary>
/// What is taken out of a network: for each coupled group of channels (<c>Coupling</c>) the units that stay, and for the lower level of
/// bi-level problems the kernels or input channels that go on top. The order of groups and channels is the coupling's own.
/// </summary>
/// <param name="Filters">One bit a unit, group after group; 1 = keep.</param>
/// <param name="Channels">The lower level's bits in <paramref name="Mode"/>, or null.</param>
/// <param name="Mode">What one channel bit stands for.</param>
public sealed record PruningPlan(BitString Filters, BitString? Channels, ChannelMode Mode);
