using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Tests.Torch;

/// <summary>The fused batch norm against the same composed of elementary operations of libtorch and their gradients.</summary>
public class NormaliseTests
{
    [Theory]
    [InlineData(16, 5, Activation.Relu, true, true)]
    [InlineData(16, 64, Activation.Relu, false, true)]
    [InlineData(11, 7, Activation.Relu6, true, true)]
    [InlineData(11, 7, Activation.Relu6, false, true)]
    [InlineData(3, 9, Activation.None, true, true)]
    [InlineData(1, 6, Activation.None, false, true)]
    [InlineData(200, 3, Activation.Relu, false, true)]
    [InlineData(7, 5, Activation.Relu, true, false)]
    public void Values_gradients_and_statistics_are_those_of_the_composed_operations(
        int channels, int side, Activation activation, bool residual, bool training)
    {
        using var scope = torch.NewDisposeScope();
        long[] shape = [4, channels, side, side];
        var (x, r) = (Random(shape, 1, 3), Random(shape, 2, 0));
        var (weight, bias, probe) = (Random([channels], 3, 1), Random([channels], 4, 0), Random(shape, 5, 0));
        var (mean, variance) = (torch.full([channels], 0.5), torch.full([channels], 2));
        var fused = functional.batch_norm(x, mean, variance, weight, bias, training, 0.1, 1e-5, residual ? r : null, activation);
        (fused * probe).sum().backward();
        var own = new[] { x, weight, bias, r }.Select(t => t.grad?.ToFloats()).ToArray();
        foreach (var t in new[] { x, weight, bias, r })
        {
            t.zero_grad();
        }

        var plain = Composed(x, weight, bias, channels, training);
        plain = residual ? plain + r : plain;
        plain = activation switch { Activation.Relu => plain.relu(), Activation.Relu6 => functional.relu6(plain), _ => plain };
        (plain * probe).sum().backward();

        Close(fused.ToFloats(), plain.ToFloats(), "values");
        var names = new[] { "x", "weight", "bias", "residual" };
        var expected = new[] { x, weight, bias, r }.Select(t => t.grad?.ToFloats()).ToArray();
        for (var i = 0; i < 4; i++)
        {
            (own[i] is null).ShouldBe(expected[i] is null, names[i]);
            Close(own[i] ?? [], expected[i] ?? [], names[i]);
        }

        var rows = 4.0 * side * side;
        var batchMean = x.mean(0, 2, 3).ToFloats();
        var batchVariance = Deviations(x, channels).mean(0, 2, 3).ToFloats();
        Close(mean.ToFloats(), [.. batchMean.Select(m => training ? (0.9f * 0.5f) + (0.1f * m) : 0.5f)], "running mean");
        Close(variance.ToFloats(), [.. batchVariance.Select(v => training ? (0.9f * 2) + (0.1f * v * (float)(rows / (rows - 1))) : 2)], "running variance");
    }

    [Fact]
    public void A_value_that_is_not_a_number_passes_through_the_activation()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var x = torch.tensor([float.NaN, 1, 2, 3], [4, 1]).to(type);
            functional.batch_norm(x, torch.zeros([1]), torch.ones([1]), torch.ones([1]), torch.zeros([1]), false, 0.1, 1e-5, null, Activation.Relu)
                .to(ScalarType.Float32).ToFloats()[0].ShouldBe(float.NaN);
        }
    }

    [Fact]
    public void The_sum_of_two_normalised_branches_is_computed_once_and_right()
    {
        NetworkGraph graph = new("branches",
        [
            new("input", new Op.Input(3, 4, 4), []),
            new("a", new Op.BatchNorm2d(3), [0]),
            new("b", new Op.BatchNorm2d(3), [0]),
            new("sum", new Op.Add(), [1, 2]),
            new("relu", new Op.Relu(), [3]),
            new("double", new Op.Add(), [4, 4]),
            new("flatten", new Op.Flatten(), [5]),
        ]);
        using var module = new NetworkModule(graph, WeightInitialisation.Draw(graph, 1), new ModuleOptions(Precision.Float32, Device.Cpu));
        using var scope = torch.NewDisposeScope();
        var x = Random([2, 3, 4, 4], 1, 0);

        Close(module.Forward(x, training: false).ToFloats(), [.. x.ToFloats().Select(v => 4 * Math.Max(0, v))], "sum");
    }

    private static Tensor Composed(Tensor x, Tensor weight, Tensor bias, int channels, bool training)
    {
        var (deviation, variance) = training
            ? (x - x.mean(0, 2, 3).reshape(1, channels, 1, 1), Deviations(x, channels).mean(0, 2, 3))
            : (x + -0.5, torch.full([channels], 2));
        return (deviation / (variance + 1e-5).sqrt().reshape(1, channels, 1, 1) * weight.reshape(1, channels, 1, 1)) + bias.reshape(1, channels, 1, 1);
    }

    private static Tensor Deviations(Tensor x, int channels)
    {
        var deviation = x - x.mean(0, 2, 3).reshape(1, channels, 1, 1);
        return deviation * deviation;
    }

    private static Tensor Random(long[] shape, long seed, float offset)
    {
        var random = CounterRandom.For(seed, "test", 0, 0, "normalise");
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        foreach (ref var value in values.AsSpan())
        {
            value = offset + (float)random.NextGaussian();
        }

        return torch.tensor(values, shape).requires_grad_();
    }

    private static void Close(float[] actual, float[] expected, string what)
    {
        actual.Length.ShouldBe(expected.Length, what);
        for (var i = 0; i < actual.Length; i++)
        {
            Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(2e-4f * (1 + Math.Abs(expected[i])), $"{what}[{i}]");
        }
    }
}
