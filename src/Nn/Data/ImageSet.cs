using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Labelled images, all of one size: in memory in one piece (<paramref name="Pixels"/>), or image by image from a <paramref
/// name="Source"/>. Immutable: the properties cannot be set by <c>with</c>, so that every instance is a checked one.
/// Equality is by reference to the same memory, not by content; a data set's content is told apart by <see cref="DataSet.Hash"/>.
/// </summary>
/// <param name="Channels">Colour planes: 3 (red, green, blue) or 1 (grey).</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Classes">Labels are 0 to <paramref name="Classes"/> − 1.</param>
/// <param name="Pixels">N×C×H×W, uint8, row-major, 0 to 255; empty where there is a source.</param>
/// <param name="Labels">N labels.</param>
/// <param name="Mean">Per channel, in units of 0..1 (pixel / 255): what a network's input is centred by.</param>
/// <param name="Std">Per channel, in units of 0..1: what a network's centred input is divided by; above 0.</param>
/// <param name="Source">Where the pixels come from instead: a set that is decoded for each batch, or has more bytes than one array; else
/// null.</param>
/// <exception cref="ArgumentException">A length, label or constant is out of range.</exception>
public sealed record ImageSet(
    int Channels,
    int Height,
    int Width,
    int Classes,
    ReadOnlyMemory<byte> Pixels,
    ReadOnlyMemory<int> Labels,
    ImmutableArray<float> Mean,
    ImmutableArray<float> Std,
    IPixelSource? Source = null)
{
    /// <summary>The longest side that is accepted, in pixels: keeps C×H×W within an int.</summary>
    public const int LargestSide = 4096;

    /// <summary>The most channels that are accepted.</summary>
    public const int MostChannels = 64;

    public int Channels { get; } = Within(Channels, 1, MostChannels, nameof(Channels));

    public int Height { get; } = Within(Height, 1, LargestSide, nameof(Height));

    public int Width { get; } = Within(Width, 1, LargestSide, nameof(Width));

    public int Classes { get; } = Within(Classes, 1, 1_000_000, nameof(Classes));

    public ReadOnlyMemory<byte> Pixels { get; } = Filled(Pixels, Source, Labels.Length, Channels, Height, Width);

    public ReadOnlyMemory<int> Labels { get; } = InRange(Labels, Classes);

    public ImmutableArray<float> Mean { get; } = PerChannel(Mean, Channels, float.NegativeInfinity, nameof(Mean));

    public ImmutableArray<float> Std { get; } = PerChannel(Std, Channels, 0, nameof(Std));

    public IPixelSource? Source { get; } = Source;

    /// <summary>Number of images: at least 1.</summary>
    public int Count => Labels.Length;

    /// <summary>Bytes of one image: C·H·W.</summary>
    public int ImageBytes => Channels * Height * Width;

    /// <summary>The pixels of one image: C×H×W.</summary>
    /// <exception cref="DataException">As <see cref="IPixelSource.Read"/>.</exception>
    public ReadOnlyMemory<byte> Image(int index)
    {
        if (Source is null)
        {
            return Pixels.Slice(index * ImageBytes, ImageBytes);
        }

        var image = new byte[ImageBytes];
        Source.Read(index, image);
        return image;
    }

    /// <summary>
    /// The images at <paramref name="indices"/>, in that order, copied if they are in one piece; the normalisation constants stay.
    /// </summary>
    /// <exception cref="ArgumentException">No index, or one outside 0 to Count − 1.</exception>
    public ImageSet Subset(ReadOnlySpan<int> indices)
    {
        var pixels = Source is null ? new byte[checked((long)indices.Length * ImageBytes)] : [];
        var labels = new int[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            var from = indices[i];
            if ((uint)from >= (uint)Count)
            {
                throw new ArgumentException($"Index {from} at position {i} is outside 0 to {Count - 1}.", nameof(indices));
            }

            if (Source is null)
            {
                Image(from).Span.CopyTo(pixels.AsSpan(i * ImageBytes));
            }

            labels[i] = Labels.Span[from];
        }

        return new ImageSet(
            Channels,
            Height,
            Width,
            Classes,
            pixels,
            labels,
            Mean,
            Std,
            Source is null ? null : new ChosenPixels(Source, indices.ToArray()));
    }

    /// <summary>The first <paramref name="count"/> images, without copying.</summary>
    public ImageSet First(int count)
    {
        if (count < 1 || count > Count)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected 1 to {Count}.");
        }

        return Source is null
            ? new ImageSet(Channels, Height, Width, Classes, Pixels[..(count * ImageBytes)], Labels[..count], Mean, Std)
            : Subset([.. Enumerable.Range(0, count)]);
    }

    /// <summary>The same images under other normalisation constants, without copying.</summary>
    public ImageSet Normalised(ImmutableArray<float> mean, ImmutableArray<float> std) =>
        new(Channels, Height, Width, Classes, Pixels, Labels, mean, std, Source);

    /// <summary>Images per class.</summary>
    public ImmutableArray<int> ClassCounts()
    {
        var counts = new int[Classes];
        foreach (var label in Labels.Span)
        {
            counts[label]++;
        }

        return [.. counts];
    }

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected {least} to {most}.");

    private static ReadOnlyMemory<byte> Filled(
        ReadOnlyMemory<byte> pixels, IPixelSource? source, int count, int channels, int height, int width)
    {
        if (source is not null)
        {
            return pixels.IsEmpty && count >= 1 && source.Count == count && source.ImageBytes == (long)channels * height * width
                ? pixels
                : throw new ArgumentException(
                    $"{count} labels of {channels}×{height}×{width} images do not go with a source of {source.Count} images of "
                    + $"{source.ImageBytes} bytes "
                    + $"and {pixels.Length} bytes of pixels.",
                    nameof(source));
        }

        var expected = (long)count * channels * height * width;
        return count >= 1 && pixels.Length == expected
            ? pixels
            : throw new ArgumentException(
                $"{count} labels of {channels}×{height}×{width} images call for {expected} bytes of pixels (and at least one image); "
                + $"there are {pixels.Length}.",
                nameof(pixels));
    }

    private static ReadOnlyMemory<int> InRange(ReadOnlyMemory<int> labels, int classes)
    {
        var span = labels.Span;
        for (var i = 0; i < span.Length; i++)
        {
            if ((uint)span[i] >= (uint)classes)
            {
                throw new ArgumentException($"Label {span[i]} of image {i} is outside 0 to {classes - 1}.", nameof(labels));
            }
        }

        return labels;
    }

    private static ImmutableArray<float> PerChannel(ImmutableArray<float> values, int channels, float above, string name) =>
        !values.IsDefault && values.Length == channels && values.All(v => float.IsFinite(v) && v > above)
            ? values
            : throw new ArgumentException($"Expected {channels} finite values above {above}, one for each channel.", name);
}
