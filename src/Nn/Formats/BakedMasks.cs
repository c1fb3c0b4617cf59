using System.Runtime.InteropServices;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>Kernel masks as zeros in the weights, for formats that know no masks.</summary>
internal static class BakedMasks
{
    /// <summary>The network's weights, with every kernel zero that a mask takes away.</summary>
    /// <exception cref="ArgumentException">The network has no weights, or a mask does not fit its convolution.</exception>
    public static NamedTensors Of(SlimNetwork network)
    {
        var weights = network.Weights
            ?? throw new ArgumentException($"The network '{network.Graph.Name}' has no weights to write.", nameof(network));
        foreach (var (layer, mask) in network.Masks)
        {
            var name = layer + ".weight";
            weights = weights.With(name, Zeroed(name, weights[name], mask));
        }

        return weights;
    }

    private static TensorData Zeroed(string name, TensorData weight, KernelMask mask)
    {
        if (weight.Shape is not [var filters, var inputs, var height, var width] || filters != mask.Out || inputs != mask.In)
        {
            throw new ArgumentException(
                $"A mask of {mask.Out}×{mask.In} kernels does not fit '{name}' of [{string.Join(", ", weight.Shape)}].");
        }

        var bytes = weight.Bytes.ToArray();
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        var area = (int)(height * width);
        for (var kernel = 0; kernel < mask.Bits.Length; kernel++)
        {
            if (!mask.Bits[kernel])
            {
                values.Slice(kernel * area, area).Clear();
            }
        }

        return weight with { Bytes = bytes };
    }
}
