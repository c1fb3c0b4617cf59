using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Torch;
using ActorPrune.Nn.Tests.Training;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Tests.Criteria;

public class CalibrationTests
{
    private static readonly ModuleOptions Float32 = new(Precision.Float32, Device.Cpu);

    [Fact]
    public void Taylor_squares_the_gates_gradient_behind_batch_norm_and_that_of_weights_and_bias_without_one()
    {
        var filters = new FilterBank("conv", 2, TensorData.Of([2, 2], [1f, 2, 3, 4]), null, 1)
        {
            Bias = TensorData.Of([2], [1f, 1]),
            Gradients = new FilterBank("conv", 2, TensorData.Of([2, 2], [0.5f, -1, 1, 1]), null, 1)
            {
                Bias = TensorData.Of([2], [0.5f, 0]),
            },
        };
        CriteriaCatalog.Get("taylor").Score(filters).ShouldBe([1, 49], 1e-12);
        var normalised = filters with
        {
            Scale = TensorData.Of([2], [2f, 3]),
            Shift = TensorData.Of([2], [1f, 0]),
            Gradients = filters.Gradients with { Scale = TensorData.Of([2], [0.5f, 1]), Shift = TensorData.Of([2], [1f, 5]) },
        };
        CriteriaCatalog.Get("taylor").Score(normalised).ShouldBe([4, 9], 1e-12);
    }

    [Fact]
    public void Taylor_is_the_finite_difference_of_a_gate_behind_the_filter_squared_and_averaged_over_batches()
    {
        var graph = TestNetworks.Tiny();
        var weights = WeightInitialisation.Draw(graph, 5);
        var images = TinyJobs.Images(130);
        var measured = Calibration.Measure(CriteriaCatalog.Get("taylor"), graph, weights, images).Layers;
        measured.Keys.ShouldBe(["conv1", "conv2", "fc"]);
        foreach (var (layer, gated) in new[] { ("conv1", "bn1"), ("conv2", "bn2"), ("fc", "fc") })
        {
            measured[layer].Max().ShouldBeGreaterThan(1e-5);
            for (var filter = 0; filter < measured[layer].Length; filter++)
            {
                const float Step = 0.01f;
                var (more, less) = (Gated(weights, gated, filter, 1 + Step), Gated(weights, gated, filter, 1 - Step));
                var expected = Calibration.Choose(images.Count).Average(
                    batch => Math.Pow((Loss(graph, more, images, batch) - Loss(graph, less, images, batch)) / (2 * Step), 2));
                measured[layer][filter].ShouldBe(expected, Math.Max(1e-6, 0.03 * expected), $"{layer}[{filter}]");
            }
        }
    }

    [Fact]
    public void The_rank_criterion_is_the_mean_rank_of_a_filters_maps()
    {
        float[] unit = [1, 0, 0, 1], dyad = [1, 2, 2, 4], flat = [1, 1, 1, 1];
        var maps = TensorData.Of([2, 2, 2, 2], [.. unit, 0, 0, 0, 0, .. dyad, .. flat]);
        var filters = new FilterBank("conv", 2, TensorData.Of([2, 1], [1f, 1]), null, 1);
        CriteriaCatalog.Get("hrank").Score(filters with { Maps = maps }).ShouldBe([1.5, 0.5]);
        var numbers = filters with { Maps = TensorData.Of([3, 2], [0f, 1, 2, 3, 0, 1]) };
        CriteriaCatalog.Get("hrank").Score(numbers).ShouldBe([1 / 3.0, 1], 1e-12);
        Should.Throw<ArgumentException>(() => CriteriaCatalog.Get("hrank").Score(filters with { Maps = TensorData.Of([1, 3], [0f, 1, 2]) }))
            .Message.ShouldContain("2 filters");
    }

    /// <summary>Two images, of rank 4 and of rank 1, none of their pixels below zero: filters +v, 0 and −v show rank 2.5, 0, and what is
    /// left of −v.</summary>
    [Theory]
    [InlineData("alone", 2.5)]
    [InlineData("relu", 0)]
    [InlineData("norm", 2.5)]
    [InlineData("norm, relu", 0)]
    [InlineData("norm, sum, relu", 0)]
    public void Maps_are_seen_behind_the_norm_the_residual_sum_and_the_activation(string followers, double negative)
    {
        var x = GraphBuilder.Start("maps", 1, 4, 4).Conv("conv", 3, 1);
        var graph = (followers switch
        {
            "alone" => x,
            "relu" => x.Relu(),
            "norm" => x.BatchNorm("bn"),
            "norm, relu" => x.BatchNorm("bn").Relu(),
            _ => Residual(),
        }).GlobalAvgPool().Flatten().Linear("fc", 2).Build();
        var weights = WeightInitialisation.Draw(graph, 1).With("conv.weight", TensorData.Of([3, 1, 1, 1], [1f, 0, -1]));
        weights = weights.ContainsKey("skip.weight") ? weights.With("skip.weight", TensorData.Of([3, 1, 1, 1], [0f, 0, -1])) : weights;
        var ranks = Calibration.Measure(CriteriaCatalog.Get("hrank"), graph, weights, DiagonalAndFlat()).Layers;
        ranks["conv"].ToArray().ShouldBe([2.5, 0, negative]);
        if (weights.ContainsKey("skip.weight"))
        {
            // Without a norm, and read by the sum alone: its own value.
            ranks["skip"].ToArray().ShouldBe([0, 0, 2.5]);
        }

        static Flow Residual()
        {
            var image = GraphBuilder.Start("maps", 1, 4, 4);
            return image.Conv("conv", 3, 1).BatchNorm("bn").Add("sum", image.Conv("skip", 3, 1)).Relu();
        }
    }

