using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Formats;

public class ExportTests
{
    private static readonly ImmutableSortedDictionary<string, string> Notes = ImmutableSortedDictionary<string, string>.Empty
        .Add("data", "shapes").Add("mean", "[0.5,0.25,0.125]");

    public static TheoryData<string, ShortcutKind, HeadKind> Networks() => SurgeryLawOnTheZooTests.Networks();

    public static TheoryData<string> SmallNames() => [.. SmallGraphs.All.Keys];

    public static TheoryData<string> Formats() => [.. ExportFormat.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_slimmed_network_of_the_zoo_gives_its_outputs_in_every_format(string name, ShortcutKind shortcut, HeadKind head)
    {
        var graph = SurgeryLawOnTheZooTests.Small(name, shortcut, head);
        var coupling = ChannelCoupling.Of(graph);
        var plan = Generated.Plan(coupling, ChannelMode.PerLayer, CounterRandom.For(4, name, 0, 0, "export"));
        ShouldGiveItsOutputs(Surgery.Apply(coupling, plan, Generated.Weights(graph)));
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Every_operation_gives_its_outputs_in_every_format(string name)
    {
        var graph = SmallGraphs.All[name]();
        ShouldGiveItsOutputs(Whole(graph));
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Linear = true });
        for (var i = 0; i < 3; i++)
        {
            var plan = Generated.Plan(coupling, ChannelMode.PerLayer, CounterRandom.For(5, name, i, 0, "export"));
            ShouldGiveItsOutputs(Surgery.Apply(coupling, plan, Generated.Weights(graph)));
        }
    }

    [Fact]
    public void Padding_without_a_stride_strides_without_padding_and_features_that_are_selected_are_exported()
    {
        var x = GraphBuilder.Start("rest", 3, 9, 9).Conv("a", 4, 3).PadShortcut("nothing", 1, 0, 0).PadShortcut("stride", 2, 0, 0)
            .PadShortcut("cells", 2, 0, 0, pool: true).AvgPool("pool", 3, 1, padding: 1).MaxPool("max", 3, 1, padding: 1);
        var flat = x.Flatten().Select("some", 3, -1, 0, 3, 5).BatchNorm("bn").Linear("fc", 6, bias: false).Relu6().Dropout("last", 0.5);
        ShouldGiveItsOutputs(Whole(flat.Build()));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Kernels_that_a_mask_takes_away_are_zero_in_the_file_whatever_the_weights_say(string format)
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions(Height: 8, Width: 8, WidthMultiplier: 0.5));
        var coupling = ChannelCoupling.Of(graph);
        var plan = Generated.Plan(coupling, ChannelMode.PerFilter, CounterRandom.For(6, "masks", 0, 0, "plan"));
        var slim = Surgery.Apply(coupling, plan, Generated.Weights(graph));
        slim.Masks.ShouldNotBeEmpty();
        var revived = slim with { Weights = Generated.Weights(slim.Graph, seed: 2) };
        var target = ExportFormat.All.Single(f => f.Name == format);
        var file = target.Write(revived, Notes);

        var masks = NamedTensors.From(slim.Masks.Select(m => KeyValuePair.Create(m.Key, TensorData.Of(
            [m.Value.Out, m.Value.In, 1, 1], [.. m.Value.Bits.ToArray().Select(b => b ? 1f : 0f)]))));
        using var scope = torch.NewDisposeScope();
        using var module = new NetworkModule(slim.Graph, revived.Weights!, new ModuleOptions(Precision.Float32, Device.Cpu, masks));
        var images = torch.tensor(Generated.Image(graph).Values.Select(v => (float)v).ToArray(), [2, 3, 8, 8]);
        var expected = module.Forward(images.channels_last(), training: false).ToFloats();
        var found = target.Forward(file, images).ToFloats();
        found.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * expected.Max(Math.Abs));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_of_another_network_is_found_out(string format)
    {
        var target = ExportFormat.All.Single(f => f.Name == format);
        var network = Whole(SmallGraphs.Plain());
        var other = network with { Weights = network.Weights!.With("fc.bias", TensorData.Of([3], [1f, 2f, 3f])) };
        var proof = ExportProof.Of(target, target.Write(other, Notes), network);
        proof.Holds.ShouldBeFalse();
        proof.Difference.ShouldBeGreaterThan(0.1);

        var classes = GraphBuilder.Start("plain", 2, 8, 8).GlobalAvgPool().Flatten().Linear("fc", 5).Build();
        ExportProof.Of(target, target.Write(Whole(classes), Notes), network).Difference.ShouldBe(double.PositiveInfinity);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Outputs_that_are_no_numbers_are_equal_to_themselves_alone(string format)
    {
        var target = ExportFormat.All.Single(f => f.Name == format);
        var network = Whole(SmallGraphs.Plain());
        var diverged = network with { Weights = network.Weights!.With("fc.bias", TensorData.Of([3], [1f, float.NaN, 3f])) };
        ExportProof.Of(target, target.Write(diverged, Notes), diverged).Holds.ShouldBeTrue();
        ExportProof.Of(target, target.Write(diverged, Notes), network).Holds.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Weights_that_do_not_fit_their_graph_are_refused(string format)
    {
        var network = Whole(SmallGraphs.Plain());
        var target = ExportFormat.All.Single(f => f.Name == format);
        Should.Throw<WeightMismatchException>(() => target.Write(network with { Weights = network.Weights!.Without("b.bias") }, Notes))
            .Message.ShouldContain("b.bias");
        Should.Throw<ArgumentException>(() => target.Write(network with { Weights = null }, Notes));
    }

    [Fact]
    public void The_format_follows_from_a_files_ending()
    {
        ExportFormat.OfPath("a.b/knee.PT")!.Name.ShouldBe("torchscript");
        ExportFormat.OfPath("knee.onnx")!.Name.ShouldBe("onnx");
        ExportFormat.OfPath("knee.safetensors")!.Name.ShouldBe("safetensors");
        ExportFormat.OfPath("knee").ShouldBeNull();
    }

    private static void ShouldGiveItsOutputs(SlimNetwork network)
    {
        foreach (var format in ExportFormat.All)
        {
            var file = format.Write(network, Notes);
            var proof = ExportProof.Of(format, file, network);
            proof.Largest.ShouldBeGreaterThan(0);
            proof.Holds.ShouldBeTrue($"{network.Graph.Name} as {format.Name}: {proof.Difference} of {proof.Largest}");
            if (format.Name == "onnx")
            {
                OtherRuntime.ShouldAgree(file, proof);
            }
        }
    }

    private static SlimNetwork Whole(NetworkGraph graph) =>
        new(graph, Generated.Weights(graph), ImmutableSortedDictionary.Create<string, KernelMask>(StringComparer.Ordinal));
}
