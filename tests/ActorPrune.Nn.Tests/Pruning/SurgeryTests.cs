using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Pruning;

public class SurgeryTests
{
    private static readonly NetworkGraph ResNet8 = NetworkZoo.Create("resnet8", new NetworkOptions());

    [Fact]
    public void A_plan_of_another_length_is_a_genome_from_another_network()
    {
        var coupling = ChannelCoupling.Of(ResNet8);
        var plan = new PruningPlan(BitString.Filled(coupling.UnitCount - 1, true), null, ChannelMode.None);
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, plan)).Message.ShouldContain("another network");

        var channels = BitString.Filled(coupling.Space(ChannelMode.PerLayer).ChannelBits, true);
        var wrongMode = new PruningPlan(BitString.Filled(coupling.UnitCount, true), channels, ChannelMode.PerFilter);
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, wrongMode)).Message.ShouldContain("channel bits in mode PerFilter");
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, wrongMode with { Mode = ChannelMode.None })).Message.ShouldContain("mode is None");
    }

    [Fact]
    public void A_plan_that_empties_a_group_is_refused_by_the_groups_name()
    {
        var coupling = ChannelCoupling.Of(ResNet8, new CouplingOptions { Minimum = 4 });
        var group = coupling.Groups.Single(g => g.Name == "layer2.0.conv1");
        var filters = BitString.Create(coupling.UnitCount, i => i < group.FirstBit + 3 || i >= group.FirstBit + group.Units.Length);
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, new PruningPlan(filters, null, ChannelMode.None))).Message
            .ShouldContain("keeps 3 of 32 units of 'layer2.0.conv1'");
    }

    [Fact]
    public void A_missing_or_misshaped_weight_is_named()
    {
        var coupling = ChannelCoupling.Of(ResNet8);
        var weights = Generated.Weights(ResNet8);
        var plan = Generated.Least(coupling, ChannelMode.None);
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, plan, weights.Without("bn1.bias"))).Message.ShouldContain("'bn1.bias'");
        Should.Throw<ArgumentException>(() => Surgery.Apply(coupling, plan, weights.With("bn1.bias", TensorData.Of([1], [1f])))).Message.ShouldContain("[16]");
    }

    [Fact]
    public void The_structure_alone_is_that_of_the_network_with_weights()
    {
        var coupling = ChannelCoupling.Of(ResNet8);
        var plan = Generated.Plan(coupling, ChannelMode.PerLayer, Genetics.Random.CounterRandom.For(1, "structure", 0, 0, "plan"));
        var structure = Surgery.Apply(coupling, plan);
        structure.Weights.ShouldBeNull();
        structure.Graph.ShouldBe(Surgery.Apply(coupling, plan, Generated.Weights(ResNet8)).Graph);
    }

    [Fact]
    public void A_padded_shortcut_of_a_pruned_stage_stays_a_padded_shortcut()
    {
        var coupling = ChannelCoupling.Of(ResNet8);
        var outer = coupling.Groups.Single(g => g.Name == "layer2.0.conv2 + layer3.0.conv2");
        var filters = BitString.Create(coupling.UnitCount, i => i < outer.FirstBit || i >= outer.FirstBit + 7);
        var slim = Surgery.Apply(coupling, new PruningPlan(filters, null, ChannelMode.None)).Graph;
        slim.Layers.Single(l => l.Name == "layer2.0.shortcut").Op.ShouldBe(new Op.PadShortcut(2, 1, 8, false));
        slim.Layers.Single(l => l.Name == "layer3.0.shortcut").Op.ShouldBe(new Op.PadShortcut(2, 16, 16, false));
        slim.Layers.ShouldNotContain(l => l.Op is Op.ChannelSelect);
    }

    [Fact]
    public void Readers_of_the_same_channels_share_one_selection()
    {
        var x = GraphBuilder.Start("shared", 3, 8, 8).Conv("x", 4, 3);
        var graph = x.Conv("a", 2, 3).Concat("ab", x.Conv("b", 2, 3), x.Conv("c", 2, 3)).GlobalAvgPool().Flatten().Linear("fc", 2).Build();
        var coupling = ChannelCoupling.Of(graph);

        // Channels of a, b, c in this order: a and b read 0 and 2, c reads everything.
        var channels = BitString.Of([true, false, true, false, true, false, true, false, true, true, true, true]);
        var slim = Surgery.Apply(coupling, new PruningPlan(BitString.Filled(coupling.UnitCount, true), channels, ChannelMode.PerLayer)).Graph;
        var select = slim.Layers.Single(l => l.Op is Op.ChannelSelect);
        select.Op.ShouldBe(new Op.ChannelSelect([0, 2]));
        var readers = slim.Layers.Where(l => l.Inputs.Any(i => slim.Layers[i] == select)).Select(l => l.Name);
        readers.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Kernels_dropped_filter_by_filter_are_zero_and_masked_and_those_dropped_by_all_are_gone()
    {
        var graph = GraphBuilder.Start("kernels", 3, 8, 8).Conv("x", 3, 3).Conv("y", 2, 3).GlobalAvgPool().Flatten().Linear("fc", 2).Build();
        var coupling = ChannelCoupling.Of(graph);

        // y's filter 0 reads channel 0; filter 1 reads channels 0 and 2; nobody reads channel 1.
        var channels = BitString.Of([true, false, false, true, false, true]);
        var slim = Surgery.Apply(
            coupling, new PruningPlan(BitString.Filled(coupling.UnitCount, true), channels, ChannelMode.PerFilter), Generated.Weights(graph));
        var mask = slim.Masks["y"];
        (mask.Out, mask.In, mask.Count).ShouldBe((2, 2, 3));
        mask.Bits.ShouldBe(BitString.Of([true, false, true, true]));
        slim.Graph.Layers.Single(l => l.Name == "y").Op.ShouldBe(new Op.Conv2d(2, 2, 3, 1, 1, 1, false));
        slim.Weights!["y.weight"].Floats[9..18].ToArray().ShouldAllBe(v => v == 0);
        slim.Weights["y.weight"].Floats[..9].ToArray().ShouldAllBe(v => v != 0);
    }
}
