using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>Per-channel mean and standard deviation of the pixels, in units of 0..1.</summary>
public sealed record Normalisation(ImmutableArray<float> Mean, ImmutableArray<float> Std)
{
    /// <summary>
    /// Of N×C×H×W uint8 pixels. The sums are taken over integers, so the result does not depend on the order or on the machine. A
    /// channel without any variation gets Std 1, since it can only be centred.
    /// </summary>
    public static Normalisation Of(ReadOnlySpan<byte> pixels, int channels, int plane)
    {
        var sums = new long[2 * channels];
        var images = pixels.Length / (channels * plane);
        for (var c = 0; c < channels; c++)
        {
            for (var i = 0; i < images; i++)
            {
                var (sum, squares) = Sums(pixels.Slice((i * channels + c) * plane, plane));
                sums[c] += sum;
                sums[channels + c] += squares;
            }
        }

        return OfSums(sums.AsSpan(0, channels), sums.AsSpan(channels), (double)images * plane);
    }

    /// <summary>The sum of the pixels and that of their squares.</summary>
    internal static (long Sum, long Squares) Sums(ReadOnlySpan<byte> pixels)
    {
        var (sum, squares) = (0L, 0L);
        foreach (var p in pixels)
        {
            sum += p;
            squares += p * p;
        }

        return (sum, squares);
    }

    /// <summary>From the <see cref="Sums"/> of each channel over <paramref name="n"/> pixels.</summary>
    internal static Normalisation OfSums(ReadOnlySpan<long> sums, ReadOnlySpan<long> squares, double n)
    {
        var mean = new float[sums.Length];
        var std = new float[sums.Length];
        for (var c = 0; c < sums.Length; c++)
        {
            var average = sums[c] / n;
            var variance = squares[c] / n - average * average;
            mean[c] = (float)(average / 255);
            std[c] = variance > 1e-6 ? (float)(Math.Sqrt(variance) / 255) : 1;
        }

        return new Normalisation([.. mean], [.. std]);
    }
}
