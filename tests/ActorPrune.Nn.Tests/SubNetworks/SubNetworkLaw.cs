using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.SubNetworks;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using Activation = ActorPrune.Nn.Tests.Pruning.Activation;

namespace ActorPrune.Nn.Tests.SubNetworks;

/// <summary>
/// What must hold of a sub-network in any graph: unpruned it gives the whole network's values bit by bit, and its reconstruction error is
/// the one that two masked whole networks show at its outputs, computed in float64.
/// </summary>
internal static class SubNetworkLaw
{
    /// <summary>Of the reconstruction error, relative: float32 against float64 through a whole network.</summary>
    public const double Tolerance = 2e-3;

    /// <summary>Below this, rounding is all that is left of an error.</summary>
    public const double Floor = 1e-5;

    private const int Images = 2;

    public static void ShouldHold(NetworkGraph graph, ImmutableArray<int> groups, CounterRandom random, CouplingOptions? options = null)
    {
        var coupling = ChannelCoupling.Of(graph, options);
        var weights = Generated.Weights(graph);
        var images = Drawn(graph);
        var decided = Generated.Plan(coupling, ChannelMode.None, random).Filters;
        var setting = Setting(coupling, groups, decided, weights, images);
        var unpruned = WithGroups(coupling, groups, decided, _ => true);
        GivesTheValuesOfTheWholeNetwork(coupling, setting, unpruned, weights, images);

        var candidate = Generated.Plan(coupling, ChannelMode.None, random).Filters;
        var pruned = WithGroups(coupling, groups, decided, bit => candidate[bit]);
        var expected = Expected(coupling, setting.Span, unpruned, pruned, weights, images);
        var cache = new PrefixCache(1 << 28);
        using (var place = cache.Enter("law", () => setting))
        {
            Reconstruction.Measure(place, unpruned, default)
                .Error.ShouldBe(0, $"{graph.Name} {string.Join(',', groups)}: nothing is pruned");
            var found = Reconstruction.Measure(place, pruned, default).Error;
            Math.Abs(found - expected).ShouldBeLessThan((Tolerance * expected) + Floor,
                $"{graph.Name} {string.Join(',', groups)}: {found} against {expected}");
        }

        cache.Clear();
    }

    public static SubNetworkSetting Setting(
        ChannelCoupling coupling, ImmutableArray<int> groups, BitString decided, NamedTensors weights, ImageSet images, int batches = 1) =>
            new(
        coupling, groups, decided, weights, images, [.. Enumerable.Range(0, images.Count).Chunk(images.Count / batches)],
        new ModuleOptions(Precision.Float32, Device.Cpu));

    public static ImageSet Drawn(NetworkGraph graph, int count = Images)
    {
        var (input, random) = (graph.Input, CounterRandom.For(3, graph.Name, 0, 0, "pixels"));
        var pixels = new byte[count * input.Channels * input.Height * input.Width];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextInt(256);
        }

        return new ImageSet(
            input.Channels, input.Height, input.Width, 7, pixels, new int[count],
            [.. Enumerable.Repeat(0.5f, input.Channels)], [.. Enumerable.Repeat(0.29f, input.Channels)]);
    }

    public static BitString WithGroups(ChannelCoupling coupling, ImmutableArray<int> groups, BitString around, Func<int, bool> bit)
    {
        var own = groups.SelectMany(g => Enumerable.Range(coupling.Groups[g].FirstBit, coupling.Groups[g].Units.Length)).ToHashSet();
        return BitString.Create(around.Length, i => own.Contains(i) ? bit(i) : around[i]);
    }

    private static void GivesTheValuesOfTheWholeNetwork(
        ChannelCoupling coupling, SubNetworkSetting setting, BitString unpruned, NamedTensors weights, ImageSet images)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var slim = Surgery.Apply(coupling, new PruningPlan(unpruned, null, ChannelMode.None), weights);
        using var whole = new NetworkModule(slim.Graph, slim.Weights!, new ModuleOptions(Precision.Float32, Device.Cpu));
        var batch = new Batches(images).Make([.. Enumerable.Range(0, images.Count)], [], 0, 0, ScalarType.Float32, Device.Cpu);
        var values = new Dictionary<string, float[]> { [slim.Graph.Layers[0].Name] = batch.ToFloats() };
        _ = whole.Forward(batch, training: false, observe: (layer, value) => values[slim.Graph.Layers[layer].Name] = value.ToFloats());

        using var run = setting.OpenPrefix();
        using var prefix = run.Compute(0);
        var (module, _) = setting.Candidate(unpruned);
        using var part = module;
        var found = part.Evaluate(prefix.Inputs.AsSpan());
        Compare(setting.Span.Inputs, prefix.Inputs);
        Compare(setting.Span.Outputs, prefix.Outputs);
        Compare(setting.Span.Outputs, [.. found]);

        void Compare(ImmutableArray<int> layers, ImmutableArray<Tensor> tensors)
        {
            foreach (var (layer, tensor) in layers.Zip(tensors))
            {
                var name = coupling.Graph.Layers[layer].Name;
                tensor.ToFloats().SequenceEqual(values[name]).ShouldBeTrue(
                    $"{coupling.Graph.Name}: '{name}' must be the whole network's, bit by bit");
            }
        }
    }

    private static double Expected(
        ChannelCoupling coupling, SubNetworkSpan span, BitString unpruned, BitString pruned, NamedTensors weights, ImageSet images)
    {
        var (before, after) = (Masked(unpruned), Masked(pruned));
        return span.Outputs.Average(layer =>
        {
            var square = before[layer].Sum(v => v * v);
            var difference = before[layer].Zip(after[layer], (a, b) => (a - b) * (a - b)).Sum();
            return square > 0 ? Math.Sqrt(difference / square) : difference == 0 ? 0 : 1;
        });

        Dictionary<int, double[]> Masked(BitString filters)
        {
            var values = new Dictionary<int, double[]>();
            MaskedOriginal.Run(coupling, new PruningPlan(filters, null, ChannelMode.None), weights, Image(coupling.Graph, images),
                (layer, output) =>
            {
                if (span.Outputs.Contains(layer))
                {
                    values.Add(layer, [.. output.Values]);
                }
            });
            return values;
        }
    }

    private static Activation Image(NetworkGraph graph, ImageSet images)
    {
        using var scope = torch.NewDisposeScope();
        var batch = new Batches(images).Make([.. Enumerable.Range(0, images.Count)], [], 0, 0, ScalarType.Float32, Device.Cpu);
        return new Activation(images.Count, graph.Input.Channels, graph.Input.Height, graph.Input.Width,
            [.. batch.ToFloats().Select(v => (double)v)]);
    }
}
