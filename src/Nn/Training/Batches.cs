using System.Buffers;
using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>
/// How one image is moved: the crop's corner in the padded image, whether it is mirrored, the centre of the cut-out square. With a height
/// and a width the crop is a window of that size within the image, resized to the whole image's size.
/// </summary>
public readonly record struct Shift(int Dy, int Dx, int Flip, int CutY, int CutX, int Height = 0, int Width = 0);

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
        if (recipe is { Padding: 0, ResizedCrop: 0, Flip: false, Cutout: 0 })
        {
            return [];
        }

        var random = CounterRandom.For(seed, "augment", epoch, step, "shifts");
        var shifts = ImmutableArray.CreateBuilder<Shift>(count);
        for (var i = 0; i < count; i++)
        {
            var shift = recipe.ResizedCrop > 0
                ? Window(recipe.ResizedCrop, images, random)
                : new Shift(random.NextInt((2 * recipe.Crop) + 1), random.NextInt((2 * recipe.Crop) + 1), 0, 0, 0);
            var flip = random.NextInt(2);
            var cutY = random.NextInt(images.Height);
            var cutX = random.NextInt(images.Width);
            shifts.Add(shift with { Flip = recipe.Flip ? flip : 0, CutY = cutY, CutX = cutX });
        }

        return shifts.MoveToImmutable();
    }

    /// <summary>
    /// A window of <paramref name="least"/> to all of the image's area, its ratio of width to height drawn evenly on a logarithmic scale; the
    /// whole image where ten draws don't fit, which very narrow images bring about.
    /// </summary>
    private static Shift Window(double least, ImageSet images, CounterRandom random)
    {
        const int Draws = 10;
        var widest = Math.Log(4.0 / 3);
        for (var i = 0; i < Draws; i++)
        {
            var area = images.Height * images.Width * (least + ((1 - least) * random.NextDouble()));
            var ratio = Math.Exp(widest * ((2 * random.NextDouble()) - 1));
            var (height, width) = ((int)Math.Round(Math.Sqrt(area / ratio)), (int)Math.Round(Math.Sqrt(area * ratio)));
            if (height >= 1 && width >= 1 && height <= images.Height && width <= images.Width)
            {
                return new Shift(
                    random.NextInt(images.Height - height + 1), random.NextInt(images.Width - width + 1), 0, 0, 0, height, width);
            }
        }

        return new Shift(0, 0, 0, 0, 0, images.Height, images.Width);
    }

    /// <summary>
    /// Normalised images, N×C×H×W in channels_last. A crop reads black outside the image, a window is resized bilinearly; then it is
    /// mirrored; a cut-out square is 0 (the mean) after normalisation.
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

        foreach (var shift in shifts)
        {
            var isWindow = shift.Height > 0 && shift.Width > 0 && shift.Dy >= pad && shift.Dx >= pad
                && shift.Dy - pad <= Images.Height - shift.Height && shift.Dx - pad <= Images.Width - shift.Width;
            if (!isWindow && shift is not { Height: 0, Width: 0 })
            {
                throw new ArgumentException($"{shift} is no window of an image of {Images.Height}x{Images.Width} pixels.");
            }
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
