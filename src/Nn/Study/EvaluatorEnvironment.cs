using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.SubNetworks;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>How the evaluators of a process work.</summary>
public sealed record EvaluatorOptions
{
    /// <summary>Where the files of a data set are, on this machine.</summary>
    public required Func<DataSpec, DataSetOptions> DataOptions { get; init; }

    /// <summary>Which of the machine's GPUs a job of device class "cuda" uses.</summary>
    public int CudaDevice { get; init; }

    /// <summary>Bytes that the values before sub-networks may take, together.</summary>
    public long PrefixBytes { get; init; } = 1L << 30;
}

/// <summary>What the evaluators of a process share, all of it immutable once made: images, base networks, couplings,
/// criteria's scores. Safe for several threads.</summary>
public sealed class EvaluatorEnvironment(DataSetCache data, EvaluatorOptions options) : IDisposable
{
    // As many as the experiments at hand need: images may take gigabytes, weights of a large network some hundred megabytes.
    private readonly RecentValues<DataSpec, SplitImages> images = new(4);
    private readonly RecentValues<string, NamedTensors> weights = new(8);
    private readonly RecentValues<string, NetworkGraph> graphs = new(8);
    private readonly RecentValues<string, NetworkStructure> structures = new(32);
    private readonly RecentValues<string, NamedTensors> saliencies = new(4);
    private readonly RecentValues<string, LayerScores> scores = new(32);

    /// <summary>What is handed into sub-networks.</summary>
    internal PrefixCache Prefixes { get; } = new(options.PrefixBytes);

    /// <summary>The images of <paramref name="spec"/>, loaded and split once.</summary>
    /// <exception cref="EvaluatorUnableException">They are not here, or are others than the job names.</exception>
    public SplitImages Images(DataSpec spec) => images.Get(spec, () => LoadImages(spec));

    /// <summary>Weights from the store, read and verified once.</summary>
    public NamedTensors Weights(ArtifactId id, IArtifactStore artifacts) =>
        weights.Get(id.Hex, () => NetworkFile.Parse(artifacts.Get(id), id.Hex).Weights!);

    /// <summary>The graph of <paramref name="network"/>, built, or read from the store once.</summary>
    /// <exception cref="ArgumentException">See <see cref="NetworkStructure.GraphOf"/>.</exception>
    public NetworkGraph Graph(NetworkSpec network, IArtifactStore artifacts) => network.File is { } file
        ? graphs.Get(file, () => NetworkFile.Parse(artifacts.Get(new ArtifactId(file)), file).Graph)
        : NetworkStructure.GraphOf(network);

    public NetworkStructure Structure(NetworkSpec network, PruningSpec pruning, IArtifactStore artifacts) =>
        structures.Get(StudyJson.Canonical(new { network, pruning }), () => NetworkStructure.Of(Graph(network, artifacts), pruning));

    /// <summary>
    /// The scores of a criterion that looks at data, measured once for each base network: some seconds for one on CIFAR-10.
    /// </summary>
    /// <exception cref="EvaluatorUnableException">The images are not here, or are others than the job names.</exception>
    /// <exception cref="ArgumentException">See <see cref="Calibration.Measure"/>.</exception>
    public LayerScores Scores(Criterion criterion, NetworkSpec network, DataSpec spec, ArtifactId baseWeights, IArtifactStore artifacts)
    {
        var key = $"{criterion.Name} {baseWeights.Hex} {StudyJson.Canonical(new { network, spec })}";
        return scores.Get(
            key,
            () => Calibration.Measure(criterion, Graph(network, artifacts), Weights(baseWeights, artifacts), Images(spec).Train));
    }

    /// <summary>The saliencies of a random initialisation (<see cref="MaskSaliency"/>), taken once.</summary>
    /// <exception cref="EvaluatorUnableException">The images are not here, or are others than the job names.</exception>
    public NamedTensors Saliencies(NetworkSpec network, DataSpec spec, IArtifactStore artifacts) => saliencies.Get(
        StudyJson.Canonical(new { network, spec }),
        () =>
        {
            var graph = Graph(network, artifacts);
            return MaskSaliency.Of(graph, MaskSaliency.Draw(graph, Calibration.Seed), Images(spec).Train, Calibration.Seed);
        });

    /// <summary>Frees the native memory that is shared; what an evaluator still computes with stays until the process ends.</summary>
    public void Dispose() => Prefixes.Clear();

    /// <summary>The device that a job of this class runs on here.</summary>
    public Device Device(string deviceClass) => deviceClass == "cuda" ? new Device(options.CudaDevice) : Torch.Device.Cpu;

    private SplitImages LoadImages(DataSpec spec)
    {
        try
        {
            var place = options.DataOptions(spec);
            var set = data.Get(spec.Name, place);
            if (set.Hash != spec.Hash)
            {
                // Whoever puts the right files there should not have to start the process again.
                data.Forget(spec.Name, place);
                throw new EvaluatorUnableException(
                    $"The data set '{spec.Name}' on this machine is not the one that the experiment was made with "
                    + $"(content {set.Hash[..12]}, expected {spec.Hash[..12]}).");
            }

            var (train, validation) = Split.Cut(set.Train, DataSplits.Of(spec));
            return new SplitImages(train, validation, set.Test);
        }
        catch (DataException e)
        {
            throw new EvaluatorUnableException(e.Message, e);
        }
    }
}

/// <summary>The three parts of a data set; a search sees the first two only.</summary>
public sealed record SplitImages(ImageSet Train, ImageSet Validation, ImageSet Test);
