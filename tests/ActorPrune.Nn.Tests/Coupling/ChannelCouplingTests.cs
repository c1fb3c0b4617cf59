using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Coupling;

public class ChannelCouplingTests
{
    [Fact]
    public void A_plain_network_has_one_group_a_convolution()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.Plain());
        coupling.Groups.Select(g => (g.Name, g.Units.Length, g.FirstBit)).ShouldBe([("a", 6, 0), ("b", 5, 6), ("c", 4, 11)]);
        coupling.LeftAlone.Select(l => (l.Layers, l.Channels)).ShouldBe([("input", 2), ("fc", 3)]);
    }

    [Fact]
    public void Zero_padded_stages_are_grouped_by_the_stage_that_they_come_from()
    {
        var coupling = ChannelCoupling.Of(NetworkZoo.Create("resnet8", new NetworkOptions()));
        coupling.Groups.Select(g => (g.Name, g.Units.Length)).ShouldBe(
        [
            ("conv1 + layer1.0.conv2 + layer2.0.conv2 + layer3.0.conv2", 16),
            ("layer1.0.conv1", 16),
            ("layer2.0.conv1", 32),
            ("layer2.0.conv2 + layer3.0.conv2", 16),
            ("layer3.0.conv1", 64),
            ("layer3.0.conv2", 32),
        ]);

        // Padding puts 8 channels before stage 1's 16, and then 16 before stage 2's 32.
        coupling.Groups[0].Units[0].Producers.Select(p => p.Channel).ShouldBe([0, 0, 8, 24]);
        coupling.Groups[3].Units.Select(u => u.Producers[0].Channel).ShouldBe([.. Enumerable.Range(0, 8), .. Enumerable.Range(24, 8)]);
    }

    [Fact]
    public void Projections_make_one_group_a_stage()
    {
        var coupling = ChannelCoupling.Of(NetworkZoo.Create("resnet20", new NetworkOptions(Shortcut: ShortcutKind.Projection)));
        coupling.Groups.Where(g => g.Layers.Length > 1).Select(g => (g.Layers.Length, g.Units.Length)).ShouldBe([(4, 16), (4, 32), (4, 64)]);
        coupling.Groups.Length.ShouldBe(3 + 9);
    }

    [Fact]
    public void Without_coupled_channels_the_first_convolutions_of_the_blocks_remain_and_the_rest_says_why()
    {
        var coupling = ChannelCoupling.Of(NetworkZoo.Create("resnet20", new NetworkOptions()), new CouplingOptions { Coupled = false });
        coupling.Groups.Select(g => g.Name).ShouldBe(
            Enumerable.Range(1, 3).SelectMany(stage => Enumerable.Range(0, 3).Select(block => $"layer{stage}.{block}.conv1")));
        coupling.LeftAlone.Where(l => l.Reason.Contains("coupled = false", StringComparison.Ordinal)).Sum(l => l.Channels).ShouldBe(64);
    }

    [Fact]
    public void Without_coupled_channels_a_single_block_stage_is_left_alone_too()
    {
        var coupling = ChannelCoupling.Of(NetworkZoo.Create("resnet8", new NetworkOptions()), new CouplingOptions { Coupled = false });
        coupling.Groups.Select(g => g.Name).ShouldBe(["layer1.0.conv1", "layer2.0.conv1", "layer3.0.conv1"]);
    }

    [Fact]
    public void Grouped_convolutions_lose_as_much_in_each_group()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.Grouped());
        coupling.Groups.Select(g => (g.Name, g.Units.Length, g.Units[0].Producers.Length)).ShouldBe([("a", 2, 4), ("g", 3, 4), ("b", 5, 1)]);
        coupling.Groups[1].Units[2].Producers.Select(p => p.Channel).ShouldBe([2, 5, 8, 11]);
    }

    [Fact]
    public void Depthwise_convolutions_pass_units_through()
    {
        var graph = SmallGraphs.Depthwise();
        var coupling = ChannelCoupling.Of(graph);
        coupling.Groups.Select(g => (g.Name, g.Units.Length)).ShouldBe([("a", 5), ("b", 6)]);
        coupling.UnitsOf(graph.Layers.Select(l => l.Name).ToList().IndexOf("dw")).ShouldBe([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        coupling.Groups.Select(g => g.Through.Select(l => graph.Layers[l].Name)).ShouldBe([["dw"], []]);
    }

    [Fact]
    public void Every_depthwise_convolution_belongs_to_the_channels_that_pass_through_it()
    {
        var graph = NetworkZoo.Create("mobilenetv2-cifar", new NetworkOptions());
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Exclude = ["features.2.conv.0.0"] });
        string[] Names(IEnumerable<int> layers) => [.. layers.Select(l => graph.Layers[l].Name)];
        Names(coupling.Groups.Single(g => g.Name == "features.0.0").Through).ShouldBe(["features.1.conv.0.0"]);
        Names(coupling.Groups.Single(g => g.Name == "features.3.conv.0.0").Through).ShouldBe(["features.3.conv.1.0"]);
        coupling.Groups.Single(g => g.Name == "features.1.conv.1").Through.ShouldBeEmpty();
        Names(coupling.LeftAlone.Single(l => l.Layers == "features.2.conv.0.0").Through).ShouldBe(["features.2.conv.1.0"]);
        Names(coupling.Groups.SelectMany(g => g.Through).Concat(coupling.LeftAlone.SelectMany(l => l.Through)).Order())
            .ShouldBe(graph.Layers.Where(l => l.Op is Op.Conv2d { Groups: > 1 }).Select(l => l.Name));
    }

    [Fact]
    public void A_gate_is_joined_with_what_it_gates()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.Gate());
        coupling.Groups.Select(g => (g.Name, g.Units.Length)).ShouldBe([("x + expand", 6), ("reduce", 3), ("y", 4)]);
    }

    [Fact]
    public void Sums_of_concatenations_split_into_the_parts_that_meet()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.SumOfConcatenations());
        coupling.Groups.Select(g => (g.Name, g.Units.Length)).ShouldBe([("x", 6), ("a + c", 2), ("b + c", 2), ("b + d", 2), ("e", 5)]);
    }

    [Fact]
    public void What_meets_a_constant_that_is_not_zero_is_left_alone()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.NormalisedConstant());
        coupling.UnitsOf(3).Count(u => u == ChannelCoupling.Always).ShouldBe(3);
        coupling.LeftAlone.ShouldContain(l => l.Reason == "a normalised constant");
    }

    [Fact]
    public void Patterns_choose_groups_all_of_whose_layers_they_name()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions());
        ChannelCoupling.Of(graph, new CouplingOptions { Include = ["layer*.conv1"] }).Groups.Length.ShouldBe(3);
        ChannelCoupling.Of(graph, new CouplingOptions { Include = ["layer3.*"] }).Groups.Select(g => g.Name).ShouldBe(["layer3.0.conv1", "layer3.0.conv2"]);
        var without = ChannelCoupling.Of(graph, new CouplingOptions { Exclude = ["layer3.0.conv2"] });
        without.Groups.Select(g => g.Name).ShouldBe(["layer1.0.conv1", "layer2.0.conv1", "layer3.0.conv1"]);
        without.LeftAlone.ShouldContain(l => l.Channels == 16 && l.Reason.Contains("'layer3.0.conv2' matches", StringComparison.Ordinal));
        without.Space(ChannelMode.PerLayer).Channels.Select(c => c.Name).ShouldNotContain("layer3.0.conv2");
        Should.Throw<ArgumentException>(() => ChannelCoupling.Of(graph, new CouplingOptions { Exclude = ["layer9.*"] })).Message.ShouldContain("'layer9.*'");
    }

    [Fact]
    public void Minimum_and_multiple_are_the_groups_own_and_never_more_than_it_has()
    {
        var groups = ChannelCoupling.Of(SmallGraphs.Plain(), new CouplingOptions { Minimum = 5, Multiple = 4 }).Space(ChannelMode.None).Groups;
        groups.ShouldBe([new UnitGroup("a", 6, 5, 4), new UnitGroup("b", 5, 5, 4), new UnitGroup("c", 4, 4, 4)]);
        Should.Throw<ArgumentException>(() => ChannelCoupling.Of(SmallGraphs.Plain(), new CouplingOptions { Minimum = 0 }));
    }

    [Fact]
    public void Channels_of_the_lower_level_hang_on_the_bits_of_their_producers()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.Plain());
        var space = coupling.Space(ChannelMode.PerFilter);
        space.Channels.Select(c => c.Name).ShouldBe(["b", "c"]);
        space.Channels[0].Inputs.ShouldBe([0, 1, 2, 3, 4, 5]);
        space.Channels[0].Filters.ShouldBe([6, 7, 8, 9, 10]);
        space.ChannelBits.ShouldBe(30 + 20);
        coupling.Space(ChannelMode.PerLayer).ChannelBits.ShouldBe(6 + 5);
        ChannelCoupling.Of(SmallGraphs.Plain(), new CouplingOptions { Exclude = ["a"] }).Space(ChannelMode.PerLayer).Channels[0].Inputs
            .ShouldBe([-1, -1, -1, -1, -1, -1]);
    }

    [Fact]
    public void Hidden_features_are_pruned_only_if_asked_for()
    {
        ChannelCoupling.Of(SmallGraphs.HiddenLinear()).Groups.Select(g => g.Name).ShouldBe(["a"]);
        ChannelCoupling.Of(SmallGraphs.HiddenLinear(), new CouplingOptions { Linear = true }).Groups.Select(g => g.Name).ShouldBe(["a", "fc1", "fc2"]);
    }

    [Fact]
    public void Every_unit_of_the_zoo_is_one_bit_of_one_group()
    {
        foreach (var name in NetworkZoo.Names)
        {
            var coupling = ChannelCoupling.Of(NetworkZoo.Create(name, new NetworkOptions(WidthMultiplier: 0.25)));
            var producers = coupling.Groups.SelectMany(g => g.Units).SelectMany(u => u.Producers).ToArray();
            producers.Distinct().Count().ShouldBe(producers.Length);
            coupling.Groups.Select(g => g.Name).Distinct().Count().ShouldBe(coupling.Groups.Length);
            var ordinary = coupling.Graph.Layers.Sum(l => l.Op is Op.Conv2d { Groups: 1 } conv ? conv.Out : 0);
            producers.Length.ShouldBe(ordinary, $"every filter of {name} is a unit's");
        }
    }
}
