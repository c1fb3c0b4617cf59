using System.Collections.Immutable;

namespace ActorPrune.Nn.Graph;

/// <summary>Follows channels and sizes through a graph and refuses what does not fit.</summary>
public static class ShapeInference
{
    /// <summary>The output shape of every layer, by layer index.</summary>
    /// <exception cref="GraphException">
    /// Wrong order, repeated names, channels or sizes that do not meet, a layer that nothing reads, a limit of <see cref="GraphLimits"/>.
    /// </exception>
    public static ImmutableArray<ActivationShape> Infer(NetworkGraph graph)
    {
        CheckStructure(graph);
        var shapes = ImmutableArray.CreateBuilder<ActivationShape>(graph.Layers.Length);
        foreach (var layer in graph.Layers)
        {
            var inputs = new ActivationShape[layer.Inputs.Length];
            for (var i = 0; i < inputs.Length; i++)
            {
                inputs[i] = shapes[layer.Inputs[i]];
            }

            shapes.Add(Of(layer.Name, layer.Op, inputs));
        }

        return shapes.MoveToImmutable();
    }

    /// <summary>The output shape of one layer that reads activations of the shapes <paramref name="inputs"/>.</summary>
    /// <exception cref="GraphException">The operation cannot read these shapes.</exception>
    public static ActivationShape Of(string name, Op op, ReadOnlySpan<ActivationShape> inputs)
    {
        CheckArity(name, op, inputs.Length);
        var shape = op switch
        {
            Op.Input input => new ActivationShape(input.Channels, input.Height, input.Width, false),
            Op.Conv2d conv => Convolved(name, conv, inputs[0]),
            Op.BatchNorm2d norm => Normalised(name, norm.Features, norm.Epsilon, norm.Momentum, inputs[0], flat: false),
            Op.BatchNorm1d norm => Normalised(name, norm.Features, norm.Epsilon, norm.Momentum, inputs[0], flat: true),
            Op.Relu or Op.Relu6 => inputs[0],
            Op.Dropout dropout => dropout.Probability is >= 0 and < 1
                ? inputs[0]
                : throw Wrong(name, $"drops with probability {dropout.Probability}, but it must lie in [0, 1)"),
            Op.MaxPool2d pool => Pooled(name, pool.Kernel, pool.Stride, pool.Padding, inputs[0]),
            Op.AvgPool2d pool => Pooled(name, pool.Kernel, pool.Stride, pool.Padding, inputs[0]),
            Op.GlobalAvgPool => Image(name, inputs[0]) with { Height = 1, Width = 1 },
            Op.Linear linear => Multiplied(name, linear, inputs[0]),
            Op.Add => Summed(name, inputs),
            Op.Mul => Product(name, inputs[0], inputs[1]),
            Op.Concat => Joined(name, inputs),
            Op.Flatten => new ActivationShape(Features(name, Image(name, inputs[0]).Elements), 1, 1, true),
            Op.PadShortcut pad => Padded(name, pad, inputs[0]),
            Op.ChannelSelect select => Selected(name, select, inputs[0]),
            _ => throw Wrong(name, $"is an unknown operation '{op.GetType().Name}'"),
        };
        return Limited(name, shape);
    }

    private static void CheckStructure(NetworkGraph graph)
    {
        if (graph.Layers.IsDefaultOrEmpty || graph.Layers[0].Op is not Op.Input)
        {
            throw new GraphException($"Network '{graph.Name}': the first layer must be the input.");
        }

        if (graph.Layers.Length > GraphLimits.Layers)
        {
            throw new GraphException($"Network '{graph.Name}' has {graph.Layers.Length} layers; at most {GraphLimits.Layers} are allowed.");
        }

        var names = new HashSet<string>(graph.Layers.Length, StringComparer.Ordinal);
        var read = new bool[graph.Layers.Length];
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            var layer = graph.Layers[i];
            if (string.IsNullOrEmpty(layer.Name) || layer.Name.Length > GraphLimits.Name || !names.Add(layer.Name))
            {
                throw Wrong(layer.Name, $"(number {i}) needs a name of its own, 1 to {GraphLimits.Name} characters long");
            }

            if (i > 0 && layer.Op is Op.Input)
            {
                throw Wrong(layer.Name, "is a second input; a network has one");
            }

            if (layer.Inputs.IsDefault || layer.Op is null)
            {
                throw Wrong(layer.Name, "has no operation or no list of inputs");
            }

            foreach (var input in layer.Inputs)
            {
                if (input < 0 || input >= i)
                {
                    throw Wrong(layer.Name, $"(number {i}) reads layer number {input}, which does not stand before it");
                }

                read[input] = true;
            }
        }

