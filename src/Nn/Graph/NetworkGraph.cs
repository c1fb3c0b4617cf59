using System.Collections.Immutable;

namespace ActorPrune.Nn.Graph;

/// <summary>
/// A convolutional network as an immutable list of layers in topological order. A layer's inputs stand before it; layer 0 is the
/// <see cref="Op.Input"/>, the last layer is the output (class logits, N×classes).
/// </summary>
/// <param name="Name">The zoo's name: "resnet20".</param>
/// <param name="Layers">In topological order.</param>
public sealed record NetworkGraph(string Name, ImmutableArray<Layer> Layers)
{
    public Op.Input Input => (Op.Input)Layers[0].Op;

    public Layer Output => Layers[^1];

    /// <summary>Itself, once every layer fits the layers that it reads (<see cref="ShapeInference.Infer"/>).</summary>
    /// <exception cref="GraphException">A layer does not fit; the message names it.</exception>
    public NetworkGraph Validate()
    {
        _ = ShapeInference.Infer(this);
        return this;
    }

    /// <summary>Equal names and equal layers, one by one.</summary>
    public bool Equals(NetworkGraph? other) =>
        other is not null && Name == other.Name && Layers.AsSpan().SequenceEqual(other.Layers.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Name, Layers.Length);
}

/// <summary>One layer.</summary>
/// <param name="Name">PyTorch's module path ("layer1.0.conv1"): parameters are Name + ".weight", ".bias", ".running_mean", …</param>
/// <param name="Op">What it computes.</param>
/// <param name="Inputs">Indices of the layers that it reads, all smaller than its own index.</param>
public sealed record Layer(string Name, Op Op, ImmutableArray<int> Inputs)
{
    public bool Equals(Layer? other) =>
        other is not null && Name == other.Name && Op.Equals(other.Op) && Inputs.AsSpan().SequenceEqual(other.Inputs.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Name, Op, Inputs.Length);
}

/// <summary>The operations that a layer can be. Activations are N×C×H×W, or N×F after <see cref="Flatten"/>.</summary>
public abstract record Op
{
    private Op()
    {
    }

    /// <summary>The image: C×H×W.</summary>
    public sealed record Input(int Channels, int Height, int Width) : Op;

    /// <summary>Weight: Out × In/Groups × Kernel × Kernel. Square kernels, same padding on all sides.</summary>
    public sealed record Conv2d(int In, int Out, int Kernel, int Stride, int Padding, int Groups, bool Bias) : Op;

    public sealed record BatchNorm2d(int Features, double Epsilon = 1e-5, double Momentum = 0.1) : Op;

    public sealed record BatchNorm1d(int Features, double Epsilon = 1e-5, double Momentum = 0.1) : Op;

    public sealed record Relu : Op;

    public sealed record Relu6 : Op;

    public sealed record MaxPool2d(int Kernel, int Stride, int Padding) : Op;

    public sealed record AvgPool2d(int Kernel, int Stride, int Padding) : Op;

    /// <summary>Mean over height and width: N×C×1×1.</summary>
    public sealed record GlobalAvgPool : Op;

    /// <summary>Weight: Out × In.</summary>
    public sealed record Linear(int In, int Out, bool Bias) : Op;

    public sealed record Add : Op;

    /// <summary>Along channels.</summary>
    public sealed record Concat : Op;

    /// <summary>Element-wise product, N×C×1×1 broadcast over N×C×H×W allowed.</summary>
    public sealed record Mul : Op;

    public sealed record Flatten : Op;

    public sealed record Dropout(double Probability) : Op;

    /// <summary>
    /// The parameter-free shortcut of ResNet's option A: takes every Stride-th row and column, then puts Before and After zero channels
    /// around. With <paramref name="Pool"/> it averages Stride×Stride cells instead of skipping them.
    /// </summary>
    public sealed record PadShortcut(int Stride, int Before, int After, bool Pool) : Op;

    /// <summary>
    /// Rearranges channels: output channel i is input channel Indices[i], or zeros where it is -1. Surgery inserts it where a layer reads
    /// fewer channels than its producer writes, or where a residual sum needs zero channels put back.
    /// </summary>
    public sealed record ChannelSelect(ImmutableArray<int> Indices) : Op
    {
        public bool Equals(ChannelSelect? other) => other is not null && Indices.AsSpan().SequenceEqual(other.Indices.AsSpan());

        public override int GetHashCode() => Indices.Length;
    }
}
