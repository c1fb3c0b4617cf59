using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Criteria;

/// <summary>A criterion's scores by the name of a convolution or linear layer, one a filter.</summary>
public sealed record LayerScores(ImmutableSortedDictionary<string, ImmutableArray<double>> Layers);

/// <summary>
/// Lets criteria that look at data judge a network: on training images as they are, without augmentation, with the running statistics of
/// batch normalisation, in float32 on one thread of the processor, whatever candidates are trained with. So the scores follow from
/// weights, images and criterion alone and are the same on every evaluator. The numbers below decide results: changing one calls for a
/// new version of the jobs' bodies.
/// </summary>
public static class Calibration
{
    /// <summary>Images that are looked at: HRank takes 500. All full batches of a smaller set.</summary>
    public const int Images = 512;

    /// <summary>Images of one batch.</summary>
    public const int Batch = 64;

    /// <summary>Of the choice of images.</summary>
    public const long Seed = 1;

    /// <summary>The scores of all convolutions and linear layers: means over the batches.</summary>
    /// <param name="training">The training split; neither validation nor test images may be among them.</param>
    /// <exception cref="ArgumentException">The criterion judges weights alone, weights do not fit the graph, or a score is not
    /// finite.</exception>
    public static LayerScores Measure(Criterion criterion, NetworkGraph graph, NamedTensors weights, ImageSet training)
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            using var module = new NetworkModule(graph, weights, new ModuleOptions(Precision.Float32, Device.Cpu));
            Action<Tensor, Tensor, Action<FilterBank>> look = criterion.Needs switch
            {
                CriterionNeeds.Gradients => (images, labels, judge) => LookAtGradients(module, weights, images, labels, judge),
                CriterionNeeds.FeatureMaps => (images, _, judge) => LookAtMaps(module, weights, images, judge),
                _ => throw new ArgumentException(
                    $"Criterion '{criterion.Name}' judges weights alone: there is nothing to measure.", nameof(criterion)),
            };
            return Mean(criterion, new Batches(training), look);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>The images of each batch, as indices into a training split of <paramref name="count"/> images.</summary>
    /// <param name="images">How many at most; full batches alone, or one that is smaller.</param>
    public static ImmutableArray<int[]> Choose(int count, int images = Images)
    {
        var order = Enumerable.Range(0, count).ToArray();
        CounterRandom.For(Seed, "criteria", 0, 0, "calibration").Shuffle<int>(order);
        var most = Math.Min(images, count);
        var size = Math.Min(Batch, most);
        return [.. order.Take(most / size * size).Chunk(size)];
    }

    private static LayerScores Mean(Criterion criterion, Batches training, Action<Tensor, Tensor, Action<FilterBank>> look)
    {
        var sums = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        var batches = Choose(training.Images.Count);
        foreach (var indices in batches)
        {
            using var scope = torch.NewDisposeScope();
            var images = training.Make(indices, [], 0, 0, ScalarType.Float32, Device.Cpu);
            look(images, training.Labels(indices, Device.Cpu), filters => Add(sums, filters.Layer, Finite(criterion, filters)));
        }

        return new LayerScores(sums.ToImmutableSortedDictionary(
            s => s.Key, s => ImmutableArray.Create(Array.ConvertAll(s.Value, v => v / batches.Length)), StringComparer.Ordinal));
    }

    private static void LookAtGradients(NetworkModule module, NamedTensors weights, Tensor images, Tensor labels, Action<FilterBank> judge)
    {
        functional.cross_entropy(module.Forward(images, training: false), labels).backward();
        var gradients = module.TakeGradients();
        foreach (var layer in FilterLayers(module.Graph))
        {
            judge(FilterBank.Of(module.Graph, layer, weights) with { Gradients = FilterBank.Of(module.Graph, layer, gradients) });
        }
    }

    private static void LookAtMaps(NetworkModule module, NamedTensors weights, Tensor images, Action<FilterBank> judge)
    {
        var judged = FilterLayers(module.Graph).ToDictionary(layer => MapOf(module.Graph, layer));
        using var mode = torch.no_grad();
        _ = module.Forward(images, training: false, observe: (layer, value) =>
        {
            if (judged.TryGetValue(layer, out var producer))
            {
                judge(FilterBank.Of(module.Graph, producer, weights) with { Maps = value.ToData() });
            }
        });
    }

    /// <summary>The layer whose value shows what the filters of <paramref name="layer"/> answer: channel by channel their own.</summary>
    private static int MapOf(NetworkGraph graph, int layer)
    {
        if (FilterBank.NormOf(graph, layer) is { } norm)
        {
            return ExecutionPlan.Of(graph).Single(o => o.Layer == norm).Output;
        }

        return FilterBank.SoleReader(graph, layer) is { } reader && graph.Layers[reader].Op is Op.Relu or Op.Relu6 ? reader : layer;
    }

    private static IEnumerable<int> FilterLayers(NetworkGraph graph) =>
        Enumerable.Range(0, graph.Layers.Length).Where(i => graph.Layers[i].Op is Op.Conv2d or Op.Linear);

    private static double[] Finite(Criterion criterion, FilterBank filters)
    {
        var scores = criterion.Score(filters);
        return scores.All(double.IsFinite)
            ? scores
            : throw new ArgumentException(
                $"Criterion '{criterion.Name}' finds no finite scores for layer '{filters.Layer}': the base network's training has "
                + "probably diverged. Lower training.base.learning-rate, or choose a criterion that judges weights alone.");
    }

    private static void Add(SortedDictionary<string, double[]> sums, string layer, double[] scores)
    {
        if (!sums.TryGetValue(layer, out var sum))
        {
            sums.Add(layer, scores);
            return;
        }

        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += scores[i];
        }
    }
}
