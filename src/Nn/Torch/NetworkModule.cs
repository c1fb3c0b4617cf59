using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Torch;

/// <summary>Arithmetic of convolutions. Weights, batch-norm statistics, linear layers and losses are float32 in both.</summary>
public enum Precision
{
    Float32,

    /// <summary>Weights and activations are rounded to bfloat16 where they are convolved.</summary>
    BFloat16,
}

/// <summary>How a network is run.</summary>
/// <param name="Masks">By a conv layer's name: a float32 Out × In/Groups × 1 × 1 of 0 and 1 that its weight is multiplied with;
/// null = none.</param>
public sealed record ModuleOptions(Precision Precision, Device Device, NamedTensors? Masks = null);

/// <summary>
/// A network graph in libtorch, with its parameters. Belongs to one thread at a time; frees its tensors when disposed of.
/// </summary>
public sealed class NetworkModule : IDisposable
{
    private readonly Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> masks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> batches = new(StringComparer.Ordinal);
    private readonly ImmutableArray<ParameterSpec> layout;
    private readonly ImmutableArray<PlannedOperation> plan;
    private readonly GraphPart? part;

    /// <exception cref="ArgumentException">A weight is missing, or its shape is not the graph's: the message names it.</exception>
    public NetworkModule(NetworkGraph graph, NamedTensors weights, ModuleOptions options)
        : this(graph, weights, options, null)
    {
    }

