using System.Collections.Immutable;

namespace ActorPrune.Nn.Graph;

/// <summary>
/// Writes a graph down the way a paper's table reads: each call appends a layer and gives its output to go on with. Input channels follow
/// from what is read.
/// </summary>
public sealed class GraphBuilder
{
    private readonly string name;
    private readonly List<Layer> layers = [];
    private readonly List<ActivationShape> shapes = [];

    private GraphBuilder(string name) => this.name = name;

    /// <summary>Starts the network <paramref name="name"/> with an image of C×H×W.</summary>
    public static Flow Start(string name, int channels, int height, int width) =>
        new GraphBuilder(name).Append("input", new Op.Input(channels, height, width));

    internal Flow Append(string layer, Op op, params ReadOnlySpan<Flow> inputs)
    {
        var read = new ActivationShape[inputs.Length];
        var indices = ImmutableArray.CreateBuilder<int>(inputs.Length);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Builder != this)
            {
                throw new ArgumentException($"Layer '{layer}' reads a layer of another network.", nameof(inputs));
            }

            read[i] = shapes[inputs[i].Index];
            indices.Add(inputs[i].Index);
        }

        shapes.Add(ShapeInference.Of(layer, op, read));
        layers.Add(new Layer(layer, op, indices.MoveToImmutable()));
        return new Flow(this, layers.Count - 1);
    }

    internal ActivationShape ShapeOf(int index) => shapes[index];

    internal string NameOf(int index) => layers[index].Name;

    internal NetworkGraph Build() => new NetworkGraph(name, [.. layers]).Validate();
}

/// <summary>The output of a layer under construction. Every method throws <see cref="GraphException"/>, naming the layer, where shapes do
/// not fit.</summary>
public readonly struct Flow
{
    internal Flow(GraphBuilder builder, int index) => (Builder, Index) = (builder, index);

    internal GraphBuilder Builder { get; }

    internal int Index { get; }

    public ActivationShape Shape => Builder.ShapeOf(Index);

    /// <summary>A square convolution; <paramref name="padding"/> of -1 keeps the size at stride 1 (half of the kernel).</summary>
    public Flow Conv(string name, int filters, int kernel, int stride = 1, int padding = -1, int groups = 1, bool bias = false) =>
        Builder.Append(name, new Op.Conv2d(Shape.Channels, filters, kernel, stride, padding < 0 ? kernel / 2 : padding, groups, bias), this);

    /// <summary>Batch normalisation over channels, or over features after <see cref="Flatten"/>.</summary>
    public Flow BatchNorm(string name) =>
        Builder.Append(name, Shape.Flat ? new Op.BatchNorm1d(Shape.Channels) : new Op.BatchNorm2d(Shape.Channels), this);

    /// <summary>Without a name it is called after the layer that it reads.</summary>
    public Flow Relu(string? name = null) => Builder.Append(name ?? $"{Builder.NameOf(Index)}.relu", new Op.Relu(), this);

    /// <summary>min(max(x, 0), 6). Without a name it is called after the layer that it reads.</summary>
    public Flow Relu6(string? name = null) => Builder.Append(name ?? $"{Builder.NameOf(Index)}.relu6", new Op.Relu6(), this);

    public Flow MaxPool(string name, int kernel, int stride, int padding = 0) => Builder.Append(name, new Op.MaxPool2d(kernel, stride, padding), this);

    public Flow AvgPool(string name, int kernel, int stride, int padding = 0) => Builder.Append(name, new Op.AvgPool2d(kernel, stride, padding), this);

    public Flow GlobalAvgPool(string name = "avgpool") => Builder.Append(name, new Op.GlobalAvgPool(), this);

    public Flow Flatten(string name = "flatten") => Builder.Append(name, new Op.Flatten(), this);

    public Flow Dropout(string name, double probability) => Builder.Append(name, new Op.Dropout(probability), this);

    public Flow Linear(string name, int features, bool bias = true) => Builder.Append(name, new Op.Linear(Shape.Channels, features, bias), this);

    public Flow Add(string name, Flow other) => Builder.Append(name, new Op.Add(), this, other);

    public Flow Mul(string name, Flow other) => Builder.Append(name, new Op.Mul(), this, other);

    /// <summary>Along channels: this one's first.</summary>
    public Flow Concat(string name, params ReadOnlySpan<Flow> others) => Builder.Append(name, new Op.Concat(), [this, .. others]);

    public Flow PadShortcut(string name, int stride, int before, int after, bool pool = false) =>
        Builder.Append(name, new Op.PadShortcut(stride, before, after, pool), this);

    public Flow Select(string name, params ReadOnlySpan<int> channels) => Builder.Append(name, new Op.ChannelSelect([.. channels]), this);

    /// <summary>The finished network, whose output this is; it must be the last layer.</summary>
    public NetworkGraph Build() => Builder.Build();
}
