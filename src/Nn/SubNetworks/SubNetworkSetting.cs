using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.SubNetworks;

/// <summary>
/// A sub-network in its place: the network around it as far as it was decided, the weights of this moment, the images. All versions of the
/// sub-network are run on what this network hands into it, and compared with what it hands on when nothing of it is pruned. Immutable.
/// </summary>
/// <param name="coupling">Of the unpruned network.</param>
/// <param name="groups">Those in question.</param>
/// <param name="decided">One bit a unit; those of the groups count for nothing.</param>
/// <param name="weights">Of the unpruned network.</param>
/// <param name="images">The training split.</param>
/// <param name="batches">Indices into it; all of one length.</param>
internal sealed class SubNetworkSetting(
    ChannelCoupling coupling, ImmutableArray<int> groups, BitString decided, NamedTensors weights, ImageSet images,
        ImmutableArray<int[]> batches, ModuleOptions options)
{
    private readonly SubNetworkSpan span = SubNetworkSpan.Of(coupling, groups);
    private readonly BitString unpruned = Unpruned(coupling, groups, decided);
    private long? batchBytes;

    public SubNetworkSpan Span => span;

    public int Batches => batches.Length;

    /// <summary>Bytes of <see cref="PrefixValues"/> of one batch. Asked for under a lock, so found out once.</summary>
    public long BatchBytes => batchBytes ??= BytesOfBatch();

    /// <summary>Bytes of the weights, which are kept along.</summary>
    public long WeightBytes { get; } = weights.Sum(t => (long)t.Value.Bytes.Length);

    /// <summary>The sub-network with these of its units; other units are those that were decided.</summary>
    /// <exception cref="ArgumentException">The bits belong to another network, or a group keeps nothing.</exception>
    public (NetworkModule Module, long Params) Candidate(BitString filters)
    {
        var (graph, part, layout) = Slimmed(filters);
        var held = span.Layers.ToHashSet();
        var module = new NetworkModule(graph, WeightSlices.Of(coupling.Graph, layout, weights, held.Contains), options, part);
        return (module, module.Layout.Where(p => p.IsTrainable).Sum(p => p.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    /// <summary>Opens what <see cref="PrefixRun.Compute"/> needs; the caller disposes of it.</summary>
    public PrefixRun OpenPrefix()
    {
        var (graph, part, layout) = Slimmed(unpruned);
        var whole = WeightSlices.Of(coupling.Graph, layout, weights);
        var before = new NetworkModule(graph, whole, options, new GraphPart([0], part.Inputs));
        try
        {
            return new PrefixRun(before, new NetworkModule(graph, whole, options, part), new Batches(images), batches, options);
        }
        catch
        {
            before.Dispose();
            throw;
        }
    }

    private long BytesOfBatch()
    {
        var (graph, part, _) = Slimmed(unpruned);
        var shapes = ShapeInference.Infer(graph);
        var elements = part.Inputs.Concat(part.Outputs).Sum(layer => shapes[layer].Elements);
        return elements * batches[0].Length * (options.Precision == Precision.BFloat16 ? 2 : 4);
    }

    private (NetworkGraph Graph, GraphPart Part, SlimLayout Layout) Slimmed(BitString filters)
    {
        var layout = SlimLayout.Of(coupling, new PruningPlan(filters, null, ChannelMode.None));
        var slim = new SlimGraph(coupling, layout);
        var graph = slim.Build();
        return (graph, new GraphPart([.. span.Inputs.Select(i => slim.Places[i])], [.. span.Outputs.Select(i => slim.Places[i])]), layout);
    }

    private static BitString Unpruned(ChannelCoupling coupling, ImmutableArray<int> groups, BitString decided)
    {
        if (decided.Length != coupling.UnitCount)
        {
            throw new ArgumentException(
                $"A genome from another network: '{coupling.Graph.Name}' has {coupling.UnitCount} units, the genome {decided.Length}.",
                nameof(decided));
        }

        var bits = decided.ToArray();
        foreach (var group in groups.Select(g => coupling.Groups[g]))
        {
            bits.AsSpan(group.FirstBit, group.Units.Length).Fill(true);
        }

        return BitString.Of(bits);
    }
}

/// <summary>Runs the network up to a sub-network, and the unpruned sub-network. Belongs to one thread.</summary>
internal sealed class PrefixRun(NetworkModule before, NetworkModule unpruned, Batches training, ImmutableArray<int[]> batches,
    ModuleOptions options) : IDisposable
{
    /// <summary>The values at the ends of the sub-network for one batch. They belong to nobody's scope: whoever asks disposes of
    /// them.</summary>
    public PrefixValues Compute(int batch)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var images = training.Make(batches[batch], [], 0, 0, before.InputType, options.Device);
        var inputs = before.Evaluate([images]);
        var outputs = unpruned.Evaluate(inputs);
        var norms = outputs.Select(o => Reconstruction.Square(o)).ToImmutableArray();
        return new PrefixValues(
            [.. inputs.Select(t => t.DetachFromDisposeScope())], [.. outputs.Select(t => t.DetachFromDisposeScope())], norms);
    }

    public void Dispose()
    {
        before.Dispose();
        unpruned.Dispose();
    }
}

/// <summary>What goes into a sub-network and, unpruned, comes out of it, for one batch. Read by several threads.</summary>
/// <param name="Squares">Of each output: the sum of its squares.</param>
internal sealed record PrefixValues(ImmutableArray<Tensor> Inputs, ImmutableArray<Tensor> Outputs, ImmutableArray<double> Squares)
    : IDisposable
{
    public void Dispose()
    {
        foreach (var tensor in Inputs.Concat(Outputs).Distinct())
        {
            tensor.Dispose();
        }
    }
}
