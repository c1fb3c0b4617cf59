using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>
/// What a search may know of the base network's weights without loading them: norms. They travel in the detail of the base's result, and
/// they are taken over all convolutions, so that one base serves experiments that prune different parts of it.
/// </summary>
/// <param name="FilterNorms">By convolution: L1 norm of each filter (Li et al. 2017).</param>
/// <param name="ChannelNorms">By convolution: L1 norm of the kernels that read each input channel.</param>
/// <param name="Epochs">Test error after each epoch of the training; empty where nothing was trained.</param>
public sealed record BaseFigures(
    ImmutableSortedDictionary<string, ImmutableArray<float>> FilterNorms,
    ImmutableSortedDictionary<string, ImmutableArray<float>> ChannelNorms,
    ImmutableArray<double> Epochs)
{
    /// <summary>Name of the artifact that holds the base's weights and graph.</summary>
    public const string WeightsArtifact = "weights";

    public static BaseFigures Of(NetworkGraph graph, NamedTensors weights, ImmutableArray<double> epochs)
    {
        var convolutions = graph.Layers.Where(l => l.Op is Op.Conv2d).ToArray();
        return new BaseFigures(
            convolutions.ToImmutableSortedDictionary(l => l.Name, l => Norms(l, weights, byFilter: true), StringComparer.Ordinal),
            convolutions.ToImmutableSortedDictionary(l => l.Name, l => Norms(l, weights, byFilter: false), StringComparer.Ordinal),
            epochs);
    }

    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Options);

    /// <exception cref="EvaluationException">Not the detail of a base's result.</exception>
    public static BaseFigures Parse(string detail) => StudyJson.Read<BaseFigures>(detail);

    /// <exception cref="ArgumentException">The result is not a base's.</exception>
    public static ArtifactId Weights(JobResult baseResult) => baseResult.Artifacts.TryGetValue(WeightsArtifact, out var weights)
        ? weights
        : throw new ArgumentException("A base network's result must name its weights.", nameof(baseResult));

    private static ImmutableArray<float> Norms(Layer layer, NamedTensors weights, bool byFilter)
    {
        var convolution = (Op.Conv2d)layer.Op;
        var inputs = convolution.In / convolution.Groups;
        var kernel = convolution.Kernel * convolution.Kernel;
        var values = weights[$"{layer.Name}.weight"].Floats;
        var sums = new double[byFilter ? convolution.Out : inputs];
        for (var i = 0; i < values.Length; i++)
        {
            sums[byFilter ? i / (inputs * kernel) : i / kernel % inputs] += Math.Abs(values[i]);
        }

        return [.. sums.Select(s => (float)s)];
    }
}
