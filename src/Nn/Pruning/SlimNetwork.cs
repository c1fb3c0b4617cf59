using System.Collections.Immutable;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Pruning;

/// <summary>A network after surgery.</summary>
/// <param name="Graph">Physically smaller.</param>
/// <param name="Weights">Its weights under PyTorch's names; null if only the structure was asked for.</param>
/// <param name="Masks">By convolution, for plans in <see cref="Genetics.Genomes.ChannelMode.PerFilter"/>; empty otherwise, and without
/// convolutions that keep every kernel.</param>
public sealed record SlimNetwork(NetworkGraph Graph, NamedTensors? Weights, ImmutableSortedDictionary<string, KernelMask> Masks);