    /// <summary>With the parameters of a part alone: only <see cref="Evaluate"/> runs it.</summary>
    internal NetworkModule(NetworkGraph graph, NamedTensors weights, ModuleOptions options, GraphPart? part)
    {
        Graph = graph;
        Options = options;
        this.part = part;
        plan = ExecutionPlan.Of(graph, part);
        var held = plan.Select(operation => operation.Layer).ToHashSet();
        layout = part is null ? ParameterLayout.Of(graph) : [.. ParameterLayout.Of(graph).Where(spec => held.Contains(spec.Layer))];
        using var scope = torch.NewDisposeScope();
        try
        {
            Load(weights);
            foreach (var (name, mask) in options.Masks ?? NamedTensors.Empty)
            {
                masks.Add(name, torch.tensor(mask.Floats, mask.Shape.AsSpan(), options.Device).DetachFromDisposeScope());
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        TrainableNames = [.. layout.Where(spec => spec.IsTrainable).Select(spec => spec.Name)];
    }

    public NetworkGraph Graph { get; }

    public ModuleOptions Options { get; }

    public ImmutableArray<ParameterSpec> Layout => layout;

    /// <summary>The parameters that gradients are computed for, in the order of the layers.</summary>
    public ImmutableArray<string> TrainableNames { get; }

    /// <summary>
    /// When set, running statistics are the plain mean over the batches seen since (batch-norm recalibration), not a moving average.
    /// </summary>
    public bool CumulativeStatistics { get; set; }

    /// <summary>The element type that images must have.</summary>
    public ScalarType InputType => Options.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>The live tensor of a parameter or of a float buffer.</summary>
    public Tensor this[string name] => tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"Network '{Graph.Name}' has no parameter '{name}'.");

    /// <summary>
    /// Logits (N×classes, float32) of images (N×C×H×W in the type and memory format of the options). The result belongs to the current
    /// scope.
    /// </summary>
    /// <param name="training">Batch statistics, dropout on; running statistics are updated.</param>
    /// <param name="dropoutSeed">Together with the layer it determines the dropout masks.</param>
    /// <param name="observe">
    /// Shown each value that is computed, with the number of its layer, before it may be freed. The values inside an operation that does
    /// the work of several layers are not shown: a batch norm's is that of the residual sum and activation behind it where nothing else
    /// reads it.
    /// </param>
    public Tensor Forward(Tensor images, bool training, ulong dropoutSeed = 0, Action<int, Tensor>? observe = null)
    {
        var values = new Tensor[Graph.Layers.Length];
        values[0] = images;
        foreach (var operation in plan)
        {
            values[operation.Output] = Run(operation, values, training, dropoutSeed);
            observe?.Invoke(operation.Output, values[operation.Output]);
            foreach (var dead in operation.Frees)
            {
                values[dead].Dispose();
            }
        }

        return values[^1].dtype == ScalarType.Float32 ? values[^1] : values[^1].to(ScalarType.Float32);
    }

    /// <summary>
    /// The values of the part's outputs, in their order, in evaluation mode. They belong to the current scope, as far as they are not among
    /// the inputs.
    /// </summary>
    /// <param name="inputs">The values of the part's inputs, in their order, in the type and memory format that they have inside of the
    /// network.</param>
    internal Tensor[] Evaluate(ReadOnlySpan<Tensor> inputs)
    {
        var run = part ?? throw new InvalidOperationException($"This module of '{Graph.Name}' runs all of it.");
        var values = new Tensor[Graph.Layers.Length];
        for (var i = 0; i < run.Inputs.Length; i++)
        {
            values[run.Inputs[i]] = inputs[i];
        }

        foreach (var operation in plan)
        {
            values[operation.Output] = Run(operation, values, training: false, seed: 0);
            foreach (var dead in operation.Frees)
            {
                values[dead].Dispose();
            }
        }

        return [.. run.Outputs.Select(layer => values[layer])];
    }

    /// <summary>All parameters and buffers, copied to managed memory.</summary>
    public NamedTensors Weights() => NamedTensors.From(layout.Select(spec => KeyValuePair.Create(spec.Name, Read(spec))));

    /// <summary>
    /// The gradients of all trainable parameters, under their names, copied to managed memory and cleared; zero where there is none.
    /// </summary>
    public NamedTensors TakeGradients()
    {
        using var scope = torch.NewDisposeScope();
        var gradients = NamedTensors.From(TrainableNames.Select(name => KeyValuePair.Create(
            name, (tensors[name].grad ?? torch.zeros(tensors[name].shape)).ToData())));
        foreach (var name in TrainableNames)
        {
            tensors[name].zero_grad();
        }

        return gradients;
    }

    /// <summary>Overwrites all parameters and buffers.</summary>
    /// <exception cref="ArgumentException">One is missing, or its shape is not the graph's.</exception>
    public void Load(NamedTensors weights)
    {
        foreach (var spec in layout)
        {
            var data = Expect(weights, spec);
            if (spec.Role == ParameterRole.BatchesTracked)
            {
                batches[spec.Name] = data.Longs[0];
            }
            else if (tensors.TryGetValue(spec.Name, out var existing))
            {
                existing.CopyFrom(data.Bytes.Span);
            }
            else
            {
                var tensor = torch.tensor(data.Floats, spec.Shape.AsSpan(), Options.Device).DetachFromDisposeScope();
                tensors.Add(spec.Name, spec.IsTrainable ? tensor.requires_grad_() : tensor);
            }
        }
    }

    /// <summary>Takes over all parameters and buffers of a module of the same graph, without leaving libtorch.</summary>
    public void CopyFrom(NetworkModule other)
    {
        using var mode = torch.no_grad();
        foreach (var (name, tensor) in tensors)
        {
            tensor.copy_(other.tensors[name]);
        }

        foreach (var (name, count) in other.batches)
        {
            batches[name] = count;
        }
    }

    /// <summary>Sets running means to 0, variances to 1 and batch counts to 0.</summary>
    public void ResetStatistics()
    {
        foreach (var spec in layout.Where(spec => !spec.IsTrainable))
        {
            if (spec.Role == ParameterRole.BatchesTracked)
            {
                batches[spec.Name] = 0;
            }
            else
            {
                using var scope = torch.NewDisposeScope();
                tensors[spec.Name].copy_(torch.full(spec.Shape.AsSpan(), spec.Role == ParameterRole.RunningMean ? 0 : 1));
            }
        }
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values.Concat(masks.Values))
        {
            tensor.Dispose();
        }

        tensors.Clear();
        masks.Clear();
    }

