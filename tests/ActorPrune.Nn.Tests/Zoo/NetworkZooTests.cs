using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Zoo;

public class NetworkZooTests
{
    [Fact]
    public void Every_network_ends_in_the_classes_that_were_asked_for()
    {
        foreach (var name in NetworkZoo.Names)
        {
            var graph = NetworkZoo.Create(name, new NetworkOptions(Classes: 13, InputChannels: 1, Height: 40, Width: 33, WidthMultiplier: 0.3));
            graph.Name.ShouldBe(name);
            ShapeInference.Infer(graph)[^1].ShouldBe(new ActivationShape(13, 1, 1, true));
            graph.Input.ShouldBe(new Op.Input(1, 40, 33));
        }
    }

    [Theory]
    [InlineData("resnet20", 19 + 1)]
    [InlineData("resnet56", 55 + 1)]
    [InlineData("resnet110", 109 + 1)]
    [InlineData("vgg11", 8 + 1)]
    [InlineData("vgg13", 10 + 1)]
    [InlineData("vgg14", 13 + 1)]
    [InlineData("vgg16", 13 + 1)]
    [InlineData("vgg19", 16 + 1)]
    [InlineData("vgg16-fc512", 13 + 2)]
    [InlineData("densenet40", 40)]
    [InlineData("densenet100-bc", 100)]
    [InlineData("mobilenetv2", 53)]
    [InlineData("mobilenetv2-cifar", 53)]
    public void A_networks_depth_counts_its_layers_with_weights(string name, int depth) =>
        NetworkZoo.Create(name, new NetworkOptions()).Layers.Count(l => l.Op is Op.Conv2d or Op.Linear).ShouldBe(depth);

    [Fact]
    public void VGG_modules_are_numbered_as_in_torchvision()
    {
        var convolutions = NetworkZoo.Create("vgg16", new NetworkOptions()).Layers.Where(l => l.Op is Op.Conv2d).Select(l => l.Name);
        convolutions.ShouldBe(new[] { 0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40 }.Select(n => $"features.{n}"));
    }

    [Fact]
    public void A_VGG_with_a_hidden_layer_prunes_convolutions_only_and_says_so()
    {
        var graph = NetworkZoo.Create("vgg11-fc512", new NetworkOptions());
        graph.Layers.Select(l => l.Name).ShouldBe([.. graph.Layers.SkipLast(4).Select(l => l.Name), "classifier.0", "classifier.1",
            "classifier.2", "classifier.3"]);
        var coupling = ActorPrune.Nn.Coupling.ChannelCoupling.Of(graph);
        coupling.Groups.Length.ShouldBe(8);
        coupling.LeftAlone.ShouldContain(l => l.Layers == "classifier.0" && l.Channels == 512 && l.Reason.Contains("linear"));
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_and_all_known()
    {
        var message = Should.Throw<ArgumentException>(() => NetworkZoo.Create("resnet-56", new NetworkOptions())).Message;
        message.ShouldContain("Did you mean");
        message.ShouldContain("resnet56");
        message.ShouldContain("mobilenetv2");
        Should.Throw<ArgumentException>(() => NetworkZoo.Create("alexnet", new NetworkOptions())).Message.ShouldNotContain("Did you mean");
    }

    [Fact]
    public void Too_small_an_image_is_refused_with_what_is_needed()
    {
        Should.Throw<ArgumentException>(() => NetworkZoo.Create("vgg16", new NetworkOptions(Height: 28, Width: 28))).Message.ShouldContain("at least 32×32");
        Should.Throw<ArgumentException>(() => NetworkZoo.Create("resnet20", new NetworkOptions(WidthMultiplier: double.NaN)))
            .Message.ShouldContain("width multiplier");
        foreach (var name in NetworkZoo.Names)
        {
            Should.Throw<ArgumentException>(() => NetworkZoo.Create(name, new NetworkOptions(Height: 3))).Message.ShouldContain("pixels");
        }
    }

    [Fact]
    public void Every_network_can_be_built_at_the_smallest_image_that_it_names()
    {
        foreach (var name in NetworkZoo.Names)
        {
            var message = Should.Throw<ArgumentException>(() => NetworkZoo.Create(name, new NetworkOptions(Height: 1, Width: 1))).Message;
            var side = int.Parse(message.Split("at least ")[1].Split('×')[0]);
            NetworkZoo.Create(name, new NetworkOptions(Height: side, Width: side));
        }
    }
}
