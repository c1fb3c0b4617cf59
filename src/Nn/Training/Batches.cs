using System.Buffers;
using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>
/// How one image is moved: the crop's corner in the padded image, whether it is mirrored, the centre of the cut-out square.
/// </summary>
public readonly record struct Shift(int Dy, int Dx, int Flip, int CutY, int CutX);

/// <summary>
/// Makes batches of an image set. Order and augmentation depend on (seed, epoch, step) alone, so that any step can be made again without
/// the ones before it.
/// </summary>
public sealed class Batches
{
    private readonly float[] table;
    private readonly ReadAhead? ahead;

    public Batches(ImageSet images)
    {
        Images = images;
        table = Table(images);
        ahead = images.Source is { } source ? new ReadAhead(source) : null;
    }

    public ImageSet Images { get; }

    /// <summary>Whether it saves time to <see cref="Announce"/> images.</summary>
    public bool ReadsAhead => Images.Source is { IsSlow: true };

    /// <summary>These images will be asked for soon: they are decoded meanwhile. Changes nothing but the time.</summary>
    public void Announce(ReadOnlySpan<int> indices) => ahead?.Announce(indices);

    /// <summary>Full batches in the set; at least one. What is left over comes in other epochs, as the order changes.</summary>
    public static int StepsPerEpoch(int count, int batch) => Math.Max(1, count / Math.Max(1, batch));

    /// <summary>The order of all images in one epoch.</summary>
    public static int[] Order(long seed, int epoch, int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        CounterRandom.For(seed, "batches", epoch, 0, "order").Shuffle<int>(order);
        return order;
    }

    /// <summary>The moves of one batch's images; empty where the recipe moves nothing.</summary>
    public static ImmutableArray<Shift> Shifts(Recipe recipe, ImageSet images, long seed, int epoch, int step, int count)
    {
        if (recipe is { Crop: 0, Flip: false, Cutout: 0 })
        {
            return [];
        }

        var random = CounterRandom.For(seed, "augment", epoch, step, "shifts");
        var shifts = ImmutableArray.CreateBuilder<Shift>(count);
        for (var i = 0; i < count; i++)
        {
            var dy = random.NextInt((2 * recipe.Crop) + 1);
            var dx = random.NextInt((2 * recipe.Crop) + 1);
            var flip = random.NextInt(2);
            var cutY = random.NextInt(images.Height);
            var cutX = random.NextInt(images.Width);
            shifts.Add(new Shift(dy, dx, recipe.Flip ? flip : 0, cutY, cutX));
        }

        return shifts.MoveToImmutable();
    }

    /// <summary>
    /// Normalised images, N×C×H×W in channels_last. A crop reads black outside the image; then it is mirrored; a cut-out square is 0
    /// (the mean) after normalisation.
    /// </summary>
    /// <param name="shifts">One an image, or empty for none.</param>
    public Tensor Make(ReadOnlySpan<int> indices, ReadOnlySpan<Shift> shifts, int pad, int cutout, ScalarType type, Device device)
    {
        if (shifts.Length != 0 && shifts.Length != indices.Length)
        {
            throw new ArgumentException($"There are {shifts.Length} shifts for {indices.Length} images.");
        }

        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Images.Count);
        }

        if (ahead is null)
        {
            return Make(Images.Pixels.Span, indices, shifts, pad, cutout, type, device);
        }

        var gathered = ArrayPool<byte>.Shared.Rent(checked(indices.Length * Images.ImageBytes));
        try
        {
            ahead.Read(indices, gathered);
            return Make(gathered, [.. Enumerable.Range(0, indices.Length)], shifts, pad, cutout, type, device);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }

    private unsafe Tensor Make(
        ReadOnlySpan<byte> images,
        ReadOnlySpan<int> indices,
        ReadOnlySpan<Shift> shifts,
        int pad,
        int cutout,
        ScalarType type,
        Device device)
    {
        fixed (byte* pixels = images)
        fixed (int* list = indices)
        fixed (Shift* moves = shifts)
        fixed (float* values = table)
        {
            return new Tensor(Native.ap_batch(
                pixels, Images.Channels, Images.Height, Images.Width, list, indices.Length, (int*)moves, pad, cutout, values, (int)type, device.Index));
        }
    }

    /// <summary>The labels of <paramref name="indices"/>, int64.</summary>
    public Tensor Labels(ReadOnlySpan<int> indices, Device device)
    {
        var labels = new long[indices.Length];
        var all = Images.Labels.Span;
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = all[indices[i]];
        }

        return torch.tensor(labels, [labels.Length], device);
    }

    /// <summary>C×256: what each pixel value is after normalisation.</summary>
    private static float[] Table(ImageSet images)
    {
        if (images.Mean.Length != images.Channels || images.Std.Length != images.Channels)
        {
            throw new ArgumentException($"An image set of {images.Channels} channels has {images.Mean.Length} means and {images.Std.Length} deviations.");
        }

        if (images.Source is null && images.Pixels.Length != (long)images.Count * images.Channels * images.Height * images.Width)
        {
            throw new ArgumentException(
                $"{images.Count} images of {images.Channels}x{images.Height}x{images.Width} need "
                + $"{(long)images.Count * images.Channels * images.Height * images.Width} bytes, but {images.Pixels.Length} are given.");
        }

        var table = new float[images.Channels * 256];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = ((i % 256 / 255f) - images.Mean[i / 256]) / images.Std[i / 256];
        }

        return table;
    }
}
