using System.Collections.Immutable;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Pruning;

/// <summary>
/// Takes units and channels out of a network. The law: in evaluation mode the slimmed network gives the same outputs, up to rounding, as
/// the original in which everything that a removed unit carries is set to zero wherever it appears (after convolution, normalisation and
/// activation alike), and in which the kernels of dropped input channels are zero.
/// </summary>
public static class Surgery
{
    /// <summary>
    /// The smaller network, and its weights where <paramref name="weights"/> are given: the whole network's, by PyTorch's names. Layers
    /// keep their names; a <see cref="Op.ChannelSelect"/> is put in where a layer reads other channels than its producer writes, one for
    /// all readers of the same channels.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The plan belongs to another network or removes a whole group; a weight is missing or has another shape than the network says.
    /// </exception>
    public static SlimNetwork Apply(ChannelCoupling coupling, PruningPlan plan, NamedTensors? weights = null)
    {
        var layout = SlimLayout.Of(coupling, plan);
        var graph = new SlimGraph(coupling, layout).Build();
        var masks = ImmutableSortedDictionary.CreateBuilder<string, KernelMask>(StringComparer.Ordinal);
        for (var i = 0; i < layout.Masks.Length; i++)
        {
            if (layout.Masks[i] is { } mask)
            {
                masks.Add(coupling.Graph.Layers[i].Name, mask);
            }
        }

        return new SlimNetwork(graph, weights is null ? null : WeightSlices.Of(coupling.Graph, layout, weights), masks.ToImmutable());
    }
}
