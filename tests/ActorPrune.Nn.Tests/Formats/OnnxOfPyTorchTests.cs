using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Formats.Onnx;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Formats;

/// <summary>
/// What PyTorch's exporters make of common code, node by node as PyTorch 1.13 and 2 write it: values named by module paths, whole numbers
/// computed by operations, one slice for each axis.
/// </summary>
public class OnnxOfPyTorchTests
{
    private static readonly NetworkGraph Block = Start().Conv("layer1.0.conv1", 6, 3, stride: 2).BatchNorm("layer1.0.bn1").Relu("layer1.0.relu")
        .Build();

    private static readonly TensorData Most = List(long.MaxValue);

    [Fact]
    public void Layers_are_called_after_the_modules_whose_weights_they_have()
    {
        var weights = Generated.Weights(Block);
        var model = Model("/layer1/layer1.0/relu/Relu_output_0", [.. Named(weights)],
            OnnxNode.Of("Conv", "/layer1/layer1.0/conv1/Conv_output_0", ["input", "layer1.0.conv1.weight"],
                new OnnxAttribute.Wholes("strides", [2, 2]), new OnnxAttribute.Wholes("pads", [1, 1, 1, 1])),
            OnnxNode.Of("BatchNormalization", "/layer1/layer1.0/bn1/BatchNormalization_output_0",
                ["/layer1/layer1.0/conv1/Conv_output_0", .. ((string[])["weight", "bias", "running_mean", "running_var"]).Select(p => $"layer1.0.bn1.{p}")]),
            OnnxNode.Of("Relu", "/layer1/layer1.0/relu/Relu_output_0", ["/layer1/layer1.0/bn1/BatchNormalization_output_0"]));

        var read = Read(model);

        read.Graph.Layers.Select(l => l.Name).ShouldBe(["input", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu.Relu"]);
        read.Graph.Layers[2].Op.ShouldBe(new Op.BatchNorm2d(6), "0.9 and 1e-5 are what was meant, not the nearest float32");
        ShouldBeSame(read, Block, weights);
    }

    [Fact]
    public void A_convolution_that_a_batch_norm_was_merged_into_is_called_after_its_module()
    {
        var graph = Start().Conv("layer1.0.conv1", 6, 3, bias: true).Build();
        var weights = Generated.Weights(graph);
        var model = Model("/layer1/layer1.0/conv1/Conv_output_0",
            [("onnx::Conv_154", weights["layer1.0.conv1.weight"]), ("onnx::Conv_155", weights["layer1.0.conv1.bias"])],
            OnnxNode.Of("Conv", "/layer1/layer1.0/conv1/Conv_output_0", ["input", "onnx::Conv_154", "onnx::Conv_155"],
                new OnnxAttribute.Wholes("pads", [1, 1, 1, 1])));

        ShouldBeSame(Read(model), graph, weights);
    }

    /// <summary>F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 2)), whose sides the exporter reverses and turns by operations.</summary>
    [Fact]
    public void A_padded_shortcut_is_read_through_the_operations_that_compute_its_sides() =>
        Read(PaddedShortcut()).Graph.Layers.Select(l => l.Op).ShouldBe(
            [new Op.Input(3, 8, 8), new Op.PadShortcut(2, 0, 0, false), new Op.PadShortcut(1, 1, 2, false)]);

    [Fact]
    public void Operations_on_changed_numbers_are_read_or_are_an_error_but_never_a_crash()
    {
        var file = OnnxEncoder.Encode(PaddedShortcut());
        var random = CounterRandom.For(3, "onnx", 0, 0, "flips");
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            var changed = file.ToArray();
            changed[random.NextInt(changed.Length)] = (byte)random.NextInt(256);
            try
            {
                OnnxFile.Parse(changed, "fuzz.onnx");
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        refused.ShouldBeInRange(500, 4999);
    }

    private static OnnxModel PaddedShortcut() => Model("pad",
            [("zero", List(0)), ("most", Most), ("two", List(2)), ("three", List(3)), ("given", List(0, 0, 0, 0, 1, 2)), ("table", List(-1, 2)),
                ("last", List(-1)), ("before", List(long.MinValue + 1)), ("four", Single(4)), ("rank", Single(2)), ("first", List(0))],
            OnnxNode.Of("Slice", "rows", ["input", "zero", "most", "two", "two"]),
            OnnxNode.Of("Slice", "both", ["rows", "zero", "most", "three", "two"]),
            OnnxNode.Of("Shape", "length", ["given"]),
            OnnxNode.Of("Gather", "number", ["length", "first"], new OnnxAttribute.Whole("axis", 0)),
            OnnxNode.Of("Mul", "all", ["four", "rank"]),
            OnnxNode.Of("Sub", "missing", ["all", "number"]),
            OnnxNode.Of("ConstantOfShape", "more", ["missing"], new OnnxAttribute.Tensor("value", List(0))),
            OnnxNode.Of("Concat", "sides", ["given", "more"], new OnnxAttribute.Whole("axis", 0)),
            OnnxNode.Of("Reshape", "pairs", ["sides", "table"]),
            OnnxNode.Of("Slice", "turned", ["pairs", "last", "before", "zero", "last"]),
            OnnxNode.Of("Transpose", "columns", ["turned"], new OnnxAttribute.Wholes("perm", [1, 0])),
            OnnxNode.Of("Reshape", "row", ["columns", "last"]),
            OnnxNode.Of("Cast", "pads", ["row"], new OnnxAttribute.Whole("to", 7)),
            OnnxNode.Of("Pad", "pad", ["both", "pads", ""], new OnnxAttribute.Text("mode", "constant")));

    [Fact]
    public void Names_have_letters_that_every_format_takes_and_each_layer_its_own()
    {
        var read = Read(Model("b/c", [], OnnxNode.Of("Relu", "onnx::Relu_1", ["input"]), OnnxNode.Of("Relu", "onnx..Relu_1", ["onnx::Relu_1"]),
            OnnxNode.Of("Relu", "onnx__Relu_1", ["onnx..Relu_1"]), OnnxNode.Of("Relu", "b/c", ["onnx__Relu_1"])));

        read.Graph.Layers.Select(l => l.Name).ShouldBe(["input", "onnx__Relu_1", "onnx..Relu_1", "onnx__Relu_1_2", "b_c"]);
    }

    [Theory]
    [InlineData(OnnxValue.Dynamic)]
    [InlineData(1L)]
    public void A_view_whose_shape_is_computed_is_a_row_of_features(long batch)
    {
        var model = Model("logits", [("zero", Single(0)), ("axis", List(0)), ("w", TensorData.Of([2, 192], new float[384]))],
            OnnxNode.Of("Shape", "shape", ["input"]),
            OnnxNode.Of("Gather", "n", ["shape", "zero"]),
            OnnxNode.Of("Unsqueeze", "rows", ["n", "axis"]),
            OnnxNode.Of("Constant", "rest", [], new OnnxAttribute.Tensor("value", List(-1))),
            OnnxNode.Of("Concat", "sizes", ["rows", "rest"], new OnnxAttribute.Whole("axis", 0)),
            OnnxNode.Of("Reshape", "view", ["input", "sizes"]),
            OnnxNode.Of("Reshape", "again", ["view", "sizes"]),
            OnnxNode.Of("Gemm", "logits", ["again", "w"], new OnnxAttribute.Whole("transB", 1)));

        var read = Read(model with { Input = new OnnxValue("input", [batch, 3, 8, 8]) });

        read.Graph.Layers.Select(l => l.Op).ShouldBe([new Op.Input(3, 8, 8), new Op.Flatten(), new Op.Linear(192, 2, false)]);
    }

    /// <summary>As the exporter of PyTorch 2 writes x.flatten(1) where the number of images is open.</summary>
    [Fact]
    public void A_part_of_a_shape_is_computed_with()
    {
        var model = Model("view", [("list", List(-1)), ("features", List(192))],
            OnnxNode.Of("Shape", "n", ["input"], new OnnxAttribute.Whole("start", 0), new OnnxAttribute.Whole("end", 1)),
            OnnxNode.Of("Squeeze", "number", ["n"]),
            OnnxNode.Of("Reshape", "row", ["number", "list"], new OnnxAttribute.Whole("allowzero", 0)),
            OnnxNode.Of("Concat", "sizes", ["row", "features"], new OnnxAttribute.Whole("axis", 0)),
            OnnxNode.Of("Reshape", "view", ["input", "sizes"], new OnnxAttribute.Whole("allowzero", 1)));

        Read(model with { Opset = 18 }).Graph.Layers.Select(l => l.Op).ShouldBe([new Op.Input(3, 8, 8), new Op.Flatten()]);
    }

    [Theory]
    [InlineData(13, 0, 2)]
    [InlineData(13, 1, 1)]
    [InlineData(18, 0, 2)]
    public void A_mean_over_rows_and_columns_is_a_global_pooling(int opset, int kept, int added)
    {
        var axes = opset < 18
            ? OnnxNode.Of("ReduceMean", "mean", ["input"], new OnnxAttribute.Wholes("axes", [-1, -2]), new OnnxAttribute.Whole("keepdims", kept))
            : OnnxNode.Of("ReduceMean", "mean", ["input", "axes"], new OnnxAttribute.Whole("keepdims", kept));
        var read = Read(Model("mean", [("axes", List(2, 3))], axes) with { Opset = opset });

        read.Graph.Layers.Select(l => l.Op).ShouldBe(
            ((Op[])[new Op.Input(3, 8, 8), new Op.GlobalAvgPool(), new Op.Flatten()])[..(1 + added)]);
    }

    [Fact]
    public void What_a_network_in_training_notes_besides_is_left_out_and_dropout_keeps_its_share()
    {
        var model = Model("drop", [("share", TensorData.Of([], [0.3f])), ("on", Single(1))],
            OnnxNode.Of("Identity", "same", ["share"]),
            OnnxNode.Of("Constant", "none", [], new OnnxAttribute.Tensor("value", List(0, 0, 0, 0, 0, 0, 0, 0))),
            OnnxNode.Of("Pad", "padded", ["input", "none"], new OnnxAttribute.Text("mode", "constant")),
            OnnxNode.Of("Dropout", "drop", ["padded", "same", "on"]));

        Read(model).Graph.Layers.Select(l => l.Op).ShouldBe([new Op.Input(3, 8, 8), new Op.Dropout(0.3)]);
    }

    [Fact]
    public void What_is_not_read_is_refused_with_node_and_reason()
    {
        Refusal([("zero", List(0)), ("most", Most), ("axis", List(2)), ("step", List(2))],
            OnnxNode.Of("Slice", "rows", ["input", "zero", "most", "axis", "step"]), OnnxNode.Of("Relu", "y", ["rows"]))
            .ShouldContain("node 'y' (Relu) reads 'rows', every n-th row or column alone; both together are read");
        Refusal([("one", List(1)), ("most", Most), ("axes", List(2)), ("step", List(1))],
            OnnxNode.Of("Slice", "y", ["input", "one", "most", "axes", "step"])).ShouldContain("'y' (Slice) cuts out a part");
        Refusal([("shape", List(-1, 6, 32))], OnnxNode.Of("Reshape", "y", ["input", "shape"]))
            .ShouldContain("gives 3×8×8 the shape [-1, 6, 32]; that of one row an image is read");
        Refusal([("sides", List(0, 0, 1, 1, 0, 0, 1, 1))], OnnxNode.Of("Pad", "y", ["input", "sides"])).ShouldContain("pads other sides than channels");
        Refusal([("axes", List(1))], OnnxNode.Of("ReduceMean", "y", ["input"], new OnnxAttribute.Wholes("axes", [1])))
            .ShouldContain("takes the mean over the axes [1]");
        Refusal([("a", List(1)), ("b", List(0))], OnnxNode.Of("Div", "c", ["a", "b"]), OnnxNode.Of("Reshape", "y", ["input", "c"]))
            .ShouldContain("'c' (Div) divides by zero");
        Refusal([("a", Most), ("b", List(2))], OnnxNode.Of("Mul", "c", ["a", "b"])).ShouldContain("sizes that are too large");
        Refusal([("a", List(5000))], OnnxNode.Of("ConstantOfShape", "c", ["a"], new OnnxAttribute.Tensor("value", List(0)))).ShouldContain("'c'");
        Refusal([], OnnxNode.Of("Relu", "y", ["input", "input"])).ShouldContain("has an input number 1, 'input', which is not read");
        Refusal([], OnnxNode.Of("Sigmoid", "y", ["input"])).ShouldContain("'y' (Sigmoid) is an operation that is not read");
    }

    [Fact]
    public void Weights_in_a_file_beside_the_model_are_read_and_no_other_file_is()
    {
        using var directory = new Folder();
        var values = Enumerable.Range(0, 20).Select(i => (float)i).ToArray();
        File.WriteAllBytes(directory.File("model.onnx.data"), [1, 2, 3, 4, .. values.SelectMany(BitConverter.GetBytes)]);

        Write("model.onnx.data", "4", "80");
        OnnxFile.Read(directory.File("model.onnx")).Weights!["fc.weight"].Floats.ToArray().ShouldBe(values);

        foreach (var (location, offset, reason) in ((string, string, string)[])
            [("model.onnx.data", "8", "lies beyond the end of 'model.onnx.data'"), ("../secret", "0", "only files beside the model are read"),
                ("/etc/passwd", "0", "only files beside the model are read"), ("model.onnx.data", "-4", "has '-4' as the offset")])
        {
            Write(location, offset, "80");
            Should.Throw<FormatException>(() => OnnxFile.Read(directory.File("model.onnx"))).Message.ShouldContain(reason);
        }

        Write("gone.data", "0", "80");
        Should.Throw<FileNotFoundException>(() => OnnxFile.Read(directory.File("model.onnx"))).Message.ShouldContain("gone.data");

        void Write(string location, string offset, string length)
        {
            static ProtoWriter Pair(string key, string value) => new ProtoWriter().Text(1, key).Text(2, value);
            static ProtoWriter Value(string name, params long[] shape) => new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1,
                new ProtoWriter().Whole(1, 1).Message(2, new ProtoWriter().Messages(1, shape, size => new ProtoWriter().Whole(1, size)))));
            var tensor = new ProtoWriter().Whole(1, 2).Whole(1, 10).Whole(2, 1).Text(8, "fc.weight").Message(13, Pair("location", location))
                .Message(13, Pair("offset", offset)).Message(13, Pair("length", length)).Whole(14, 1);
            var graph = new ProtoWriter()
                .Message(1, new ProtoWriter().Text(1, "x").Text(2, "row").Text(4, "Flatten"))
                .Message(1, new ProtoWriter().Text(1, "row").Text(1, "fc.weight").Text(2, "y").Text(4, "Gemm")
                    .Message(5, new ProtoWriter().Text(1, "transB").Whole(3, 1).Whole(20, 2)))
                .Message(5, tensor).Message(11, Value("x", 1, 10, 1, 1)).Message(12, Value("y", 1, 2));
            File.WriteAllBytes(
                directory.File("model.onnx"), new ProtoWriter().Whole(1, 7).Message(7, graph).Message(8, new ProtoWriter().Whole(2, 18)).Written().ToArray());
        }
    }

    /// <summary>Their shortcuts come back as two layers, and they have to be pruned as if they were one.</summary>
    [Theory]
    [InlineData("resnet20", ShortcutKind.Pad)]
    [InlineData("resnet20", ShortcutKind.PoolAndPad)]
    [InlineData("densenet40", ShortcutKind.Pad)]
    [InlineData("mobilenetv2-cifar", ShortcutKind.Pad)]
    public void A_network_that_was_read_obeys_the_law_of_surgery(string name, ShortcutKind shortcut)
    {
        var given = SurgeryLawOnTheZooTests.Small(name, shortcut, HeadKind.Linear);
        var read = OnnxFile.Parse(
            OnnxFile.ToBytes(new SlimNetwork(given, Generated.Weights(given), ImmutableSortedDictionary<string, KernelMask>.Empty)), name);
        var coupling = ChannelCoupling.Of(read.Graph);
        coupling.UnitCount.ShouldBe(ChannelCoupling.Of(given).UnitCount);
        foreach (var mode in (ChannelMode[])[ChannelMode.None, ChannelMode.PerLayer])
        {
            var plan = Generated.Plan(coupling, mode, CounterRandom.For(11, name, 0, 0, "read"));
            SurgeryLaw.ShouldHold(coupling, plan, read.Weights!, Generated.Image(read.Graph));
        }
    }

    [Fact]
    public void A_file_says_by_its_ending_what_it_is_and_gives_the_network_its_name()
    {
        using var directory = new Folder();
        var network = new SlimNetwork(Block, Generated.Weights(Block), ImmutableSortedDictionary<string, KernelMask>.Empty);
        File.WriteAllBytes(directory.File("Mine.ONNX"), OnnxFile.ToBytes(network));
        NetworkFile.Write(directory.File("pick.safetensors"), network);

        NetworkReader.Read(directory.File("Mine.ONNX")).Graph.Name.ShouldBe("Mine");
        NetworkReader.Read(directory.File("pick.safetensors")).Graph.Layers.ShouldBe(Block.Layers);

        var message = Should.Throw<FormatException>(() => NetworkReader.Read(directory.File("net.pt"))).Message;
        message.ShouldContain("net.pt: expected a network in a file that ends in .onnx or .safetensors");
        NetworkFile.Write(directory.File("masked.safetensors"), network with
        {
            Masks = network.Masks.Add("layer1.0.conv1", new KernelMask(6, 3, BitString.Filled(18, false))),
        });
        Should.Throw<FormatException>(() => NetworkReader.Read(directory.File("masked.safetensors"))).Message.ShouldContain("held at zero");
    }

    private static Flow Start() => GraphBuilder.Start("given", 3, 8, 8);

    private static TensorData List(params long[] values) => TensorData.Of([values.Length], values);

    private static TensorData Single(long value) => TensorData.Of([], [value]);

    private static IEnumerable<(string, TensorData)> Named(NamedTensors weights) =>
        weights.Where(w => w.Value.Type == TensorType.Float32).Select(w => (w.Key, w.Value));

    private static OnnxModel Model(string output, (string Name, TensorData Value)[] constants, params OnnxNode[] nodes) => new(
        "main_graph",
        13,
        new OnnxValue("input", [OnnxValue.Dynamic, 3, 8, 8]),
        new OnnxValue(output, [OnnxValue.Dynamic, 2]),
        [.. nodes],
        NamedTensors.From(constants.Select(c => KeyValuePair.Create(c.Name, c.Value))),
        ImmutableSortedDictionary<string, string>.Empty);

    private static SlimNetwork Read(OnnxModel model) => OnnxFile.Parse(OnnxEncoder.Encode(model), "given.onnx");

    private static string Refusal((string, TensorData)[] constants, params OnnxNode[] nodes) =>
        Should.Throw<FormatException>(() => Read(Model(nodes[^1].Output, constants, nodes))).Message;

    /// <summary>The same operations, and the same outputs.</summary>
    private static void ShouldBeSame(SlimNetwork read, NetworkGraph graph, NamedTensors weights)
    {
        read.Graph.Layers.Select(l => l.Op).ShouldBe(graph.Layers.Select(l => l.Op));
        var image = Generated.Image(graph);
        ReferenceForward.Run(read.Graph, read.Weights!, image).Values.ShouldBe(ReferenceForward.Run(graph, weights, image).Values);
    }
}
