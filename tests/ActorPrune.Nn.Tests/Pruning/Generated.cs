using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Pruning;

/// <summary>Random weights, images and plans from a seed.</summary>
internal static class Generated
{
    /// <summary>Weights that keep activations near unit scale; batch-norm statistics, scales and shifts far from their neutral
    /// values.</summary>
    public static NamedTensors Weights(NetworkGraph graph, long seed = 1)
    {
        var random = CounterRandom.For(seed, graph.Name, 0, 0, "weights");
        return NamedTensors.From(ParameterShapes.Of(graph).Select(p => KeyValuePair.Create(p.Name, Tensor(p, random))));
    }

    public static Activation Image(NetworkGraph graph, int batch = 2, long seed = 1)
    {
        var random = CounterRandom.For(seed, graph.Name, 0, 0, "image");
        var image = Activation.Zeros(batch, graph.Input.Channels, graph.Input.Height, graph.Input.Width);
        for (var i = 0; i < image.Values.Length; i++)
        {
            image.Values[i] = random.NextGaussian();
        }

        return image;
    }

    /// <summary>Keeps each unit with a probability drawn for its group; the group's minimum always stays.</summary>
    public static PruningPlan Plan(ChannelCoupling coupling, ChannelMode mode, CounterRandom random)
    {
        var space = coupling.Space(mode);
        var filters = new List<bool>();
        foreach (var group in space.Groups)
        {
            var probability = random.NextDouble();
            var bits = Enumerable.Range(0, group.Length).Select(_ => random.NextBool(probability)).ToArray();
            while (bits.Count(b => b) < group.Minimum)
            {
                bits[random.NextInt(bits.Length)] = true;
            }

            filters.AddRange(bits);
        }

        var keep = random.NextDouble();
        var channels = mode == ChannelMode.None ? null : BitString.Create(space.ChannelBits, _ => random.NextBool(keep));
        return new PruningPlan(BitString.Of(filters.ToArray()), channels, mode);
    }

    /// <summary>The first units of every group that must stay, and of the lower level nothing that is not forced.</summary>
    public static PruningPlan Least(ChannelCoupling coupling, ChannelMode mode)
    {
        var space = coupling.Space(mode);
        var filters = space.Groups.SelectMany(g => Enumerable.Range(0, g.Length).Select(i => i < g.Minimum)).ToArray();
        return new PruningPlan(BitString.Of(filters), mode == ChannelMode.None ? null : BitString.Filled(space.ChannelBits, false), mode);
    }

    public static PruningPlan Everything(ChannelCoupling coupling, ChannelMode mode) => new(
        BitString.Filled(coupling.UnitCount, true), mode == ChannelMode.None ? null : BitString.Filled(coupling.Space(mode).ChannelBits, true), mode);

    private static TensorData Tensor(ParameterShape parameter, CounterRandom random)
    {
        if (parameter.Type == TensorType.Int64)
        {
            return TensorData.Of([], [17L]);
        }

        var values = new float[parameter.Count];
        var fan = parameter.Shape.Length > 1 ? parameter.Count / parameter.Shape[0] : 1;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = parameter.Name.EndsWith("running_var", StringComparison.Ordinal)
                ? (float)(0.5 + random.NextDouble())
                : parameter.Shape.Length > 1 ? (float)(random.NextGaussian() * Math.Sqrt(2.0 / fan)) : (float)(0.5 + (0.5 * random.NextGaussian()));
        }

        return TensorData.Of(parameter.Shape.AsSpan(), values);
    }
}
