using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Pruning;

public class SurgeryLawOnTheZooTests
{
    public static TheoryData<string, ShortcutKind, HeadKind> Networks()
    {
        var data = new TheoryData<string, ShortcutKind, HeadKind>();
        foreach (var name in NetworkZoo.Names)
        {
            data.Add(name, ShortcutKind.Pad, HeadKind.Linear);
            if (name is "resnet8" or "resnet20" or "resnet56")
            {
                data.Add(name, ShortcutKind.Projection, HeadKind.Linear);
                data.Add(name, ShortcutKind.PoolAndPad, HeadKind.Linear);
            }

            if (name is "vgg11" or "vgg16")
            {
                data.Add(name, ShortcutKind.Pad, HeadKind.Hidden512);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_slimmed_network_gives_the_outputs_of_its_masked_original(string name, ShortcutKind shortcut, HeadKind head)
    {
        var graph = Small(name, shortcut, head);
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Linear = head == HeadKind.Hidden512 });
        var (weights, image) = (Generated.Weights(graph), Generated.Image(graph));
        foreach (var mode in SurgeryLaw.Modes)
        {
            SurgeryLaw.ShouldHold(coupling, Generated.Least(coupling, mode), weights, image);
            for (var i = 0; i < (graph.Layers.Length > 150 ? 1 : 5); i++)
            {
                SurgeryLaw.ShouldHold(coupling, Generated.Plan(coupling, mode, CounterRandom.For(7, name, i, 0, "plan")), weights, image);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Keeping_everything_gives_the_same_network(string name, ShortcutKind shortcut, HeadKind head)
    {
        var graph = Small(name, shortcut, head);
        var coupling = ChannelCoupling.Of(graph);
        var weights = Generated.Weights(graph);
        foreach (var mode in SurgeryLaw.Modes)
        {
            var slim = Nn.Pruning.Surgery.Apply(coupling, Generated.Everything(coupling, mode), weights);
            slim.Graph.ShouldBe(graph);
            slim.Weights!.Hash.ShouldBe(weights.Hash);
            slim.Masks.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("resnet20")]
    [InlineData("densenet40")]
    [InlineData("mobilenetv2")]
    public void Leaving_shared_channels_alone_keeps_the_law(string name)
    {
        var graph = Small(name, ShortcutKind.Pad, HeadKind.Linear);
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Coupled = false });
        var (weights, image) = (Generated.Weights(graph), Generated.Image(graph));
        foreach (var mode in SurgeryLaw.Modes)
        {
            SurgeryLaw.ShouldHold(coupling, Generated.Plan(coupling, mode, CounterRandom.For(8, name, 0, 0, "plan")), weights, image);
        }
    }

    [Theory]
    [InlineData("resnet8", ChannelMode.None)]
    [InlineData("resnet8", ChannelMode.PerLayer)]
    [InlineData("resnet20", ChannelMode.PerLayer)]
    [InlineData("densenet40", ChannelMode.PerLayer)]
    [InlineData("mobilenetv2", ChannelMode.PerLayer)]
    [InlineData("vgg11", ChannelMode.PerLayer)]
    public void A_slimmed_network_can_be_slimmed_again(string name, ChannelMode mode)
    {
        var graph = Small(name, ShortcutKind.Pad, HeadKind.Linear);
        var (weights, image) = (Generated.Weights(graph), Generated.Image(graph));
        for (var i = 0; i < 4; i++)
        {
            var coupling = ChannelCoupling.Of(graph);
            var plan = Generated.Plan(coupling, mode, CounterRandom.For(9, name, i, 0, "plan"));
            (graph, var slimmed, _) = SurgeryLaw.ShouldHold(coupling, plan, weights, image);
            weights = slimmed!;
        }
    }

    /// <summary>The zoo's network at an image size and width at which the reference is quick.</summary>
    internal static NetworkGraph Small(string name, ShortcutKind shortcut, HeadKind head)
    {
        var cifarResNet = name is "resnet8" or "resnet20" or "resnet32" or "resnet44" or "resnet56" or "resnet110";
        var side = cifarResNet || name.StartsWith("densenet", StringComparison.Ordinal) ? 8 : 32;
        var width = name switch
        {
            _ when cifarResNet => 0.5,
            "resnet50" or "mobilenetv2" or "mobilenetv2-cifar" => 0.125,
            _ when name.StartsWith("densenet", StringComparison.Ordinal) => 0.34,
            _ => 0.08,
        };
        return NetworkZoo.Create(name, new NetworkOptions(Classes: 7, Height: side, Width: side, Shortcut: shortcut, WidthMultiplier: width, Head: head));
    }
}
