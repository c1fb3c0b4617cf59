using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Pruning;

/// <summary>An activation of a batch in double precision, N×C×H×W.</summary>
internal sealed record Activation(int Batch, int Channels, int Height, int Width, double[] Values)
{
    public int Area => Height * Width;

    public static Activation Zeros(int batch, int channels, int height, int width) =>
        new(batch, channels, height, width, new double[batch * channels * height * width]);

    public Span<double> Plane(int image, int channel) => Values.AsSpan(((image * Channels) + channel) * Area, Area);
}

/// <summary>Runs a graph in evaluation mode, written plainly from the operations' definitions, as what everything else is compared
/// with.</summary>
internal static class ReferenceForward
{
    /// <param name="afterLayer">Called with every layer's output before others read it; may change it.</param>
    public static Activation Run(NetworkGraph graph, NamedTensors weights, Activation image, Action<int, Activation>? afterLayer = null)
    {
        var outputs = new Activation[graph.Layers.Length];
        for (var i = 0; i < outputs.Length; i++)
        {
            var layer = graph.Layers[i];
            outputs[i] = layer.Op is Op.Input ? image with { Values = [.. image.Values] } : Compute(layer, weights, [.. layer.Inputs.Select(j => outputs[j])]);
            afterLayer?.Invoke(i, outputs[i]);
        }

        return outputs[^1];
    }

    private static Activation Compute(Layer layer, NamedTensors weights, Activation[] inputs)
    {
        var x = inputs[0];
        return layer.Op switch
        {
            Op.Conv2d conv => Convolve(conv, weights[$"{layer.Name}.weight"].Floats, Bias(layer.Name, conv.Bias, weights), x),
            Op.BatchNorm2d norm => Normalise(layer.Name, norm.Epsilon, weights, x),
            Op.BatchNorm1d norm => Normalise(layer.Name, norm.Epsilon, weights, x),
            Op.Relu => Map(x, v => Math.Max(v, 0)),
            Op.Relu6 => Map(x, v => Math.Min(Math.Max(v, 0), 6)),
            Op.Dropout => Map(x, v => v),
            Op.MaxPool2d p => Pool(x, p.Kernel, p.Stride, p.Padding, maximum: true),
            Op.AvgPool2d p => Pool(x, p.Kernel, p.Stride, p.Padding, maximum: false),
            Op.GlobalAvgPool => GlobalMean(x),
            Op.Linear linear => Multiply(linear, weights[$"{layer.Name}.weight"].Floats, Bias(layer.Name, linear.Bias, weights), x),
            Op.Add => inputs[1..].Aggregate(Map(x, v => v), (sum, y) => sum with { Values = [.. sum.Values.Zip(y.Values, (a, b) => a + b)] }),
            Op.Mul => Product(x, inputs[1]),
            Op.Concat => Concatenate(inputs),
            Op.Flatten => new Activation(x.Batch, x.Channels * x.Area, 1, 1, [.. x.Values]),
            Op.PadShortcut pad => Shortcut(pad, x),
            Op.ChannelSelect select => Select(select, x),
            _ => throw new InvalidOperationException($"No reference for {layer.Op}."),
        };
    }

    private static float[]? Bias(string layer, bool has, NamedTensors weights) => has ? weights[$"{layer}.bias"].Floats.ToArray() : null;

    private static Activation Map(Activation x, Func<double, double> f) => x with { Values = Array.ConvertAll(x.Values, v => f(v)) };

    private static Activation Convolve(Op.Conv2d conv, ReadOnlySpan<float> weight, float[]? bias, Activation x)
    {
        var height = ((x.Height + (2 * conv.Padding) - conv.Kernel) / conv.Stride) + 1;
        var width = ((x.Width + (2 * conv.Padding) - conv.Kernel) / conv.Stride) + 1;
        var y = Activation.Zeros(x.Batch, conv.Out, height, width);
        var (each, filters) = (conv.In / conv.Groups, conv.Out / conv.Groups);
        for (var n = 0; n < x.Batch; n++)
        {
            for (var o = 0; o < conv.Out; o++)
            {
                var target = y.Plane(n, o);
                target.Fill(bias?[o] ?? 0);
                for (var i = 0; i < each; i++)
                {
                    var kernel = weight.Slice(((o * each) + i) * conv.Kernel * conv.Kernel, conv.Kernel * conv.Kernel);
                    Accumulate(conv, kernel, x.Plane(n, (o / filters * each) + i), x.Height, x.Width, target, height, width);
                }
            }
        }

        return y;
    }

    private static void Accumulate(
        Op.Conv2d conv, ReadOnlySpan<float> kernel, ReadOnlySpan<double> source, int h, int w, Span<double> target, int height, int width)
    {
        for (var k = 0; k < kernel.Length; k++)
        {
            var (dy, dx, value) = ((k / conv.Kernel) - conv.Padding, (k % conv.Kernel) - conv.Padding, (double)kernel[k]);
            if (value == 0)
            {
                continue;
            }

            // Columns whose source lies inside the image: the tests run unoptimised, so the innermost loop holds no condition.
            var first = dx < 0 ? (-dx + conv.Stride - 1) / conv.Stride : 0;
            var end = Math.Min(width, ((w - 1 - dx) / conv.Stride) + 1);
            for (var row = 0; row < height; row++)
            {
                var from = (row * conv.Stride) + dy;
                if (from < 0 || from >= h)
                {
                    continue;
                }

                var at = (from * w) + (first * conv.Stride) + dx;
                var last = (row * width) + end;
                for (var to = (row * width) + first; to < last; to++, at += conv.Stride)
                {
                    target[to] += value * source[at];
                }
            }
        }
    }

