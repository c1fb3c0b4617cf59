using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Training;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Formats;

public class NetworkFileTests
{
    private static readonly NetworkGraph Graph = NetworkZoo.Create("resnet8", new NetworkOptions(WidthMultiplier: 0.5));

    [Theory]
    [InlineData(ChannelMode.PerLayer)]
    [InlineData(ChannelMode.PerFilter)]
    public void A_pruned_network_is_read_as_it_was_written(ChannelMode mode)
    {
        var slim = Slim(mode);
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "knee.safetensors");
        NetworkFile.Write(path, slim, new Dictionary<string, string> { ["method"] = "cemba" });
        var read = NetworkFile.Read(path);
        read.Graph.ShouldBe(slim.Graph);
        read.Weights!.Hash.ShouldBe(slim.Weights!.Hash);
        read.Masks.ShouldBe(slim.Masks);
        SafetensorsFile.Read(path).Metadata["method"].ShouldBe("cemba");
        GraphJson.Parse(File.ReadAllText(Path.Combine(folder.Path, "knee.graph.json"))).ShouldBe(slim.Graph);
        Directory.GetFiles(folder.Path).Length.ShouldBe(2, "nothing temporary stays");
    }

    [Fact]
    public void Weights_that_do_not_fit_the_graph_beside_them_are_refused()
    {
        var slim = Slim(ChannelMode.None);
        Should.Throw<WeightMismatchException>(() => NetworkFile.ToBytes(slim with { Graph = Graph }));
        var file = SafetensorsFile.Parse(NetworkFile.ToBytes(slim), "a");
        var mixed = file with { Metadata = file.Metadata.SetItem("actorprune.graph", GraphJson.Write(Graph)) };
        Should.Throw<WeightMismatchException>(() => NetworkFile.Parse(mixed.ToBytes(), "mixed.safetensors")).Message.ShouldStartWith("mixed.safetensors");
        var damaged = file with { Metadata = file.Metadata.SetItem("actorprune.graph", "{}") };
        Should.Throw<GraphException>(() => NetworkFile.Parse(damaged.ToBytes(), "damaged.safetensors")).Message.ShouldStartWith("damaged.safetensors");
        var plain = SafetensorsFile.Of(file.Tensors).ToBytes();
        Should.Throw<SafetensorsException>(() => NetworkFile.Parse(plain, "plain")).Message.ShouldContain("does not say of what network");
    }

    [Theory]
    [InlineData("{\"conv1\":7}")]
    [InlineData("{\"conv9\":\"1:01\"}")]
    [InlineData("{\"conv1\":\"9:zz\"}")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Damaged_masks_are_refused(string masks)
    {
        var file = SafetensorsFile.Parse(NetworkFile.ToBytes(Slim(ChannelMode.None)), "a");
        var damaged = file with { Metadata = file.Metadata.SetItem("actorprune.masks", masks) };
        Should.Throw<SafetensorsException>(() => NetworkFile.Parse(damaged.ToBytes(), "damaged")).Message.ShouldContain("masks");
    }

    [Fact]
    public void Weights_of_parallel_training_and_of_old_versions_fit()
    {
        var weights = Generated.Weights(Graph);
        var old = weights.Where(t => t.Value.Type == TensorType.Float32).Select(t => KeyValuePair.Create("module." + t.Key, t.Value));
        var fitted = PretrainedWeights.Fit(Graph, NamedTensors.From(old), "old.safetensors");
        fitted.Keys.ShouldBe(weights.Keys);
        fitted["conv1.weight"].ShouldBe(weights["conv1.weight"]);
        fitted["bn1.num_batches_tracked"].Longs[0].ShouldBe(0);
    }

    [Fact]
    public void All_that_does_not_fit_is_said_at_once()
    {
        var weights = Generated.Weights(Graph)
            .Without("conv1.weight")
            .With("fc.weight", TensorData.Of([1], [1f]))
            .With("bn1.bias", TensorData.Of([3], [1f, 2f, 3f]));
        var message = Should.Throw<WeightMismatchException>(() => PretrainedWeights.Fit(Graph, weights, "other.safetensors")).Message;
        message.ShouldContain("other.safetensors does not fit the network 'resnet8'");
        message.ShouldContain("1 missing: conv1.weight");
        message.ShouldContain("1 unexpected: fc.weight");
        message.ShouldContain("bn1.bias (Float32 [3], expected Float32 [8])");
    }

    private static SlimNetwork Slim(ChannelMode mode)
    {
        var coupling = ChannelCoupling.Of(Graph);
        return Surgery.Apply(coupling, Generated.Plan(coupling, mode, CounterRandom.For(2, "file", 0, 0, "plan")), Generated.Weights(Graph));
    }
}