        var unread = Array.IndexOf(read, false);
        if (unread != graph.Layers.Length - 1)
        {
            throw Wrong(graph.Layers[unread].Name, "is read by no other layer and is not the last one");
        }
    }

    private static void CheckArity(string name, Op op, int inputs)
    {
        var fits = op switch
        {
            Op.Input => inputs == 0,
            Op.Add or Op.Concat => inputs >= 2,
            Op.Mul => inputs == 2,
            _ => inputs == 1,
        };
        if (!fits)
        {
            throw Wrong(name, $"({op.GetType().Name}) cannot have {inputs} inputs");
        }
    }

    private static ActivationShape Convolved(string name, Op.Conv2d conv, ActivationShape input)
    {
        Image(name, input);
        if (conv.In != input.Channels)
        {
            throw Wrong(name, $"expects {conv.In} input channels, but reads {input}");
        }

        if (conv.Groups < 1 || conv.Out < 1 || conv.In % conv.Groups != 0 || conv.Out % conv.Groups != 0)
        {
            throw Wrong(name, $"has {conv.In} input and {conv.Out} output channels, which {conv.Groups} groups do not divide");
        }

        if ((long)conv.Out * (conv.In / conv.Groups) * Math.Max(1, conv.Kernel) * Math.Max(1, conv.Kernel) > GraphLimits.WeightElements)
        {
            throw Wrong(name, $"needs a weight of more than {GraphLimits.WeightElements} elements");
        }

        return new ActivationShape(
            conv.Out,
            Slide(name, conv.Kernel, conv.Stride, conv.Padding, input.Height),
            Slide(name, conv.Kernel, conv.Stride, conv.Padding, input.Width),
            false);
    }

    private static ActivationShape Pooled(string name, int kernel, int stride, int padding, ActivationShape input)
    {
        Image(name, input);
        if (padding > kernel / 2)
        {
            throw Wrong(name, $"pads {padding}, which is more than half of its kernel of {kernel}");
        }

        return input with { Height = Slide(name, kernel, stride, padding, input.Height), Width = Slide(name, kernel, stride, padding, input.Width) };
    }

    private static int Slide(string name, int kernel, int stride, int padding, int side)
    {
        if (kernel is < 1 or > GraphLimits.Kernel || stride is < 1 or > GraphLimits.Kernel || padding is < 0 or > GraphLimits.Kernel)
        {
            throw Wrong(name, $"has kernel {kernel}, stride {stride}, padding {padding}: outside 1 to {GraphLimits.Kernel} (padding from 0)");
        }

        var room = side + (2 * padding) - kernel;
        return room >= 0
            ? (room / stride) + 1
            : throw Wrong(name, $"has a kernel of {kernel} with padding {padding}, which does not fit {side} pixels: use larger images");
    }

    private static ActivationShape Normalised(string name, int features, double epsilon, double momentum, ActivationShape input, bool flat)
    {
        if (input.Flat != flat || input.Channels != features)
        {
            throw Wrong(name, $"normalises {features} {(flat ? "features" : "channels")}, but reads {input}");
        }

        // Negated so that NaN is refused too.
        if (!(epsilon > 0 && double.IsFinite(epsilon)) || !(momentum is >= 0 and <= 1))
        {
            throw Wrong(name, $"has epsilon {epsilon} and momentum {momentum}; expected epsilon > 0 and momentum in [0, 1]");
        }

        return input;
    }

    private static ActivationShape Multiplied(string name, Op.Linear linear, ActivationShape input)
    {
        if (!input.Flat || input.Channels != linear.In || linear.Out < 1)
        {
            throw Wrong(name, $"maps {linear.In} features to {linear.Out}, but reads {input}{(input.Flat ? "" : " (put a flatten before it)")}");
        }

        return (long)linear.In * linear.Out <= GraphLimits.WeightElements
            ? new ActivationShape(linear.Out, 1, 1, true)
            : throw Wrong(name, $"needs a weight of more than {GraphLimits.WeightElements} elements");
    }

    private static ActivationShape Summed(string name, ReadOnlySpan<ActivationShape> inputs)
    {
        foreach (var input in inputs)
        {
            if (input != inputs[0])
            {
                throw Wrong(name, $"adds {inputs[0]} and {input}, which must be equal");
            }
        }

        return inputs[0];
    }

    private static ActivationShape Product(string name, ActivationShape left, ActivationShape right)
    {
        var fits = left.Flat == right.Flat && left.Channels == right.Channels;
        if (fits && right is { Height: 1, Width: 1 })
        {
            return left;
        }

        return fits && (left == right || left is { Height: 1, Width: 1 })
            ? right
            : throw Wrong(name, $"multiplies {left} and {right}; they must be equal, or one of them C×1×1");
    }

    private static ActivationShape Joined(string name, ReadOnlySpan<ActivationShape> inputs)
    {
        var channels = 0L;
        foreach (var input in inputs)
        {
            if (input with { Channels = inputs[0].Channels } != inputs[0])
            {
                throw Wrong(name, $"concatenates {inputs[0]} and {input}; heights and widths must be equal");
            }

            channels += input.Channels;
        }

        return inputs[0] with { Channels = Features(name, channels) };
    }

    private static ActivationShape Padded(string name, Op.PadShortcut pad, ActivationShape input)
    {
        Image(name, input);
        if (pad.Stride is < 1 or > GraphLimits.Kernel || pad.Before is < 0 or > GraphLimits.Channels || pad.After is < 0 or > GraphLimits.Channels)
        {
            throw Wrong(name, $"has stride {pad.Stride} and puts {pad.Before} and {pad.After} channels around; negative or too large");
        }

        if (pad.Pool && (input.Height < pad.Stride || input.Width < pad.Stride))
        {
            throw Wrong(name, $"averages {pad.Stride}×{pad.Stride} cells of {input}: use larger images");
        }

        // Skipping reads pixels 0, s, 2s, …: the last, incomplete cell counts. Averaging has only whole cells, as PyTorch's avg_pool2d.
        return new ActivationShape(
            pad.Before + input.Channels + pad.After,
            pad.Pool ? input.Height / pad.Stride : (input.Height + pad.Stride - 1) / pad.Stride,
            pad.Pool ? input.Width / pad.Stride : (input.Width + pad.Stride - 1) / pad.Stride,
            false);
    }

    private static ActivationShape Selected(string name, Op.ChannelSelect select, ActivationShape input)
    {
        if (select.Indices.IsDefaultOrEmpty)
        {
            throw Wrong(name, "selects no channel");
        }

        foreach (var index in select.Indices)
        {
            if (index < -1 || index >= input.Channels)
            {
                throw Wrong(name, $"selects channel {index} of {input}; expected -1 (zeros) or 0 to {input.Channels - 1}");
            }
        }

        return input with { Channels = select.Indices.Length };
    }

    private static ActivationShape Image(string name, ActivationShape input) =>
        input.Flat ? throw Wrong(name, $"needs C×H×W, but reads {input}") : input;

    private static int Features(string name, long count) =>
        count <= GraphLimits.Features ? (int)count : throw Wrong(name, $"has {count} features; at most {GraphLimits.Features} are allowed");

    private static ActivationShape Limited(string name, ActivationShape shape)
    {
        var channels = shape.Flat ? GraphLimits.Features : GraphLimits.Channels;
        return shape.Channels >= 1 && shape.Channels <= channels && shape.Height is >= 1 and <= GraphLimits.Side && shape.Width is >= 1 and <= GraphLimits.Side
            ? shape
            : throw Wrong(name, $"gives {shape}; allowed are 1 to {channels} channels and sides of 1 to {GraphLimits.Side}");
    }

    private static GraphException Wrong(string? name, string what) => new($"Layer '{name}' {what}.");
}
