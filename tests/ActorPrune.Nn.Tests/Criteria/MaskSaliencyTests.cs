using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Torch;
using ActorPrune.Nn.Tests.Training;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Tests.Criteria;

public class MaskSaliencyTests
{
    private const int Batch = 24;
    private const long Seed = 9;

    [Fact]
    public void A_saliency_is_the_finite_difference_of_a_mask_on_the_weight()
    {
        var graph = TestNetworks.Tiny();
        var weights = MaskSaliency.Draw(graph, 5);
        var images = TinyJobs.Images(60);
        var saliencies = MaskSaliency.Of(graph, weights, images, Seed, Batch);
        saliencies.Keys.ShouldBe(["bn1.weight", "bn2.weight", "conv1.weight", "conv2.weight", "fc.weight"]);
        foreach (var (name, saliency) in saliencies)
        {
            saliency.Shape.AsSpan().SequenceEqual(weights[name].Shape.AsSpan()).ShouldBeTrue(name);
            var values = saliency.Floats.ToArray();
            foreach (var i in Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(3))
            {
                const float Step = 0.02f;
                var (more, less) = (Masked(weights, name, i, 1 + Step), Masked(weights, name, i, 1 - Step));
                var expected = Math.Abs((Loss(graph, more, images) - Loss(graph, less, images)) / (2 * Step));
                expected.ShouldBeGreaterThan(1e-4, $"{name}[{i}]");
                ((double)values[i]).ShouldBe(expected, (0.05 * expected) + 2e-5, $"{name}[{i}]");
            }
        }
    }

    [Fact]
    public void Saliencies_are_the_same_bits_on_every_thread_and_others_for_other_images()
    {
        var graph = TestNetworks.Tiny();
        var weights = MaskSaliency.Draw(graph, 5);
        var images = TinyJobs.Images(60);
        var hashes = new string[2];
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            torch.set_num_threads(i + 1);
            hashes[i] = MaskSaliency.Of(graph, weights, images, Seed, Batch).Hash;
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        hashes[1].ShouldBe(hashes[0]);
        MaskSaliency.Of(graph, weights, images, Seed + 1, Batch).Hash.ShouldNotBe(hashes[0]);
    }

    [Fact]
    public void Convolutions_are_drawn_with_Xaviers_variance_and_all_else_is_left_as_it_was()
    {
        var graph = GraphBuilder.Start("wide", 3, 8, 8).Conv("a", 64, 3).BatchNorm("bn").Relu().Conv("b", 64, 3, groups: 2)
            .GlobalAvgPool().Flatten().Linear("fc", 5).Build();
        var others = WeightInitialisation.Draw(graph, 77);
        var drawn = MaskSaliency.Draw(graph, 5, others);
        // Fans of 9·3 in and 9·64 out; with two groups 9·32 in, and 9·64 out as PyTorch counts it. Five standard errors.
        Variance(drawn["a.weight"]).ShouldBe(2.0 / (27 + 576), 5 * Math.Sqrt(2.0 / 1728) * 2 / (27 + 576));
        Variance(drawn["b.weight"]).ShouldBe(2.0 / (288 + 576), 5 * Math.Sqrt(2.0 / 18432) * 2 / (288 + 576));
        foreach (var name in others.Keys.Except(["a.weight", "b.weight"]))
        {
            drawn[name].Bytes.Span.SequenceEqual(others[name].Bytes.Span).ShouldBeTrue(name);
        }

        MaskSaliency.Draw(graph, 5, others).Hash.ShouldBe(drawn.Hash);
        MaskSaliency.Draw(graph, 6, others)["a.weight"].Bytes.Span.SequenceEqual(drawn["a.weight"].Bytes.Span).ShouldBeFalse();
    }

    [Fact]
    public void The_variant_without_data_takes_the_weights_magnitudes()
    {
        var graph = TestNetworks.Tiny();
        var weights = MaskSaliency.Draw(graph, 5);
        var saliencies = MaskSaliency.OfMagnitude(graph, weights);
        saliencies["conv2.weight"].Floats.ToArray().ShouldBe(Array.ConvertAll(weights["conv2.weight"].Floats.ToArray(), Math.Abs));
        saliencies["conv2.weight"].Floats.ToArray().ShouldNotBe(weights["conv2.weight"].Floats.ToArray());
    }

    [Fact]
    public void Criteria_of_weights_judge_saliencies_too()
    {
        var graph = TestNetworks.Tiny();
        var coupling = ChannelCoupling.Of(graph);
        var saliencies = MaskSaliency.Of(graph, MaskSaliency.Draw(graph, 5), TinyJobs.Images(60), Seed, Batch);
        var group = coupling.Groups.Single();
        group.Layers.Length.ShouldBe(2);
        EvoFcCriteria.Scores(coupling, 0, EvoFcCriterion.L1, saliencies, 0.5)
            .ShouldBe(CriterionSelection.Scores(coupling, 0, "l1", saliencies), 1e-9);
    }

    private static double Loss(NetworkGraph graph, NamedTensors weights, ImageSet images)
    {
        using var module = new NetworkModule(graph, weights, new ModuleOptions(Precision.Float32, Device.Cpu));
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var batches = new Batches(images);
        var chosen = Batches.Order(Seed, 0, images.Count).AsSpan(0, Batch);
        var logits = module.Forward(batches.Make(chosen, [], 0, 0, ScalarType.Float32, Device.Cpu), training: true);
        return functional.cross_entropy(logits, batches.Labels(chosen, Device.Cpu)).item();
    }

    private static NamedTensors Masked(NamedTensors weights, string name, int index, float mask)
    {
        var values = weights[name].Floats.ToArray();
        values[index] *= mask;
        return weights.With(name, TensorData.Of(weights[name].Shape.AsSpan(), values));
    }

    private static double Variance(TensorData tensor) => tensor.Floats.ToArray().Average(v => (double)v * v);
}
