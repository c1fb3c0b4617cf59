using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Pruning;

/// <summary>
/// What surgery is compared with: the whole network, in which the channels that removed units' producers write are held at zero all the
/// way to their readers. It knows of the coupling only which producers' channels a unit has, follows them itself, and fails where a
/// channel would be removed on one side of a sum only.
/// </summary>
internal static class MaskedOriginal
{
    private enum State
    {
        Live,
        Zero,
        Removed,
    }

    /// <param name="observe">Shown every layer's masked output.</param>
    public static Activation Run(
        ChannelCoupling coupling, PruningPlan plan, NamedTensors weights, Activation image, Action<int, Activation>? observe = null)
    {
        var graph = coupling.Graph;
        var states = States(coupling, plan);
        var masked = Zeroed(coupling, plan, weights, states);
        return ReferenceForward.Run(graph, masked, image, (layer, output) =>
        {
            for (var n = 0; n < output.Batch; n++)
            {
                for (var c = 0; c < output.Channels; c++)
                {
                    if (states[layer][c] == State.Removed)
                    {
                        output.Plane(n, c).Clear();
                    }
                    else if (states[layer][c] == State.Zero)
                    {
                        output.Plane(n, c).ToArray().ShouldAllBe(v => v == 0);
                    }
                }
            }

            observe?.Invoke(layer, output);
        });
    }

    private static State[][] States(ChannelCoupling coupling, PruningPlan plan)
    {
        var graph = coupling.Graph;
        var removed = coupling.Groups.SelectMany(g => g.Units.Select((unit, i) => (unit, Bit: g.FirstBit + i)))
            .Where(u => !plan.Filters[u.Bit]).SelectMany(u => u.unit.Producers).ToHashSet();
        var states = new State[graph.Layers.Length][];
        for (var i = 0; i < states.Length; i++)
        {
            var layer = graph.Layers[i];
            var inputs = layer.Inputs.Select(j => states[j]).ToArray();
            states[i] = layer.Op switch
            {
                Op.Input input => new State[input.Channels],
                Op.Conv2d conv when conv.Groups == 1 || conv.Groups != conv.In => Produced(i, conv.Out, removed),
                Op.Linear linear => Produced(i, linear.Out, removed),
                Op.Conv2d conv => [.. Enumerable.Range(0, conv.Out).Select(c => NotConstant(inputs[0][c / (conv.Out / conv.In)]))],
                Op.BatchNorm2d or Op.BatchNorm1d => Array.ConvertAll(inputs[0], NotConstant),
                Op.Add => [.. Enumerable.Range(0, inputs[0].Length).Select(c => Sum(layer.Name, c, [.. inputs.Select(s => s[c])]))],
                Op.Mul => [.. inputs[0].Zip(inputs[1], (a, b) => Product(layer.Name, a, b))],
                Op.Concat => [.. inputs.SelectMany(s => s)],
                Op.Flatten => [.. inputs[0].SelectMany(s => Enumerable.Repeat(s, AreaOf(graph, layer.Inputs[0])))],
                Op.PadShortcut pad => [.. Enumerable.Repeat(State.Zero, pad.Before), .. inputs[0], .. Enumerable.Repeat(State.Zero, pad.After)],
                Op.ChannelSelect select => [.. select.Indices.Select(c => c < 0 ? State.Zero : inputs[0][c])],
                _ => inputs[0],
            };
        }

        return states;
    }

    private static State[] Produced(int layer, int count, HashSet<ProducedChannel> removed) =>
        [.. Enumerable.Range(0, count).Select(c => removed.Contains(new ProducedChannel(layer, c)) ? State.Removed : State.Live)];

    private static State NotConstant(State state) => state == State.Zero ? State.Live : state;

    private static State Sum(string layer, int channel, State[] terms)
    {
        var present = terms.Where(t => t != State.Zero).Distinct().ToArray();
        present.Length.ShouldBeLessThan(2, $"channel {channel} of the sum '{layer}' is removed on one side only");
        return present.Length == 0 ? State.Zero : present[0];
    }

    private static State Product(string layer, State a, State b)
    {
        if (a == State.Zero || b == State.Zero)
        {
            return State.Zero;
        }

        a.ShouldBe(b, $"a channel of the product '{layer}' is removed on one side only");
        return a;
    }

    private static int AreaOf(NetworkGraph graph, int layer) => ShapeInference.Infer(graph)[layer] is var s ? s.Height * s.Width : 0;

    /// <summary>The weights with the kernels of dropped input channels set to zero. What would read nothing reads its first channel that
    /// is there.</summary>
    private static NamedTensors Zeroed(ChannelCoupling coupling, PruningPlan plan, NamedTensors weights, State[][] states)
    {
        if (plan.Channels is null)
        {
            return weights;
        }

        var bit = 0;
        foreach (var group in coupling.Space(plan.Mode).Channels)
        {
            var layer = coupling.Graph.Layers.Single(l => l.Name == group.Name);
            var live = states[layer.Inputs[0]].Select(s => s == State.Live).ToArray();
            var weight = weights[$"{group.Name}.weight"];
            var values = weight.Floats.ToArray();
            var area = values.Length / group.Filters.Length / group.Inputs.Length;
            var perFilter = plan.Mode == ChannelMode.PerFilter;
            for (var filter = 0; filter < group.Filters.Length; filter++)
            {
                var start = bit + (perFilter ? filter * group.Inputs.Length : 0);
                var kept = Enumerable.Range(0, group.Inputs.Length).Where(i => live[i] && plan.Channels[start + i]).ToHashSet();
                if (kept.Count == 0)
                {
                    kept.Add(Array.IndexOf(live, true));
                }

                for (var input = 0; input < group.Inputs.Length; input++)
                {
                    if (!kept.Contains(input))
                    {
                        values.AsSpan(((filter * group.Inputs.Length) + input) * area, area).Clear();
                    }
                }
            }

            bit += group.Inputs.Length * (perFilter ? group.Filters.Length : 1);
            weights = weights.With($"{group.Name}.weight", TensorData.Of(weight.Shape.AsSpan(), values));
        }

        bit.ShouldBe(plan.Channels.Length);
        return weights;
    }
}
