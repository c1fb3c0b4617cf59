using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.SubNetworks;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.SubNetworks;

public class SubNetworkTests
{
    public static TheoryData<string, ShortcutKind, HeadKind> Zoo => SurgeryLawOnTheZooTests.Networks();

    public static TheoryData<string> SmallOnes => [.. Small.Keys];

    private static Dictionary<string, Func<NetworkGraph>> Small => typeof(SmallGraphs).GetMethods()
        .Where(m => m.ReturnType == typeof(NetworkGraph) && m.GetParameters().Length == 0)
        .ToDictionary(m => m.Name, m => m.CreateDelegate<Func<NetworkGraph>>());

    [Theory]
    [MemberData(nameof(Zoo))]
    public void A_sub_network_gives_what_the_whole_network_gives_at_its_ends(string name, ShortcutKind shortcut, HeadKind head)
    {
        var graph = SurgeryLawOnTheZooTests.Small(name, shortcut, head);
        var options = new CouplingOptions { Linear = head == HeadKind.Hidden512 };
        var count = ChannelCoupling.Of(graph, options).Groups.Length;
        var random = CounterRandom.For(11, name, 0, 0, "sub-networks");
        for (var i = 0; i < (graph.Layers.Length > 150 ? 1 : 3); i++)
        {
            var first = random.NextInt(count);
            var length = 1 + random.NextInt(Math.Min(3, count - first));
            SubNetworkLaw.ShouldHold(graph, [.. Enumerable.Range(first, length)], random, options);
        }
    }

    [Theory]
    [MemberData(nameof(SmallOnes))]
    public void The_law_holds_for_every_group_of_unusual_graphs(string name)
    {
        var graph = Small[name]();
        var options = new CouplingOptions { Linear = true };
        var random = CounterRandom.For(12, name, 0, 0, "sub-networks");
        var groups = ChannelCoupling.Of(graph, options).Groups.Length;
        for (var group = 0; group < groups; group++)
        {
            SubNetworkLaw.ShouldHold(graph, [group], random, options);
        }
    }

    [Fact]
    public void In_a_plain_network_it_reaches_from_the_pruned_convolutions_to_the_next_one()
    {
        var graph = NetworkZoo.Create("vgg14", new NetworkOptions());
        Ends(graph, [2, 3]).ShouldBe("features.6 → features.14");
        Ends(graph, [0]).ShouldBe("input → features.3");
        Ends(graph, [12]).ShouldBe("features.39 → classifier");
    }

    [Fact]
    public void Within_a_residual_block_it_is_the_rest_of_the_block()
    {
        var graph = NetworkZoo.Create("resnet20", new NetworkOptions());
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Include = ["*.conv1"], Coupled = false });
        var inner = coupling.Groups.Select((g, i) => (g.Name, i)).Single(g => g.Name == "layer2.1.conv1").i;
        var span = SubNetworkSpan.Of(coupling, [inner]);
        Names(graph, span.Outputs).ShouldBe(["layer2.1.conv2"]);
        Names(graph, span.Layers).ShouldBe(["layer2.1.conv1", "layer2.1.bn1", "layer2.1.relu1", "layer2.1.conv2"]);

        // Two blocks: what is between them is run too, and the sum that the shortcut goes on with is compared as well.
        var two = SubNetworkSpan.Of(coupling, [inner, inner + 1]);
        two.Outputs.Length.ShouldBe(2);
        Names(graph, two.Outputs).ShouldContain("layer2.2.conv2");
        two.Inputs.ShouldHaveSingleItem();
    }

    [Fact]
    public void The_channels_of_a_residual_stage_reach_to_the_next_stage_with_projections_and_to_the_end_without()
    {
        var projected = NetworkZoo.Create("resnet20", new NetworkOptions(Shortcut: ShortcutKind.Projection));
        var coupling = ChannelCoupling.Of(projected);
        var stage = coupling.Groups.Select((g, i) => (g.Name, i)).Single(g => g.Name.StartsWith("conv1 +", StringComparison.Ordinal)).i;
        var ends = SubNetworkSpan.Of(coupling, [stage]);
        Names(projected, ends.Inputs).ShouldBe(["input"]);
        Names(projected, ends.Outputs).ShouldAllBe(n => n.StartsWith("layer2.0.", StringComparison.Ordinal));
        ends.Outputs.Length.ShouldBe(2);

        var padded = NetworkZoo.Create("resnet20", new NetworkOptions());
        var whole = SubNetworkSpan.Of(ChannelCoupling.Of(padded), [0]);
        Names(padded, whole.Outputs).ShouldBe([padded.Output.Name]);
    }

    [Fact]
    public void In_a_dense_block_it_is_the_rest_of_the_block_and_the_transition()
    {
        var graph = NetworkZoo.Create("densenet40", new NetworkOptions());
        var coupling = ChannelCoupling.Of(graph);
        var outputs = Names(graph, SubNetworkSpan.Of(coupling, [3]).Outputs);
        outputs.ShouldHaveSingleItem().ShouldContain("trans");
    }

    [Fact]
    public void What_is_not_there_is_refused()
    {
        var coupling = ChannelCoupling.Of(SmallGraphs.HiddenLinear());
        Should.Throw<ArgumentException>(() => SubNetworkSpan.Of(coupling, [])).Message.ShouldContain("needs a group");
        Should.Throw<ArgumentException>(() => SubNetworkSpan.Of(coupling, [1])).Message.ShouldContain("there is no group 1");
        var graph = coupling.Graph;
        Should.Throw<ArgumentException>(() => SubNetworkLaw.Setting(
            coupling, [0], BitString.Filled(3, true), Generated.Weights(graph), SubNetworkLaw.Drawn(graph)))
                .Message.ShouldContain("another network");
    }

    private static string Ends(NetworkGraph graph, ImmutableArray<int> groups)
    {
        var span = SubNetworkSpan.Of(ChannelCoupling.Of(graph), groups);
        return $"{string.Join(' ', Names(graph, span.Inputs))} → {string.Join(' ', Names(graph, span.Outputs))}";
    }

    private static string[] Names(NetworkGraph graph, ImmutableArray<int> layers) => [.. layers.Select(l => graph.Layers[l].Name)];
}
