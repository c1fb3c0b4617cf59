using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Tests.Torch;

public class NetworkModuleTests
{
    private static readonly ModuleOptions Float32 = new(Precision.Float32, Device.Cpu);

    [Fact]
    public void Dropout_masks_depend_on_the_layer_and_the_seed_and_on_nothing_else()
    {
        var graph = GraphBuilder.Start("once", 64, 1, 1).Flatten().Dropout("a", 0.5).Linear("b", 64).Build();
        var twice = GraphBuilder.Start("twice", 64, 1, 1).Flatten().Dropout("a", 0.5).Dropout("c", 0.5).Linear("b", 64).Build();
        using var scope = torch.NewDisposeScope();
        bool[][] Masks(NetworkGraph network, ulong seed)
        {
            using var module = new NetworkModule(network, WeightInitialisation.Draw(network, 1), Float32);
            var seen = new List<bool[]>();
            module.Forward(torch.ones([1, 64, 1, 1]), training: true, seed, (layer, value) =>
            {
                if (network.Layers[layer].Op is Op.Dropout)
                {
                    seen.Add([.. value.ToFloats().Select(v => v > 0)]);
                }
            });
            return [.. seen];
        }

        Masks(graph, 5)[0].ShouldBe(Masks(twice, 5)[0]);
        Masks(graph, 5)[0].ShouldNotBe(Masks(graph, 6)[0]);
        var (first, second) = (Masks(twice, 5)[0], Masks(twice, 5)[1]);
        first.Count(kept => kept).ShouldBeInRange(16, 48);
        // Of those that the first leaves, an equal mask would leave all.
        second.Count(kept => kept).ShouldBeInRange(4, first.Count(kept => kept) - 4);
    }

