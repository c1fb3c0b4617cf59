using System.Diagnostics;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>How a forward pass is timed.</summary>
/// <param name="Batch">Images a pass.</param>
/// <param name="Warmup">Passes before the clock runs.</param>
/// <param name="Repeats">Passes timed; the figure is their median.</param>
public sealed record LatencySetting(int Batch, Precision Precision, Device Device, int Threads, int Warmup = 5, int Repeats = 21);

/// <summary>Times of single passes, in milliseconds.</summary>
public sealed record Latency(double MedianMs, double FastestMs, double SlowestMs);

/// <summary>Measures how long a network takes; never part of a deterministic result.</summary>
public static class LatencyMeter
{
    /// <summary>Evaluation mode, on images of zeros: time does not depend on values here, as denormals are flushed.</summary>
    public static Latency Measure(NetworkGraph graph, NamedTensors weights, LatencySetting setting, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(setting.Batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(setting.Repeats, 1);
        var threads = torch.get_num_threads();
        torch.set_num_threads(setting.Threads);
        try
        {
            using var module = new NetworkModule(graph, weights, new ModuleOptions(setting.Precision, setting.Device));
            using var mode = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var input = graph.Input;
            var images = torch.zeros([setting.Batch, input.Channels, input.Height, input.Width], module.InputType, setting.Device).channels_last();
            var times = new double[setting.Repeats];
            for (var i = -setting.Warmup; i < times.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var pass = torch.NewDisposeScope();
                var start = Stopwatch.GetTimestamp();

                // Reading the logits waits for a GPU to finish.
                _ = module.Forward(images, training: false).ToFloats();
                if (i >= 0)
                {
                    times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
            }

            Array.Sort(times);
            return new Latency(times[times.Length / 2], times[0], times[^1]);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
