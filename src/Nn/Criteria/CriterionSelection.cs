using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Criteria;

/// <summary>Turns "keep so many by that criterion" into the units that stay.</summary>
public static class CriterionSelection
{
    /// <summary>
    /// One filter bit a unit, in the coupling's order: of each group the units with the highest scores stay, the lower index where scores
    /// are equal.
    /// </summary>
    /// <param name="weights">The whole network's, by PyTorch's names; or, under the same names, saliencies of the same shapes.</param>
    /// <param name="seed">For criteria that draw numbers.</param>
    /// <exception cref="ArgumentException">The genome belongs to another network, names an unknown criterion, or a weight is
    /// missing.</exception>
    public static BitString Resolve(CriterionGenome genome, ChannelCoupling coupling, NamedTensors weights, long seed = 0)
    {
        var groups = coupling.Space(ChannelMode.None).Groups;
        if (genome.Choices.Length != groups.Length)
        {
            throw new ArgumentException(
                $"A genome from another network: '{coupling.Graph.Name}' has {groups.Length} groups, the genome has {genome.Choices.Length} choices.", nameof(genome));
        }

        var kept = new bool[coupling.UnitCount];
        var judged = new Dictionary<(string Criterion, int Layer), double[]>();
        for (var i = 0; i < groups.Length; i++)
        {
            var choice = genome.Choices[i];
            if (choice.Keep < groups[i].Minimum || choice.Keep > groups[i].Length)
            {
                throw new ArgumentException(
                    $"The genome keeps {choice.Keep} units of '{groups[i].Name}'; expected {groups[i].Minimum} to {groups[i].Length}.", nameof(genome));
            }

            var scores = Scores(coupling, i, choice.Criterion, weights, seed, judged);
            var first = coupling.Groups[i].FirstBit;
            foreach (var unit in Enumerable.Range(0, scores.Length).OrderByDescending(u => scores[u]).ThenBy(u => u).Take(choice.Keep))
            {
                kept[first + unit] = true;
            }
        }

        return BitString.Of(kept);
    }

    /// <summary>
    /// One score for each unit of group number <paramref name="group"/>: the mean over the group's layers of the filter's score divided
    /// by the mean score of the layer's filters, so that a layer with larger weights does not outvote the others. Where a unit has
    /// several filters of one layer, their mean.
    /// </summary>
    public static double[] Scores(ChannelCoupling coupling, int group, string criterion, NamedTensors weights, long seed = 0) =>
        Scores(coupling, group, criterion, weights, seed, []);

    private static double[] Scores(
        ChannelCoupling coupling, int group, string criterion, NamedTensors weights, long seed, Dictionary<(string Criterion, int Layer), double[]> judged)
    {
        var judge = CriteriaCatalog.Get(criterion);
        var units = coupling.Groups[group].Units;
        var scores = new double[units.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            foreach (var (layer, channel) in units[i].Producers)
            {
                if (!judged.TryGetValue((criterion, layer), out var relative))
                {
                    relative = Relative(judge.Score(BankOf(coupling.Graph, layer, weights, seed)));
                    judged.Add((criterion, layer), relative);
                }

                scores[i] += relative[channel];
            }

            // All units of a group have the same layers, and each the same number of filters of them in all networks but oddly selected
            // ones.
            scores[i] /= units[i].Producers.Length;
        }

        return scores;
    }

    private static double[] Relative(double[] scores)
    {
        var mean = scores.Average();
        return mean > 0 ? Array.ConvertAll(scores, s => s / mean) : scores;
    }

    private static FilterBank BankOf(NetworkGraph graph, int layer, NamedTensors weights, long seed)
    {
        var name = graph.Layers[layer].Name;
        var count = graph.Layers[layer].Op switch
        {
            Op.Conv2d conv => conv.Out,
            Op.Linear linear => linear.Out,
            _ => throw new ArgumentException($"Layer '{name}' has no filters.", nameof(layer)),
        };
        var norm = graph.Layers.FirstOrDefault(l => l.Op is Op.BatchNorm2d or Op.BatchNorm1d && l.Inputs[0] == layer);
        return new FilterBank(name, count, Weight(weights, name, count), norm is null ? null : Weight(weights, norm.Name, count), seed);
    }

    private static TensorData Weight(NamedTensors weights, string layer, int count) =>
        weights.TryGetValue($"{layer}.weight", out var tensor) && tensor.Type == TensorType.Float32 && tensor.Shape.Length > 0 && tensor.Shape[0] == count
            ? tensor
            : throw new ArgumentException($"The weights lack '{layer}.weight' with {count} rows of {TensorType.Float32}.", nameof(weights));
}
