using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>A comparison of what an exported file computes with what its network computes, on random images.</summary>
/// <param name="Images">N×C×H×W, float32, standard normal: always the same ones for one size.</param>
/// <param name="Outputs">The network's logits for them: N×classes.</param>
/// <param name="Difference">The largest difference of an output; infinite where numbers stand against none, or their count
/// differs.</param>
/// <param name="Largest">The network's largest output.</param>
public sealed record ExportProof(ExportFormat Format, TensorData Images, TensorData Outputs, double Difference, double Largest)
{
    private const int Batch = 4;

    /// <summary>Whether the file computes the same, within <see cref="ExportFormat.Tolerance"/>.</summary>
    public bool Holds => Difference <= Format.Tolerance * Largest;

    /// <summary>The difference as a share of the largest output.</summary>
    public double Share => Difference == 0 ? 0 : Difference / Largest;

    /// <summary>Runs both on a batch of images and on the first of them alone, on one thread of the processor.</summary>
    /// <exception cref="FormatException">The file cannot be read.</exception>
    /// <exception cref="TorchException">The file, or the network, cannot be run.</exception>
    public static ExportProof Of(ExportFormat format, byte[] file, SlimNetwork network)
    {
        var images = RandomImages(network.Graph.Input);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var module = new NetworkModule(network.Graph, BakedMasks.Of(network), new ModuleOptions(Precision.Float32, Device.Cpu));
        var (difference, largest, outputs) = (0.0, 0.0, default(TensorData));
        foreach (var count in (int[])[1, Batch])
        {
            var input = network.Graph.Input;
            var pixels = images.Floats[..(count * input.Channels * input.Height * input.Width)];
            var batch = torch.tensor(pixels, [count, input.Channels, input.Height, input.Width]);
            outputs = module.Forward(batch.channels_last(), training: false).ToData();
            var found = format.Forward(file, batch).ToData();
            difference = Math.Max(difference, Differ(outputs, found));
            largest = Math.Max(largest, LargestOf(outputs));
        }

        return new ExportProof(format, images, outputs, difference, largest);
    }

    private static TensorData RandomImages(Op.Input input)
    {
        var random = CounterRandom.For(1, "export", 0, 0, "images");
        var pixels = new float[Batch * input.Channels * input.Height * input.Width];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (float)random.NextGaussian();
        }

        return TensorData.Of([Batch, input.Channels, input.Height, input.Width], pixels);
    }

    private static double Differ(TensorData expected, TensorData found)
    {
        if (!expected.Shape.AsSpan().SequenceEqual(found.Shape.AsSpan()))
        {
            return double.PositiveInfinity;
        }

        var largest = 0.0;
        for (var i = 0; i < expected.Floats.Length; i++)
        {
            var (one, other) = (expected.Floats[i], found.Floats[i]);
            if (!one.Equals(other))
            {
                var difference = Math.Abs((double)one - other);
                largest = double.IsFinite(difference) ? Math.Max(largest, difference) : double.PositiveInfinity;
            }
        }

        return largest;
    }

    private static double LargestOf(TensorData outputs)
    {
        var largest = 0.0;
        foreach (var value in outputs.Floats)
        {
            largest = float.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;
        }

        return largest;
    }
}
