using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Study;

public sealed class SuperNetWeightsTests
{
    public static TheoryData<string> Networks { get; } = ["resnet8", "vgg11", "densenet40", "mobilenetv2"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void What_was_written_back_is_cut_out_again_and_the_rest_is_as_it_was(string network)
    {
        var coupling = Coupling(network);
        var superNet = Generated.Weights(coupling.Graph, 1);
        var slice = SliceOf(coupling, Generated.Weights(coupling.Graph, 2), 3);

        var written = SuperNetWeights.Written(coupling, superNet, [slice], WriteBack.Sequential);

        Cut(coupling, written, slice.Filters).Hash.ShouldBe(Batches(slice.Network.Weights!, superNet).Hash);
        foreach (var (name, values) in written.Where(t => t.Value.Type == TensorType.Float32))
        {
            var changed = values.Floats.ToArray().Zip(superNet[name].Floats.ToArray()).Count(p => p.First != p.Second);
            changed.ShouldBe((int)slice.Network.Weights![name].Count, $"{name}: as many weights change as the slice has");
        }
    }

    [Fact]
    public void One_after_the_other_the_last_writer_counts()
    {
        var coupling = Coupling("resnet8");
        var superNet = Generated.Weights(coupling.Graph, 1);
        var slices = Slices(coupling, 3);

        var together = SuperNetWeights.Written(coupling, superNet, slices, WriteBack.Sequential);
        var apart = slices.Aggregate(superNet, (net, slice) => SuperNetWeights.Written(coupling, net, [slice], WriteBack.Sequential));

        together.Hash.ShouldBe(apart.Hash);
        Cut(coupling, together, slices[2].Filters).Hash.ShouldBe(Batches(slices[2].Network.Weights!, superNet).Hash);
    }

    [Fact]
    public void Written_together_a_weight_is_the_mean_of_those_that_have_it()
    {
        var coupling = Coupling("resnet8");
        var superNet = Generated.Weights(coupling.Graph, 1);
        var slices = Slices(coupling, 3);

        var written = SuperNetWeights.Written(coupling, superNet, slices, WriteBack.Generation);

        // Each slice spread over a full network of its own, beside a marker of where it has weights.
        var spread = slices.Select(s => SuperNetWeights.Written(coupling, superNet, [s], WriteBack.Sequential)).ToArray();
        var nothing = Constant(superNet, float.NaN);
        var marked = slices.Select(s => SuperNetWeights.Written(coupling, nothing, [s], WriteBack.Sequential)).ToArray();
        var several = 0;
        foreach (var (name, values) in written.Where(t => t.Value.Type == TensorType.Float32))
        {
            for (var i = 0; i < values.Count; i++)
            {
                var own = Enumerable.Range(0, 3).Where(s => !float.IsNaN(marked[s][name].Floats[i])).Select(s => spread[s][name].Floats[i]).ToArray();
                several += own.Length > 1 ? 1 : 0;
                values.Floats[i].ShouldBe(own.Length == 0 ? superNet[name].Floats[i] : own.Average(), 1e-5f, $"{name}[{i}]");
            }
        }

        several.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void The_order_of_writing_changes_nothing_where_it_is_together()
    {
        var coupling = Coupling("resnet8");
        var superNet = Generated.Weights(coupling.Graph, 1);
        var slices = Slices(coupling, 2);

        SuperNetWeights.Written(coupling, superNet, [.. slices.Reverse()], WriteBack.Generation).Hash
            .ShouldBe(SuperNetWeights.Written(coupling, superNet, slices, WriteBack.Generation).Hash);
    }

    [Fact]
    public void A_slice_survives_its_file()
    {
        var coupling = Coupling("resnet8");
        var slice = SliceOf(coupling, Generated.Weights(coupling.Graph, 2), 3);
        var read = Slice.Parse(slice.ToBytes(), "slice");

        read.Filters.ShouldBe(slice.Filters);
        read.Network.Weights!.Hash.ShouldBe(slice.Network.Weights!.Hash);
        Should.Throw<FormatException>(() => Slice.Parse(NetworkFile.ToBytes(slice.Network), "plain"))
            .Message.ShouldContain("plain: the metadata hold no 'filters'");
    }

    [Fact]
    public void A_slice_of_another_network_is_refused()
    {
        var (small, large) = (Coupling("resnet8"), Coupling("resnet20"));
        var stranger = SliceOf(large, Generated.Weights(large.Graph, 2), 3);
        Should.Throw<ArgumentException>(() => SuperNetWeights.Written(small, Generated.Weights(small.Graph), [stranger], WriteBack.Sequential));
    }

    private static ImmutableArray<Slice> Slices(ChannelCoupling coupling, int count) =>
        [.. Enumerable.Range(0, count).Select(i => SliceOf(coupling, Generated.Weights(coupling.Graph, 10 + i), 20 + i))];

    private static Slice SliceOf(ChannelCoupling coupling, NamedTensors weights, long seed)
    {
        var plan = Generated.Plan(coupling, ChannelMode.None, CounterRandom.For(seed, "test", 0, 0, "plan"));
        return new Slice(plan.Filters, Surgery.Apply(coupling, plan, weights));
    }

    private static NamedTensors Cut(ChannelCoupling coupling, NamedTensors weights, BitString filters) =>
        Surgery.Apply(coupling, new PruningPlan(filters, null, ChannelMode.None), weights).Weights!;

    /// <summary>The slice with the counts of batches of the super-net, which are not written.</summary>
    private static NamedTensors Batches(NamedTensors slice, NamedTensors superNet) =>
        NamedTensors.From(slice.Select(t => KeyValuePair.Create(t.Key, t.Value.Type == TensorType.Float32 ? t.Value : superNet[t.Key])));

    private static NamedTensors Constant(NamedTensors weights, float value) => NamedTensors.From(weights.Select(t => KeyValuePair.Create(t.Key,
        t.Value.Type == TensorType.Float32 ? TensorData.Of(t.Value.Shape.AsSpan(), [.. Enumerable.Repeat(value, (int)t.Value.Count)]) : t.Value)));

    private static ChannelCoupling Coupling(string network) =>
        ChannelCoupling.Of(NetworkZoo.Create(network, new NetworkOptions { WidthMultiplier = network == "vgg11" ? 0.125 : 1 }), new CouplingOptions());
}
