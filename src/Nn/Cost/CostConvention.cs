namespace ActorPrune.Nn.Cost;

/// <summary>What is counted as an operation. Published figures differ by these conventions more than by the networks.</summary>
public enum CostConvention
{
    /// <summary>Multiply-accumulates of convolutions and linear layers, and nothing else (biases neither).</summary>
    Macs,

    /// <summary>
    /// As the thop package counted when DeepPruningES was written: convolution multiply-accumulates plus one per output for a bias; batch
    /// normalisation 4 per element; linear (2·in − 1)·out; maximum pooling k² and average pooling k² + 1 per output (k² = the whole
    /// area for the global one); activations, sums and products nothing.
    /// </summary>
    Thop,

    /// <summary>
    /// EvoFC's: convolution and linear multiply-accumulates twice, plus one per output for a bias; batch normalisation 2 per element;
    /// ReLU 1 per element; pooling 1 per input element; sums and products nothing.
    /// </summary>
    EvoFc,
}
