using ActorPrune.Nn.Data;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Criteria;

/// <summary>
/// How much the loss of a randomly initialised network minds a mask on its weights: |∂L/∂m| at m = 1, where w ⊙ m stands in the place
/// of w (Chen et al.: Evolving filter criteria for randomly initialized network pruning in image classification, Neurocomputing 594 (2024)
/// 127872, and the authors' code; the saliency is that of Lee, Ajanthan, Torr: SNIP, ICLR 2019). By the chain rule ∂L/∂m = w ⊙
/// ∂L/∂(w ⊙ m), and at m = 1 that is w ⊙ ∂L/∂w: so no mask is made, the weights' own gradient is multiplied by them.
/// </summary>
public static class MaskSaliency
{
    /// <summary>Images of the one training batch.</summary>
    public const int Batch = 128;

    /// <summary>
    /// The weights that the published code looks at: convolutions drawn anew, Xavier-normal. A tensor's values depend on the seed and its
    /// name alone.
    /// </summary>
    /// <param name="others">All that is not a convolution's weight; null: as <see cref="WeightInitialisation"/> draws it.</param>
    public static NamedTensors Draw(NetworkGraph graph, long seed, NamedTensors? others = null)
    {
        var weights = others ?? WeightInitialisation.Draw(graph, seed);
        foreach (var spec in ParameterLayout.Of(graph).Where(s => s.Role == ParameterRole.ConvWeight))
        {
            weights = weights.With(spec.Name, WeightInitialisation.DrawXavierNormal(spec, seed));
        }

        return weights;
    }

    /// <summary>
    /// Saliencies of all convolutions' weights, and under the same reading of linear layers and batch normalisations, under the weights'
    /// names and in their shapes: what <see cref="EvoFcCriteria.Scores"/> and
    /// <see cref="CriterionSelection.Scores(Coupling.ChannelCoupling, int, string, NamedTensors, long, Func{Criterion, LayerScores})"/>
    /// take. None is below zero.
    /// </summary>
    /// <param name="weights">Where the gradient is taken: <see cref="Draw"/> for the published method.</param>
    /// <param name="training">The training split. The batch is chosen from it by <paramref name="seed"/>, without augmentation: our
    /// choice.</param>
    /// <param name="seed">Of the choice of images and of dropout.</param>
    /// <param name="batch">Images; the whole split where it has fewer.</param>
    /// <remarks>
    /// In training mode with the cross-entropy (the published code's negative log-likelihood of raw logits is a slip), in float32 on one
    /// thread of the processor: the same on every evaluator.
    /// </remarks>
    /// <exception cref="ArgumentException">Weights do not fit the graph, or a gradient is not finite.</exception>
    public static NamedTensors Of(NetworkGraph graph, NamedTensors weights, ImageSet training, long seed, int batch = Batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            using var module = new NetworkModule(graph, weights, new ModuleOptions(Precision.Float32, Device.Cpu));
            using var scope = torch.NewDisposeScope();
            var images = new Batches(training);
            var chosen = Batches.Order(seed, 0, training.Count).AsSpan(0, Math.Min(batch, training.Count));
            var logits = module.Forward(images.Make(chosen, [], 0, 0, ScalarType.Float32, Device.Cpu), training: true, (ulong)seed);
            functional.cross_entropy(logits, images.Labels(chosen, Device.Cpu)).backward();
            return Products(graph, weights, module.TakeGradients());
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>The published code's variant without data: |w| in the place of saliencies, of the same tensors.</summary>
    public static NamedTensors OfMagnitude(NetworkGraph graph, NamedTensors weights) => NamedTensors.From(Judged(graph).Select(spec =>
        KeyValuePair.Create(
            spec.Name, TensorData.Of(spec.Shape.AsSpan(), Array.ConvertAll(weights[spec.Name].Floats.ToArray(), Math.Abs)))));

    private static NamedTensors Products(NetworkGraph graph, NamedTensors weights, NamedTensors gradients) =>
        NamedTensors.From(Judged(graph).Select(spec =>
        {
            var values = weights[spec.Name].Floats;
            var slopes = gradients[spec.Name].Floats;
            var products = new float[values.Length];
            for (var i = 0; i < products.Length; i++)
            {
                products[i] = Math.Abs(values[i] * slopes[i]);
            }

            return products.All(float.IsFinite)
                ? KeyValuePair.Create(spec.Name, TensorData.Of(spec.Shape.AsSpan(), products))
                : throw new ArgumentException(
                    $"The loss of network '{graph.Name}' has no finite gradient for '{spec.Name}': its weights are not usable.");
        }));

    private static IEnumerable<ParameterSpec> Judged(NetworkGraph graph) => ParameterLayout.Of(graph)
        .Where(s => s.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight or ParameterRole.NormWeight);
}
