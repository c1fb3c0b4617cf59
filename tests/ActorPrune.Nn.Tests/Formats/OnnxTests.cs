using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Formats.Onnx;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Formats;

public class OnnxTests
{
    private static readonly SlimNetwork Gate = Whole(SmallGraphs.Gate());

    [Fact]
    public void A_network_of_single_operations_comes_back_as_it_was()
    {
        var read = OnnxFile.Parse(OnnxFile.ToBytes(Gate), "gate.onnx");
        read.Graph.Layers.Select(l => l.Name).ShouldBe(Gate.Graph.Layers.Select(l => l.Name));
        read.Weights!.Keys.ShouldBe(Gate.Weights!.Keys);
        read.Weights!["expand.weight"].Floats.ToArray().ShouldBe(Gate.Weights!["expand.weight"].Floats.ToArray());
        OnnxFile.ToBytes(read with { Weights = Gate.Weights }).Length.ShouldBe(OnnxFile.ToBytes(Gate).Length);
    }

    [Fact]
    public void Initializers_have_PyTorchs_names_the_batch_is_open_and_notes_are_metadata()
    {
        var file = OnnxFile.ToBytes(Gate, new Dictionary<string, string> { ["mean"] = "[0.5]", ["class_names"] = "[\"Zürich\"]" });
        var model = new OnnxDecoder("gate.onnx").Decode(file);
        model.Opset.ShouldBe(13);
        model.Input.Shape.ShouldBe([OnnxValue.Dynamic, 2, 8, 8]);
        model.Output.Shape.ShouldBe([OnnxValue.Dynamic, 3]);
        model.Metadata["class_names"].ShouldBe("[\"Zürich\"]");
        var parameters = ParameterShapes.Of(Gate.Graph).Where(p => p.Type == TensorType.Float32).Select(p => p.Name);
        model.Initializers.Keys.ShouldBe(parameters, ignoreOrder: true);
    }

    [Fact]
    public void Equal_networks_give_equal_files() => OnnxFile.ToBytes(Whole(SmallGraphs.Gate())).ShouldBe(OnnxFile.ToBytes(Gate));

    [Fact]
    public void A_file_that_is_cut_anywhere_is_an_error_that_names_it()
    {
        foreach (var network in (SlimNetwork[])[Gate, Whole(SmallGraphs.SumOfPaddings())])
        {
            var file = OnnxFile.ToBytes(network);
            for (var part = 0; part < 50; part++)
            {
                var cut = file.AsMemory(0, file.Length * part / 50);
                Should.Throw<FormatException>(() => OnnxFile.Parse(cut, "cut.onnx"), $"{part}/50").Message.ShouldStartWith("cut.onnx");
            }
        }
    }

    [Fact]
    public void A_file_with_changed_bytes_is_read_or_is_an_error_but_never_a_crash()
    {
        var file = OnnxFile.ToBytes(Whole(SmallGraphs.SelectionOfNothing()));
        var random = CounterRandom.For(1, "onnx", 0, 0, "flips");
        var refused = 0;
        for (var i = 0; i < 3000; i++)
        {
            var changed = file.ToArray();
            for (var change = 0; change <= random.NextInt(3); change++)
            {
                changed[random.NextInt(changed.Length)] = (byte)random.NextInt(256);
            }

            refused += IsRefused(changed) ? 1 : 0;
        }

        refused.ShouldBeInRange(300, 2999);
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var random = CounterRandom.For(2, "onnx", 0, 0, "noise");
        for (var i = 0; i < 500; i++)
        {
            IsRefused([.. Enumerable.Range(0, random.NextInt(300)).Select(_ => (byte)random.NextInt(256))]).ShouldBeTrue();
        }
    }

    [Fact]
    public void Lengths_and_nesting_that_a_file_only_claims_are_refused()
    {
        // Field 7 (graph), 2 GiB long; a group in a group, 100,000 deep; a varint without an end.
        IsRefused([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]).ShouldBeTrue();
        IsRefused([.. Enumerable.Repeat((byte)0x1B, 100_000)]).ShouldBeTrue();
        IsRefused([.. Enumerable.Repeat((byte)0xFF, 100)]).ShouldBeTrue();
        var claimed = new ProtoWriter().Whole(1, 1L << 40).Whole(1, 1L << 40).Whole(2, 1).Text(8, "w").Bytes(9, new byte[8]);
        Refusal(Model(graph => graph.Message(5, claimed))).ShouldContain("negative or too large");
    }

    [Theory]
    [InlineData("Softmax", "is an operation that is not read")]
    [InlineData("Relu", "node 'y' (Relu) has an attribute 'alpha', which is not read", "alpha")]
    [InlineData("Flatten", "has axis of 2; 1 is read", "axis")]
    [InlineData("MaxPool", "has ceil_mode of 2; 0 is read", "ceil_mode")]
    [InlineData("Conv", "lacks input number 1")]
    [InlineData("Gemm", "lacks input number 1")]
    [InlineData("Add", "cannot have 1 inputs")]
    public void What_cannot_be_read_is_refused_by_node_and_reason(string op, string reason, string? attribute = null)
    {
        var node = OnnxNode.Of(op, "y", ["x"], attribute is null ? [] : [new OnnxAttribute.Whole(attribute, 2)]);
        var message = Refusal(OnnxEncoder.Encode(With(node)));
        message.ShouldStartWith("bad.onnx: ");
        message.ShouldContain("'y'");
        message.ShouldContain(reason);
    }

