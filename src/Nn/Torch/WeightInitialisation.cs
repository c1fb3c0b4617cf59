using System.Runtime.InteropServices;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Torch;

/// <summary>
/// First weights as torchvision's ResNet draws them: convolutions normal with variance 2 / fan-out (He et al. 2015), batch norm 1 and 0;
/// linear layers and biases uniform in ±1/√fan-in as PyTorch's default. Drawn in managed code: equal seeds give equal weights on every
/// machine.
/// </summary>
public static class WeightInitialisation
{
    /// <summary>All parameters and buffers of <paramref name="graph"/>. A tensor's values depend on the seed and its name alone.</summary>
    public static NamedTensors Draw(NetworkGraph graph, long seed) =>
        NamedTensors.From(ParameterLayout.Of(graph).Select(spec => KeyValuePair.Create(spec.Name, Draw(spec, seed))));

    /// <summary>One tensor.</summary>
    public static TensorData Draw(ParameterSpec spec, long seed)
    {
        if (spec.Role == ParameterRole.BatchesTracked)
        {
            return TensorData.Of([], [0L]);
        }

        var count = spec.Shape.Aggregate(1L, (product, size) => checked(product * size));
        var values = new float[count];
        var random = CounterRandom.For(seed, "initialise/" + spec.Name, 0, 0, "weights");
        switch (spec.Role)
        {
            case ParameterRole.ConvWeight:
                FillNormal(values, Math.Sqrt(2.0 / spec.FanOut), random);
                break;
            case ParameterRole.LinearWeight or ParameterRole.Bias:
                var bound = 1 / Math.Sqrt(spec.FanIn);
                foreach (ref var value in values.AsSpan())
                {
                    value = (float)(bound * ((2 * random.NextDouble()) - 1));
                }

                break;
            case ParameterRole.NormWeight or ParameterRole.RunningVariance:
                values.AsSpan().Fill(1);
                break;
        }

        return new TensorData(spec.Shape, TensorType.Float32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    /// <summary>
    /// One convolution or linear weight, normal with variance 2 / (fan-in + fan-out) as PyTorch's xavier_normal_ (Glorot, Bengio:
    /// Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010, section 4.2.1). The fan-out is not divided
    /// by the groups.
    /// </summary>
    /// <exception cref="ArgumentException">It is another kind of parameter.</exception>
    public static TensorData DrawXavierNormal(ParameterSpec spec, long seed)
    {
        if (spec.Role is not (ParameterRole.ConvWeight or ParameterRole.LinearWeight))
        {
            throw new ArgumentException(
                $"'{spec.Name}' is a {spec.Role}: expected the weight of a convolution or linear layer.", nameof(spec));
        }

        var values = new float[spec.Shape.Aggregate(1L, (product, size) => checked(product * size))];
        FillNormal(values, Math.Sqrt(2.0 / (spec.FanIn + spec.FanOut)), CounterRandom.For(seed, "xavier/" + spec.Name, 0, 0, "weights"));
        return TensorData.Of(spec.Shape.AsSpan(), values);
    }

    private static void FillNormal(float[] values, double deviation, CounterRandom random)
    {
        foreach (ref var value in values.AsSpan())
        {
            value = (float)(deviation * random.NextGaussian());
        }
    }
}