    private static Activation Normalise(string layer, double epsilon, NamedTensors weights, Activation x)
    {
        var scale = weights[$"{layer}.weight"].Floats;
        var shift = weights[$"{layer}.bias"].Floats;
        var mean = weights[$"{layer}.running_mean"].Floats;
        var variance = weights[$"{layer}.running_var"].Floats;
        var y = Map(x, v => v);
        for (var n = 0; n < x.Batch; n++)
        {
            for (var c = 0; c < x.Channels; c++)
            {
                foreach (ref var v in y.Plane(n, c))
                {
                    v = ((v - mean[c]) / Math.Sqrt(variance[c] + epsilon) * scale[c]) + shift[c];
                }
            }
        }

        return y;
    }

    private static Activation Pool(Activation x, int kernel, int stride, int padding, bool maximum)
    {
        var height = ((x.Height + (2 * padding) - kernel) / stride) + 1;
        var width = ((x.Width + (2 * padding) - kernel) / stride) + 1;
        var y = Activation.Zeros(x.Batch, x.Channels, height, width);
        for (var plane = 0; plane < x.Batch * x.Channels; plane++)
        {
            for (var i = 0; i < height * width; i++)
            {
                var (best, sum) = (double.NegativeInfinity, 0.0);
                for (var k = 0; k < kernel * kernel; k++)
                {
                    var (row, column) = ((i / width * stride) + (k / kernel) - padding, (i % width * stride) + (k % kernel) - padding);
                    if (row >= 0 && row < x.Height && column >= 0 && column < x.Width)
                    {
                        var v = x.Values[(plane * x.Area) + (row * x.Width) + column];
                        (best, sum) = (Math.Max(best, v), sum + v);
                    }
                }

                // PyTorch's avg_pool2d counts the padding.
                y.Values[(plane * height * width) + i] = maximum ? best : sum / (kernel * kernel);
            }
        }

        return y;
    }

    private static Activation GlobalMean(Activation x)
    {
        var y = Activation.Zeros(x.Batch, x.Channels, 1, 1);
        for (var plane = 0; plane < y.Values.Length; plane++)
        {
            y.Values[plane] = x.Values.AsSpan(plane * x.Area, x.Area).ToArray().Average();
        }

        return y;
    }

    private static Activation Multiply(Op.Linear linear, ReadOnlySpan<float> weight, float[]? bias, Activation x)
    {
        var y = Activation.Zeros(x.Batch, linear.Out, 1, 1);
        for (var n = 0; n < x.Batch; n++)
        {
            for (var o = 0; o < linear.Out; o++)
            {
                var sum = (double)(bias?[o] ?? 0);
                for (var i = 0; i < linear.In; i++)
                {
                    sum += weight[(o * linear.In) + i] * x.Values[(n * linear.In) + i];
                }

                y.Values[(n * linear.Out) + o] = sum;
            }
        }

        return y;
    }

    private static Activation Product(Activation a, Activation b)
    {
        var (large, small) = a.Area >= b.Area ? (a, b) : (b, a);
        var y = Map(large, v => v);
        for (var i = 0; i < y.Values.Length; i++)
        {
            y.Values[i] *= small.Area == large.Area ? small.Values[i] : small.Values[i / large.Area];
        }

        return y;
    }

    private static Activation Concatenate(Activation[] inputs)
    {
        var y = Activation.Zeros(inputs[0].Batch, inputs.Sum(i => i.Channels), inputs[0].Height, inputs[0].Width);
        for (var n = 0; n < y.Batch; n++)
        {
            var at = 0;
            foreach (var input in inputs)
            {
                for (var c = 0; c < input.Channels; c++)
                {
                    input.Plane(n, c).CopyTo(y.Plane(n, at++));
                }
            }
        }

        return y;
    }

    private static Activation Shortcut(Op.PadShortcut pad, Activation x)
    {
        var s = pad.Stride;
        var (height, width) = pad.Pool ? (x.Height / s, x.Width / s) : ((x.Height + s - 1) / s, (x.Width + s - 1) / s);
        var y = Activation.Zeros(x.Batch, pad.Before + x.Channels + pad.After, height, width);
        for (var n = 0; n < x.Batch; n++)
        {
            for (var c = 0; c < x.Channels; c++)
            {
                for (var i = 0; i < height * width; i++)
                {
                    var (row, column, sum) = (i / width * s, i % width * s, 0.0);
                    for (var k = 0; k < (pad.Pool ? s * s : 1); k++)
                    {
                        sum += x.Plane(n, c)[((row + (k / s)) * x.Width) + column + (k % s)];
                    }

                    y.Plane(n, pad.Before + c)[i] = pad.Pool ? sum / (s * s) : sum;
                }
            }
        }

        return y;
    }

    private static Activation Select(Op.ChannelSelect select, Activation x)
    {
        var y = Activation.Zeros(x.Batch, select.Indices.Length, x.Height, x.Width);
        for (var n = 0; n < x.Batch; n++)
        {
            for (var c = 0; c < select.Indices.Length; c++)
            {
                if (select.Indices[c] >= 0)
                {
                    x.Plane(n, select.Indices[c]).CopyTo(y.Plane(n, c));
                }
            }
        }

        return y;
    }
}
