using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Graph;

public class ShapeInferenceTests
{
    [Fact]
    public void Sizes_follow_strides_paddings_and_poolings()
    {
        var x = GraphBuilder.Start("sizes", 3, 33, 20).Conv("a", 8, 7, stride: 2);
        x.Shape.ShouldBe(new ActivationShape(8, 17, 10, false));
        x = x.MaxPool("b", 3, 2, 1);
        x.Shape.ShouldBe(new ActivationShape(8, 9, 5, false));
        x.PadShortcut("c", 2, 1, 3).Shape.ShouldBe(new ActivationShape(12, 5, 3, false));
        x.PadShortcut("d", 2, 1, 3, pool: true).Shape.ShouldBe(new ActivationShape(12, 4, 2, false));
        x.Concat("e", x, x).Shape.Channels.ShouldBe(24);
        x.Flatten().Shape.ShouldBe(new ActivationShape(360, 1, 1, true));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_the_layers_name()
    {
        var x = GraphBuilder.Start("wrong", 3, 8, 8).Conv("x", 6, 3);
        Refused(() => x.Conv("groups", 8, 3, groups: 4), "groups");
        Refused(() => x.Conv("large", 8, 11, padding: 0), "large");
        Refused(() => x.Linear("fc", 3), "fc", "flatten");
        Refused(() => x.Add("sum", x.Conv("y", 5, 3)), "sum", "5×8×8");
        Refused(() => x.Mul("product", x.MaxPool("p", 2, 2)), "product");
        Refused(() => x.Concat("concat", x.MaxPool("q", 2, 2)), "concat");
        Refused(() => x.Select("select", 0, 6), "select", "0 to 5");
        Refused(() => x.MaxPool("pool", 2, 1, 2), "pool");
        Refused(() => x.Dropout("drop", 1), "drop");
        Refused(() => x.Conv("wide", 100_000, 1), "wide", "65536");
    }

    [Fact]
    public void Structures_that_are_no_network_are_refused()
    {
        var input = new Layer("input", new Op.Input(3, 8, 8), []);
        var relu = new Layer("relu", new Op.Relu(), [0]);
        Refused(() => new NetworkGraph("n", []).Validate(), "input");
        Refused(() => new NetworkGraph("n", [relu]).Validate(), "input");
        Refused(() => new NetworkGraph("n", [input, input with { Name = "second" }]).Validate(), "second");
        Refused(() => new NetworkGraph("n", [input, relu, relu]).Validate(), "relu", "name of its own");
        Refused(() => new NetworkGraph("n", [input, relu with { Inputs = [1] }]).Validate(), "relu", "before it");
        Refused(() => new NetworkGraph("n", [input, relu, relu with { Name = "unread" }, relu with { Name = "last" }]).Validate(), "is read by no other");
        Refused(() => new NetworkGraph("n", [input, relu with { Inputs = [0, 0] }]).Validate(), "relu", "2 inputs");
        Refused(() => new NetworkGraph("n", [input, relu with { Inputs = default }]).Validate(), "relu");
        Refused(() => new NetworkGraph("n", [input, new Layer("conv", new Op.Conv2d(4, 4, 3, 1, 1, 1, false), [0])]).Validate(), "conv", "expects 4");
        Refused(() => new NetworkGraph("n", [input, new Layer("bn", new Op.BatchNorm2d(3, double.NaN), [0])]).Validate(), "bn", "epsilon");
    }

    [Fact]
    public void Parameters_have_the_names_shapes_and_order_of_PyTorchs_state_dict()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions(Shortcut: ShortcutKind.Projection));
        var names = ParameterShapes.Of(graph).Select(p => p.Name).ToArray();
        names[..7].ShouldBe(
        [
            "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
            "layer1.0.conv1.weight"
        ]);
        names.Where(n => n.StartsWith("layer2", StringComparison.Ordinal)).Select(n => n[..n.LastIndexOf('.')]).Distinct()
            .ShouldBe(["layer2.0.conv1", "layer2.0.bn1", "layer2.0.conv2", "layer2.0.bn2", "layer2.0.shortcut.0", "layer2.0.shortcut.1"]);
        names[^2..].ShouldBe(["linear.weight", "linear.bias"]);
        var shapes = ParameterShapes.Of(graph).ToDictionary(p => p.Name);
        shapes["layer2.0.shortcut.0.weight"].ShouldBe(new ParameterShape("layer2.0.shortcut.0.weight", [32, 16, 1, 1], TensorType.Float32, true));
        shapes["bn1.running_var"].Trained.ShouldBeFalse();
        shapes["bn1.num_batches_tracked"].ShouldBe(new ParameterShape("bn1.num_batches_tracked", [], TensorType.Int64, false));
        shapes["linear.weight"].Shape.ShouldBe([10, 64]);
    }

    private static void Refused(Action build, params string[] says)
    {
        var message = Should.Throw<GraphException>(build).Message;
        foreach (var part in says)
        {
            message.ShouldContain(part);
        }
    }
}
