using System.Runtime.InteropServices;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Torch;

/// <summary>
/// First weights as torchvision's ResNet draws them: convolutions normal with variance 2 / fan-out (He et al. 2015), batch norm 1 and 0; linear layers
/// and biases uniform in ±1/√fan-in as PyTorch's default. Drawn in managed code: equal seeds give equal weights on every machine.
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
                var deviation = Math.Sqrt(2.0 / spec.FanOut);
                foreach (ref var value in values.AsSpan())
                {
                    value = (float)(deviation * random.NextGaussian());
                }

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
}
