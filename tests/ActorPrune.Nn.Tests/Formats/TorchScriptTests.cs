using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json.Nodes;
using ActorPrune.Nn.Formats.TorchScript;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Formats;

public class TorchScriptTests
{
    [Fact]
    public void Modules_parameters_and_buffers_have_PyTorchs_names()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions(WidthMultiplier: 0.5));
        using var archive = Archive(Whole(graph), null);
        var code = Code(archive);
        code.ShouldContain("class Network(Module):");
        code.ShouldContain("__parameters__ = [\"weight\", \"bias\", ]");
        code.ShouldContain("__buffers__ = [\"running_mean\", \"running_var\", \"num_batches_tracked\", ]");
        code.ShouldContain("conv1 : ");
        code.ShouldContain("__annotations__[\"0\"] = ", customMessage: "blocks are numbered modules");
        code.ShouldNotContain("indices");
    }

    [Fact]
    public void Notes_and_graph_travel_in_the_file()
    {
        var graph = SmallGraphs.Selection();
        using var archive = Archive(
            Whole(graph), new Dictionary<string, string> { ["mean"] = "[0.5,0.25]", ["class_names"] = "[\"Zürich\"]" });
        var notes = JsonNode.Parse(Text(archive, "extra/actorprune.json"))!;
        notes["mean"]!.GetValue<string>().ShouldBe("[0.5,0.25]");
        notes["class_names"]!.GetValue<string>().ShouldBe("[\"Zürich\"]");
        GraphJson.Parse(Text(archive, "extra/actorprune.graph.json")).ShouldBe(graph);
    }

    [Fact]
    public void The_channels_of_a_selection_are_no_buffer()
    {
        using var archive = Archive(Whole(SmallGraphs.Selection()), null);
        var code = Code(archive);
        code.ShouldContain("indices : Tensor");
        code.ShouldNotContain("\"indices\"");
    }

    [Theory]
    [InlineData("a\"b")]
    [InlineData("a..b")]
    [InlineData("Zürich")]
    [InlineData("two\nlines")]
    [InlineData("block.in")]
    public void A_name_that_no_module_can_have_is_refused_by_name(string name)
    {
        var graph = GraphBuilder.Start("named", 2, 8, 8).Conv(name, 2, 3).GlobalAvgPool().Flatten().Build();
        Should.Throw<GraphException>(() => TorchScriptFile.ToBytes(Whole(graph))).Message.ShouldContain(name);
    }

    [Fact]
    public void Numbers_and_words_with_signs_can_be_names()
    {
        var graph = GraphBuilder.Start("named", 2, 8, 8)
            .Conv("0", 2, 3).Conv("0.1", 2, 3).Conv("a-b c", 2, 3).GlobalAvgPool().Flatten().Build();
        using var scope = torch.NewDisposeScope();
        TorchScriptFile.Forward(TorchScriptFile.ToBytes(Whole(graph)), torch.zeros([5, 2, 8, 8])).shape.ShouldBe([5L, 2]);
    }

    [Fact]
    public void Names_that_clash_are_refused_by_name()
    {
        var graph = GraphBuilder.Start("clash", 2, 8, 8).Conv("a", 2, 3).Conv("a.weight", 2, 3).GlobalAvgPool().Flatten().Build();
        Should.Throw<TorchException>(() => TorchScriptFile.ToBytes(Whole(graph))).Message.ShouldContain("weight");
    }

    [Fact]
    public void A_file_that_is_cut_is_an_error_of_libtorch()
    {
        var file = TorchScriptFile.ToBytes(Whole(SmallGraphs.Plain()));
        using var scope = torch.NewDisposeScope();
        var images = torch.zeros([1, 2, 8, 8]);
        TorchScriptFile.Forward(file, images).shape.ShouldBe([1L, 3]);
        for (var part = 0; part < 10; part++)
        {
            Should.Throw<TorchException>(() => TorchScriptFile.Forward(file.AsSpan(0, file.Length * part / 10), images));
        }
    }

    private static ZipArchive Archive(SlimNetwork network, IReadOnlyDictionary<string, string>? notes) =>
        new(new MemoryStream(TorchScriptFile.ToBytes(network, notes)), ZipArchiveMode.Read);

    /// <summary>The code of all its modules.</summary>
    private static string Code(ZipArchive archive) => string.Concat(archive.Entries
        .Where(e => e.FullName.EndsWith(".py", StringComparison.Ordinal))
        .Select(e => Text(archive, e.FullName[(e.FullName.IndexOf('/') + 1)..])));

    /// <summary>The entry whose name ends so: the archive's root has a name of libtorch's choice.</summary>
    private static string Text(ZipArchive archive, string name)
    {
        var entry = archive.Entries.SingleOrDefault(e => e.FullName.EndsWith("/" + name, StringComparison.Ordinal));
        entry.ShouldNotBeNull(string.Join(", ", archive.Entries.Select(e => e.FullName)));
        using var reader = new StreamReader(entry.Open());
        return reader.ReadToEnd();
    }

    private static SlimNetwork Whole(NetworkGraph graph) =>
        new(graph, Generated.Weights(graph), ImmutableSortedDictionary.Create<string, KernelMask>(StringComparer.Ordinal));
}
