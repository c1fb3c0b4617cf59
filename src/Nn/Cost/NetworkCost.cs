using System.Collections.Immutable;

namespace ActorPrune.Nn.Cost;

/// <summary>What one image costs, and what the network holds.</summary>
/// <param name="Macs">Operations in the stated <see cref="CostConvention"/>, as a dense kernel spends them.</param>
/// <param name="NominalMacs">The same, counting only kernels that remain: less than <paramref name="Macs"/> where kernels are zeroed but
/// not removed.</param>
/// <param name="Params">Trained parameters: weights and biases, not running statistics.</param>
/// <param name="NominalParams">The same without zeroed kernels.</param>
/// <param name="Activations">Elements of all layers' outputs together: what training keeps for the backward pass.</param>
/// <param name="PeakActivations">
/// Most elements alive at once when layers run in the graph's order, each output is freed after its last reader, and nothing is computed
/// in place.
/// </param>
/// <param name="Layers">In the network's order.</param>
public sealed record NetworkCost(
    long Macs, long NominalMacs, long Params, long NominalParams, long Activations, long PeakActivations, ImmutableArray<LayerCost> Layers)
{
    /// <summary>Bytes of all activations of a batch.</summary>
    public long ActivationBytes(int batch, int bytesPerElement = 4) => checked(Activations * batch * bytesPerElement);

    /// <summary>Bytes of the most activations of a batch that are alive at once.</summary>
    public long PeakActivationBytes(int batch, int bytesPerElement = 4) => checked(PeakActivations * batch * bytesPerElement);
}

/// <summary>One layer's share.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Channels">Output channels or features.</param>
/// <param name="Height">Of the output.</param>
/// <param name="Width">Of the output.</param>
public sealed record LayerCost(string Name, int Channels, int Height, int Width, long Macs, long NominalMacs, long Params, long NominalParams)
{
    /// <summary>Elements of the output.</summary>
    public long Activations => (long)Channels * Height * Width;
}