    private Tensor Run(PlannedOperation operation, Tensor[] values, bool training, ulong seed)
    {
        var layer = Graph.Layers[operation.Layer];
        var x = values[operation.Inputs[0]];
        return layer.Op switch
        {
            Op.Conv2d c => functional.conv2d(x, ConvWeight(layer.Name), Bias(layer.Name, c.Bias), c.Stride, c.Padding, c.Groups),
            Op.Linear l => Linear(layer.Name, x, l.Bias),
            Op.BatchNorm2d n => Normalise(operation, values, training, n.Momentum, n.Epsilon),
            Op.BatchNorm1d n => Normalise(operation, values, training, n.Momentum, n.Epsilon),
            Op.Relu => functional.relu(x),
            Op.Relu6 => functional.relu6(x),
            Op.MaxPool2d p => functional.max_pool2d(x, p.Kernel, p.Stride, p.Padding),
            Op.AvgPool2d p => functional.avg_pool2d(x, p.Kernel, p.Stride, p.Padding),
            Op.GlobalAvgPool => functional.global_avg_pool2d(x),
            Op.Add => layer.Inputs.Skip(1).Aggregate(x, (sum, i) => sum + values[i]),
            Op.Mul => x * values[layer.Inputs[1]],
            Op.Concat => torch.cat([.. layer.Inputs.Select(i => values[i])], 1),
            Op.Flatten => torch.flatten(x),
            Op.Dropout d => training && d.Probability > 0 ? functional.dropout(x, d.Probability, DropoutSeed(seed, operation.Layer)) : x.alias(),
            Op.PadShortcut p => functional.pad_shortcut(x, p.Stride, p.Before, p.After, p.Pool),
            Op.ChannelSelect s => functional.channel_select(x, [.. s.Indices.Select(i => (long)i)]),
            _ => throw new ArgumentException($"Layer '{layer.Name}' is a {layer.Op.GetType().Name}, which cannot be run."),
        };
    }

    // libtorch's generator takes 32 bits of a seed: step and layer are hashed into them.
    private static ulong DropoutSeed(ulong seed, int layer) => CounterRandom.For((long)seed, "dropout", layer, 0, "mask").NextUInt32();

    // Always in float32. With 8 bits of mantissa, logits of some size tie, and the smaller class wins; and oneDNN's bfloat16 product of
    // this shape was seen to round differently late in a process than early, while its convolutions did not.
    private Tensor Linear(string layer, Tensor x, bool bias) =>
        functional.linear(x.to(ScalarType.Float32), tensors[layer + ".weight"], bias ? tensors[layer + ".bias"] : null);

    private Tensor ConvWeight(string layer)
    {
        var weight = tensors[layer + ".weight"];
        return Cast(masks.TryGetValue(layer, out var mask) ? weight * mask : weight);
    }

    private Tensor? Bias(string layer, bool present) => present ? Cast(tensors[layer + ".bias"]) : null;

    private Tensor Cast(Tensor tensor) => Options.Precision == Precision.BFloat16 ? tensor.to(ScalarType.BFloat16) : tensor;

    private Tensor Normalise(PlannedOperation operation, Tensor[] values, bool training, double momentum, double epsilon)
    {
        var name = Graph.Layers[operation.Layer].Name;
        var counter = name + ".num_batches_tracked";
        if (training)
        {
            batches[counter]++;
            momentum = CumulativeStatistics ? 1.0 / batches[counter] : momentum;
        }

        return functional.batch_norm(
            values[operation.Inputs[0]],
            tensors[name + ".running_mean"],
            tensors[name + ".running_var"],
            tensors[name + ".weight"],
            tensors[name + ".bias"],
            training,
            momentum,
            epsilon,
            operation.Inputs.Length > 1 ? values[operation.Inputs[1]] : null,
            operation.Activation);
    }

    private TensorData Read(ParameterSpec spec)
    {
        if (spec.Role == ParameterRole.BatchesTracked)
        {
            return TensorData.Of([], [batches[spec.Name]]);
        }

        return tensors[spec.Name].ToData();
    }

    private TensorData Expect(NamedTensors weights, ParameterSpec spec)
    {
        if (!weights.TryGetValue(spec.Name, out var data))
        {
            // Files of old PyTorch versions lack the count; it plays no part in any result.
            return spec.Role == ParameterRole.BatchesTracked
                ? TensorData.Of([], [0L])
                : throw new ArgumentException($"Network '{Graph.Name}' needs a tensor '{spec.Name}', which is not among the {weights.Count} given.");
        }

        return data.Type == spec.Type && data.Shape.AsSpan().SequenceEqual(spec.Shape.AsSpan())
            ? data
            : throw new ArgumentException(
                $"Tensor '{spec.Name}' of network '{Graph.Name}' must be {spec.Type} [{string.Join(", ", spec.Shape)}], "
                + $"but is {data.Type} [{string.Join(", ", data.Shape)}].");
    }
}
