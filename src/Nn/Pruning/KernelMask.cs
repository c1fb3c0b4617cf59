using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Nn.Pruning;

/// <summary>Which kernels of a convolution remain. The others are zero and must be kept zero by whoever trains it.</summary>
/// <param name="Out">Filters of the slimmed convolution.</param>
/// <param name="In">Input channels of the slimmed convolution.</param>
/// <param name="Bits">Out × In bits, filter after filter; 1 = the kernel remains.</param>
public sealed record KernelMask(int Out, int In, BitString Bits)
{
    /// <summary>Kernels that remain.</summary>
    public int Count => Bits.Count;

    public bool this[int filter, int input] => Bits[(filter * In) + input];
}
