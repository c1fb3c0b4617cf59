using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>Per-channel mean and standard deviation of the pixels, in units of 0..1.</summary>
public sealed record Normalisation(ImmutableArray<float> Mean, ImmutableArray<float> Std)
{
    /// <summary>
    /// Of N×C×H×W uint8 pixels. The sums are taken over integers, so the result does not depend on the order or on the machine. A channel without
    /// any variation gets Std 1, since it can only be centred.
    /// </summary>
    public static Normalisation Of(ReadOnlySpan<byte> pixels, int channels, int plane)
    {
        var mean = new float[channels];
        var std = new float[channels];
        var images = pixels.Length / (channels * plane);
        for (var c = 0; c < channels; c++)
        {
            var (sum, squares) = (0L, 0L);
            for (var i = 0; i < images; i++)
            {
                foreach (var p in pixels.Slice((i * channels + c) * plane, plane))
                {
                    sum += p;
                    squares += p * p;
                }
            }

            var n = (double)images * plane;
            var average = sum / n;
            var variance = squares / n - average * average;
            mean[c] = (float)(average / 255);
            std[c] = variance > 1e-6 ? (float)(Math.Sqrt(variance) / 255) : 1;
        }

        return new Normalisation([.. mean], [.. std]);
    }
}
