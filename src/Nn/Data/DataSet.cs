using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>A data set that was loaded and checked.</summary>
/// <param name="Name">The registry's name: "cifar10".</param>
/// <param name="ClassNames">Of class 0, 1, …</param>
/// <param name="Hash">
/// SHA-256 of all that determines the images, their labels and their order, as 64 lower-case hexadecimal digits: part of the key of every
/// job that looks at them. Where the files lie plays no part in it.
/// </param>
/// <param name="Train">What searches learn from, after the validation images were split off (<see cref="Split"/>).</param>
/// <param name="Test">What final figures are measured on; no search ever sees it.</param>
public sealed record DataSet(string Name, ImmutableArray<string> ClassNames, string Hash, ImageSet Train, ImageSet Test)
{
    /// <summary>What whoever asked for it should be told: images that were left out.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    public ImageShape Shape => new(Train.Channels, Train.Height, Train.Width, Train.Classes);
}
