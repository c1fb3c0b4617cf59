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
    /// <param name="calibrated">The scores of criteria that look at data (<see cref="Calibration"/>); asked once for each such
    /// criterion.</param>
    /// <param name="saliencies">
    /// What <see cref="SaliencyCriteria"/> judge that look at no weights; asked where the genome names one.
    /// </param>
    /// <exception cref="ArgumentException">The genome belongs to another network, names an unknown criterion, a weight is missing, or a
    /// criterion looks at data and <paramref name="calibrated"/> is not given.</exception>
    public static BitString Resolve(
        CriterionGenome genome,
        ChannelCoupling coupling,
        NamedTensors weights,
        long seed = 0,
        Func<Criterion, LayerScores>? calibrated = null,
        Func<NamedTensors>? saliencies = null)
    {
        var groups = coupling.Space(ChannelMode.None).Groups;
        if (genome.Choices.Length != groups.Length)
        {
            throw new ArgumentException(
                $"A genome from another network: '{coupling.Graph.Name}' has {groups.Length} groups, "
                + $"the genome has {genome.Choices.Length} choices.",
                nameof(genome));
        }

        NamedTensors? magnitudes = null;
        var kept = new bool[coupling.UnitCount];
        var judges = new Dictionary<string, Func<int, double[]>>(StringComparer.Ordinal);
        for (var i = 0; i < groups.Length; i++)
        {
            var choice = genome.Choices[i];
            if (choice.Keep < groups[i].Minimum || choice.Keep > groups[i].Length)
            {
                throw new ArgumentException(
                    $"The genome keeps {choice.Keep} units of '{groups[i].Name}'; expected {groups[i].Minimum} to {groups[i].Length}.", nameof(genome));
            }

            var scores = SaliencyCriteria.Find(choice.Criterion) is { } salient
                ? EvoFcCriteria.Scores(
                    coupling,
                    i,
                    salient.Criterion,
                    salient.OfWeights ? magnitudes ??= MaskSaliency.OfMagnitude(coupling.Graph, weights) : Needed(saliencies, choice.Criterion),
                    SaliencyCriteria.Ratio(groups[i].Length, choice.Keep))
                : Votes(coupling, i, JudgeOf(choice.Criterion));
            var first = coupling.Groups[i].FirstBit;
            foreach (var unit in Enumerable.Range(0, scores.Length).OrderByDescending(u => scores[u]).ThenBy(u => u).Take(choice.Keep))
            {
                kept[first + unit] = true;
            }
        }

        return BitString.Of(kept);

        Func<int, double[]> JudgeOf(string criterion)
        {
            if (!judges.TryGetValue(criterion, out var judge))
            {
                judges.Add(criterion, judge = Relative(Judge(coupling.Graph, criterion, weights, seed, calibrated)));
            }

            return judge;
        }
    }

    /// <summary>
    /// One score for each unit of group number <paramref name="group"/>: the mean over the group's layers of the filter's score divided
    /// by the mean score of the layer's filters, so that a layer with larger weights does not outvote the others. Where a unit has
    /// several filters of one layer, their mean.
    /// </summary>
    public static double[] Scores(
        ChannelCoupling coupling,
        int group,
        string criterion,
        NamedTensors weights,
        long seed = 0,
        Func<Criterion, LayerScores>? calibrated = null) =>
        Votes(coupling, group, Relative(Judge(coupling.Graph, criterion, weights, seed, calibrated)));

    /// <summary>As above, where <paramref name="judge"/> tells the scores of a layer's filters.</summary>
    internal static double[] Scores(ChannelCoupling coupling, int group, Func<int, double[]> judge) =>
        Votes(coupling, group, Relative(judge));

    private static NamedTensors Needed(Func<NamedTensors>? saliencies, string criterion) => saliencies is null
        ? throw new ArgumentException($"Criterion '{criterion}' judges saliencies, and none are given.", nameof(saliencies))
        : saliencies();

    private static double[] Votes(ChannelCoupling coupling, int group, Func<int, double[]> relative)
    {
        var units = coupling.Groups[group].Units;
        var scores = new double[units.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            foreach (var (layer, channel) in units[i].Producers)
            {
                scores[i] += relative(layer)[channel];
            }

            // All units of a group have the same layers, and each the same number of filters of them in all networks but oddly selected
            // ones.
            scores[i] /= units[i].Producers.Length;
        }

        return scores;
    }

    /// <summary>The scores of a layer's filters.</summary>
    private static Func<int, double[]> Judge(
        NetworkGraph graph, string criterion, NamedTensors weights, long seed, Func<Criterion, LayerScores>? calibrated)
    {
        var judge = CriteriaCatalog.Get(criterion);
        if (judge.Needs == CriterionNeeds.Weights || calibrated is null)
        {
            return layer => judge.Score(FilterBank.Of(graph, layer, weights, seed));
        }

        var scores = calibrated(judge).Layers;
        return layer => scores.TryGetValue(graph.Layers[layer].Name, out var found)
            ? found.ToArray()
            : throw new ArgumentException(
                $"Layer '{graph.Layers[layer].Name}' was not judged by criterion '{criterion}'.", nameof(calibrated));
    }

    /// <summary>In units of the layer's mean score; each layer is asked once.</summary>
    private static Func<int, double[]> Relative(Func<int, double[]> judge)
    {
        var known = new Dictionary<int, double[]>();
        return layer =>
        {
            if (!known.TryGetValue(layer, out var scores))
            {
                scores = judge(layer);
                var mean = scores.Average();
                known.Add(layer, scores = mean > 0 ? Array.ConvertAll(scores, s => s / mean) : scores);
            }

            return scores;
        };
    }
}