    [Fact]
    public void The_gradient_equals_a_finite_difference()
    {
        var graph = TestNetworks.Tiny();
        var weights = WeightInitialisation.Draw(graph, 5);
        var images = Floats(4 * 2 * 6 * 6, 1);
        foreach (var name in new[] { "conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "fc.weight", "fc.bias" })
        {
            var gradient = Gradient(graph, weights, images, name);
            for (var i = 0; i < gradient.Length; i += Math.Max(1, gradient.Length / 5))
            {
                const float Step = 2e-3f;
                var difference = (Loss(graph, Moved(weights, name, i, Step), images) - Loss(graph, Moved(weights, name, i, -Step), images)) / (2 * Step);
                ((double)gradient[i]).ShouldBe(difference, 4e-3, $"{name}[{i}]");
            }
        }
    }

    [Fact]
    public void Logits_have_the_digits_of_float32_also_where_convolutions_run_in_bfloat16()
    {
        var graph = TestNetworks.Tiny();
        using var module = new NetworkModule(graph, WeightInitialisation.Draw(graph, 5), Float32 with { Precision = Precision.BFloat16 });
        using var scope = torch.NewDisposeScope();
        var images = torch.tensor(Floats(4 * 2 * 6 * 6, 1), [4, 2, 6, 6], Device.Cpu).to(ScalarType.BFloat16).channels_last();
        var logits = module.Forward(images, training: false).ToFloats();

        logits.Count(l => (BitConverter.SingleToInt32Bits(l) & 0xFFFF) != 0).ShouldBeGreaterThan(logits.Length / 2, "a bfloat16 has none of the lower 16 bits");
    }

    [Fact]
    public void A_sum_adds_all_its_inputs()
    {
        var graph = new NetworkGraph("sum",
        [
            new("input", new Op.Input(2, 1, 1), []),
            new("relu", new Op.Relu(), [0]),
            new("sum", new Op.Add(), [0, 1, 0]),
            new("flatten", new Op.Flatten(), [2]),
            new("fc", new Op.Linear(2, 2, false), [3]),
        ]);
        var identity = NamedTensors.From([new("fc.weight", TensorData.Of([2, 2], [1f, 0f, 0f, 1f]))]);
        using var module = new NetworkModule(graph, identity, Float32);
        using var scope = torch.NewDisposeScope();

        module.Forward(torch.tensor([3f, -5f], [1, 2, 1, 1], Device.Cpu), training: false).ToFloats().ShouldBe([9f, -10f]);
    }

    [Fact]
    public void One_step_of_sgd_lowers_the_loss()
    {
        var graph = TestNetworks.Tiny();
        var weights = WeightInitialisation.Draw(graph, 5);
        var images = Floats(4 * 2 * 6 * 6, 1);
        using var module = new NetworkModule(graph, weights, Float32);
        using var optimizer = new SgdOptimizer(module, new Recipe());
        var before = Loss(graph, weights, images);
        using (torch.NewDisposeScope())
        {
            LossOf(module, images).backward();
            optimizer.Step(0.05);
        }

        Loss(graph, module.Weights(), images).ShouldBeLessThan(before);
    }

    public static TheoryData<string> SmallNames() => [.. SmallGraphs.All.Keys];

    /// <summary>Whatever stands behind what: an imported network has layers in orders that none of the zoo has.</summary>
    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Every_operation_has_a_gradient_in_bfloat16_that_is_near_that_of_float32(string name)
    {
        var graph = SmallGraphs.All[name]();
        var (exact, mixed) = (Gradients(graph, Precision.Float32), Gradients(graph, Precision.BFloat16));
        mixed.Keys.ShouldBe(exact.Keys);
        foreach (var (parameter, gradient) in exact)
        {
            mixed[parameter].ShouldAllBe(g => float.IsFinite(g), parameter);
        }

        var (difference, norm) = (exact.Sum(e => Distance(e.Value, mixed[e.Key])), exact.Sum(e => Distance(e.Value, new float[e.Value.Length])));
        Math.Sqrt(difference / norm).ShouldBeLessThan(0.2, name);

        static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Pow(x - (double)y, 2)).Sum();
    }

    private static Dictionary<string, float[]> Gradients(NetworkGraph graph, Precision precision)
    {
        using var module = new NetworkModule(graph, Generated.Weights(graph), Float32 with { Precision = precision });
        using var scope = torch.NewDisposeScope();
        var (input, classes) = (graph.Input, ShapeInference.Infer(graph)[^1].Channels);
        var images = torch.tensor(Floats(16 * input.Channels * input.Height * input.Width, 3), [16, input.Channels, input.Height, input.Width]);
        var labels = torch.tensor([.. Enumerable.Range(0, 16).Select(i => (long)(i % classes))], [16]);
        functional.cross_entropy(module.Forward(images.to(module.InputType).channels_last(), training: true), labels).backward();
        return ParameterShapes.Of(graph).Where(p => p.Type == TensorType.Float32 && !p.Name.Contains("running_", StringComparison.Ordinal))
            .ToDictionary(p => p.Name, p => module[p.Name].grad?.ToFloats() ?? []);
    }

    private static float[] Gradient(NetworkGraph graph, NamedTensors weights, float[] images, string name)
    {
        using var module = new NetworkModule(graph, weights, Float32);
        using var scope = torch.NewDisposeScope();
        LossOf(module, images).backward();
        return module[name].grad!.ToFloats();
    }

    private static double Loss(NetworkGraph graph, NamedTensors weights, float[] images)
    {
        using var module = new NetworkModule(graph, weights, Float32);
        using var scope = torch.NewDisposeScope();
        return LossOf(module, images).item();
    }

    private static Tensor LossOf(NetworkModule module, float[] images) => functional.cross_entropy(
        module.Forward(torch.tensor(images, [4, 2, 6, 6]).channels_last(), training: true), torch.tensor([0L, 1, 2, 1], [4]));

    private static NamedTensors Moved(NamedTensors weights, string name, int index, float step)
    {
        var values = weights[name].Floats.ToArray();
        values[index] += step;
        return weights.With(name, TensorData.Of(weights[name].Shape.AsSpan(), values));
    }

    private static float[] Floats(int count, long seed)
    {
        var random = CounterRandom.For(seed, "test", 0, 0, "floats");
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextGaussian())];
    }
}
