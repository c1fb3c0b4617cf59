using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>Labelled images of one size, held in memory.</summary>
/// <param name="Pixels">Count×Channels×Height×Width, uint8.</param>
/// <param name="Labels">Count class indices in [0, Classes).</param>
/// <param name="Mean">Per channel, in units of 0..1.</param>
/// <param name="Std">Per channel, in units of 0..1.</param>
public sealed record ImageSet(
    int Channels,
    int Height,
    int Width,
    int Classes,
    ReadOnlyMemory<byte> Pixels,
    ReadOnlyMemory<int> Labels,
    ImmutableArray<float> Mean,
    ImmutableArray<float> Std)
{
    public int Count => Labels.Length;
}