    [Theory]
    [InlineData("taylor")]
    [InlineData("hrank")]
    public void Scores_are_the_same_bits_on_every_thread_and_leave_its_thread_count_alone(string criterion)
    {
        var graph = TestNetworks.ResNet20(width: 4);
        var weights = WeightInitialisation.Draw(graph, 5);
        var images = Coloured(24);
        var results = new LayerScores[3];
        var threads = Enumerable.Range(0, results.Length).Select(i => new Thread(() =>
        {
            torch.set_num_threads(i + 1);
            var scores = Calibration.Measure(CriteriaCatalog.Get(criterion), graph, weights, images);
            results[i] = torch.get_num_threads() == i + 1 ? scores : null!;
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        results.ShouldAllBe(r => r != null);
        results[0].Layers.Count.ShouldBe(20);
        results[0].Layers.Values.ShouldContain(s => s.Distinct().Count() > 1);
        foreach (var (layer, scores) in results[0].Layers)
        {
            results[1].Layers[layer].AsSpan().SequenceEqual(scores.AsSpan()).ShouldBeTrue(layer);
            results[2].Layers[layer].AsSpan().SequenceEqual(scores.AsSpan()).ShouldBeTrue(layer);
        }
    }

    [Theory]
    [InlineData(3, 1, 3)]
    [InlineData(64, 1, 64)]
    [InlineData(130, 2, 64)]
    [InlineData(5000, 8, 64)]
    public void Calibration_takes_full_batches_of_different_images_up_to_its_number(int count, int batches, int size)
    {
        var chosen = Calibration.Choose(count);
        chosen.Length.ShouldBe(batches);
        chosen.ShouldAllBe(b => b.Length == size);
        chosen.SelectMany(b => b).Distinct().Count().ShouldBe(batches * size);
        chosen.SelectMany(b => b).ShouldAllBe(i => i >= 0 && i < count);
    }

    [Fact]
    public void Weights_of_a_diverged_training_are_refused_with_what_to_do()
    {
        var graph = TestNetworks.Tiny();
        var weights = WeightInitialisation.Draw(graph, 5).With("fc.bias", TensorData.Of([3], [0f, float.NaN, 0]));
        var message = Should.Throw<ArgumentException>(
            () => Calibration.Measure(CriteriaCatalog.Get("taylor"), graph, weights, TinyJobs.Images(8))).Message;
        message.ShouldContain("'taylor'");
        message.ShouldContain("diverged");
    }

    [Fact]
    public void There_is_nothing_to_measure_for_a_criterion_of_weights()
    {
        var graph = TestNetworks.Tiny();
        Should.Throw<ArgumentException>(
            () => Calibration.Measure(CriteriaCatalog.Get("l1"), graph, WeightInitialisation.Draw(graph, 5), TinyJobs.Images(8)))
            .Message.ShouldContain("'l1' judges weights alone");
    }

    private static double Loss(NetworkGraph graph, NamedTensors weights, ImageSet images, int[] batch)
    {
        using var module = new NetworkModule(graph, weights, Float32);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var batches = new Batches(images);
        var logits = module.Forward(batches.Make(batch, [], 0, 0, ScalarType.Float32, Device.Cpu), training: false);
        return functional.cross_entropy(logits, batches.Labels(batch, Device.Cpu)).item();
    }

    /// <summary>What <paramref name="layer"/> puts out in channel <paramref name="filter"/>, times <paramref name="gate"/>.</summary>
    private static NamedTensors Gated(NamedTensors weights, string layer, int filter, float gate)
    {
        foreach (var name in new[] { layer + ".weight", layer + ".bias" })
        {
            var values = weights[name].Floats.ToArray();
            var length = values.Length / (int)weights[name].Shape[0];
            for (var i = filter * length; i < (filter + 1) * length; i++)
            {
                values[i] *= gate;
            }

            weights = weights.With(name, TensorData.Of(weights[name].Shape.AsSpan(), values));
        }

        return weights;
    }

    private static ImageSet DiagonalAndFlat()
    {
        var pixels = new byte[32];
        for (var i = 0; i < 16; i++)
        {
            pixels[i] = i % 5 == 0 ? (byte)255 : (byte)0;
            pixels[16 + i] = 102;
        }

        return new ImageSet(1, 4, 4, 2, pixels, new[] { 0, 1 }, [0f], [1f]);
    }

    private static ImageSet Coloured(int count)
    {
        var random = Genetics.Random.CounterRandom.For(2, "test", 0, 0, "images");
        var pixels = new byte[count * 3 * 32 * 32];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.NextInt(256);
        }

        var labels = Enumerable.Range(0, count).Select(i => i % 10).ToArray();
        return new ImageSet(3, 32, 32, 10, pixels, labels, [0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]);
    }
}