    [Fact]
    public void A_model_that_is_not_one_network_is_refused_with_the_reason()
    {
        var relu = OnnxNode.Of("Relu", "y", ["x"]);
        Refusal(OnnxEncoder.Encode(With(relu) with { Opset = 9 })).ShouldContain("operator set 9; 13 to 23 are read");
        Refusal(OnnxEncoder.Encode(With(relu) with { Output = new OnnxValue("z", [1, 2]) })).ShouldContain("the output 'z'");
        Refusal(OnnxEncoder.Encode(With(relu) with { Input = new OnnxValue("x", [1, 2]) }))
            .ShouldContain("has 2 dimensions; N×C×H×W is read");
        Refusal(OnnxEncoder.Encode(With(relu) with { Input = new OnnxValue("x", [1, 2, -1, 8]) })).ShouldContain("needs fixed sizes");
        Refusal(OnnxEncoder.Encode(With(OnnxNode.Of("Relu", "y", ["w"])))).ShouldContain("reads 'w', which no node before it computes");
        Refusal(OnnxEncoder.Encode(With(relu) with { Nodes = [relu, relu] })).ShouldContain("'y' is computed twice");
        Refusal(Model(graph => graph.Message(15, new ProtoWriter()))).ShouldContain("sparse initializers");
        Refusal(Model(graph => graph.Message(5, new ProtoWriter().Whole(2, 1).Text(8, "w").Whole(14, 1))))
            .ShouldContain("lies in another file");
        Refusal([]).ShouldContain("there is no graph in it");
    }

    [Fact]
    public void Numbers_in_lists_of_either_kind_are_read()
    {
        byte[] oneAndTwo = [0, 0, 128, 63, 0, 0, 0, 64];
        var packed = new ProtoWriter().Bytes(1, new byte[] { 2 }).Whole(2, 1).Text(8, "w").Bytes(4, oneAndTwo);
        var single = new ProtoWriter().Whole(1, 2).Whole(2, 7).Text(8, "i").Whole(7, 3).Whole(7, -4);
        var model = new OnnxDecoder("lists").Decode(Model(graph => graph.Message(5, packed).Message(5, single)));
        model.Initializers["w"].Floats.ToArray().ShouldBe([1f, 2f]);
        model.Initializers["i"].Longs.ToArray().ShouldBe([3L, -4L]);
    }

    [Fact]
    public void Names_that_clash_are_refused_by_name()
    {
        var graph = GraphBuilder.Start("clash", 2, 8, 8).Conv("a", 2, 3).Relu("a.weight").GlobalAvgPool().Flatten().Build();
        Should.Throw<GraphException>(() => OnnxFile.ToBytes(Whole(graph))).Message.ShouldContain("'a.weight'");
    }

    /// <summary>A model of one ReLU, with something put into its graph.</summary>
    private static byte[] Model(Action<ProtoWriter> put)
    {
        static ProtoWriter Value(string name)
        {
            var shape = new ProtoWriter().Messages(1, (long[])[1, 2, 8, 8], size => new ProtoWriter().Whole(1, size));
            var type = new ProtoWriter().Message(1, new ProtoWriter().Whole(1, 1).Message(2, shape));
            return new ProtoWriter().Text(1, name).Message(2, type);
        }

        var graph = new ProtoWriter().Text(2, "graph").Message(11, Value("x")).Message(12, Value("y"))
            .Message(1, new ProtoWriter().Text(1, "x").Text(2, "y").Text(4, "Relu"));
        put(graph);
        return new ProtoWriter().Whole(1, 7).Message(7, graph).Message(8, new ProtoWriter().Whole(2, 13)).Written().ToArray();
    }

    private static OnnxModel With(OnnxNode node) => new(
        "graph",
        13,
        new OnnxValue("x", [OnnxValue.Dynamic, 2, 8, 8]),
        new OnnxValue("y", [OnnxValue.Dynamic, 2, 8, 8]),
        [node],
        NamedTensors.From([KeyValuePair.Create("w", TensorData.Of([2], [1f, 2f]))]),
        ImmutableSortedDictionary<string, string>.Empty);

    private static string Refusal(byte[] file) => Should.Throw<FormatException>(() => OnnxFile.Parse(file, "bad.onnx")).Message;

    private static bool IsRefused(byte[] file)
    {
        try
        {
            OnnxFile.Parse(file, "fuzz.onnx");
            return false;
        }
        catch (FormatException exception)
        {
            exception.Message.ShouldStartWith("fuzz.onnx");
            return true;
        }
    }

    private static SlimNetwork Whole(NetworkGraph graph) =>
        new(graph, Generated.Weights(graph), ImmutableSortedDictionary.Create<string, KernelMask>(StringComparer.Ordinal));
}
