using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Host.Application;

/// <summary>
/// Turns settings into a study definition. Everything that can be wrong is found here, before anything is written: the network, the data
/// set's files, the split, the method's fit to the network.
/// </summary>
public static class Preparation
{
    private const string Coarse = "coarse";

    /// <summary>What a network that was brought along has in the place of network.shortcut.</summary>
    private const string NoShortcut = "";

    /// <param name="settings">As the user gave them.</param>
    /// <param name="data">Holds the images afterwards.</param>
    /// <param name="dataRoot">Where the data sets' files lie: <see cref="DataRoot.Of"/>.</param>
    /// <param name="tell">Is told what was left out of the data set; null = nobody is.</param>
    /// <exception cref="ConfigurationException">A setting does not fit; the message names file, line and key.</exception>
    public static (StudyDefinition Definition, byte[]? Weights) Of(
        Settings settings, DataSetCache data, string dataRoot, Action<string>? tell = null)
    {
        Check(settings);
        var images = Load(settings, data, dataRoot);
        foreach (var note in images.Notes)
        {
            tell?.Invoke(note);
        }

        var own = Own(settings);
        var weights = own is null ? ReadWeights(settings) : NetworkFile.ToBytes(own);
        var definition = Definition(settings, images, weights is null ? null : ArtifactId.Of(weights).Hex, own?.Graph);
        var structure = Structure(settings, definition);
        if (weights is not null && own is null)
        {
            Fit(settings, structure, weights, ImagesOf(definition));
        }

        var problems = settings.Method.ValidateFor(structure.Coupling.Space(definition.Pruning.Channels));
        return problems.IsEmpty ? (definition, weights) : throw settings.Refuse("search.method", string.Join(' ', problems));
    }

    /// <summary>Where evaluators find what <paramref name="spec"/> names.</summary>
    /// <param name="memoryGib">Decoded images that are held in memory (<c>data.memory</c>).</param>
    public static DataSetOptions OptionsOf(DataSpec spec, string root, double memoryGib = 4) => new()
    {
        // What is drawn lies nowhere: one entry in the cache, whatever the folder.
        Root = spec.Shapes is null ? root : string.Empty,
        Checksum = spec.Strict ? Checksum.Strict : Checksum.Any,
        Labels = spec.Labels == Coarse ? LabelChoice.Coarse : LabelChoice.Fine,
        ImageSize = spec.Images?.Size ?? 0,
        Resize = spec.Images is { Stretch: true } ? ResizeChoice.Stretch : ResizeChoice.Crop,
        ShorterSide = spec.Images?.ShorterSide ?? 0,
        MemoryLimit = (long)(memoryGib * (1L << 30)),
        // What may be left out was decided when the experiment began; the hash tells whether it is the same here.
        MaxBadShare = 1,
        Seed = spec.Shapes?.Seed ?? 1,
        TrainCount = spec.Shapes?.Train ?? 10,
        TestCount = spec.Shapes?.Test ?? 10,
    };

    /// <summary>What costs nothing to check, before the images are read.</summary>
    private static void Check(Settings settings)
    {
        if (settings.Network.File.Length == 0 && !NetworkZoo.Names.Contains(settings.Network.Name, StringComparer.OrdinalIgnoreCase))
        {
            throw settings.Refuse("network.name", $"expected one of {string.Join(", ", NetworkZoo.Names)}, found '{settings.Network.Name}'");
        }

        CheckCriteria(settings);
        if (settings.Training.Base.Recipe.Distillation > 0)
        {
            throw settings.Refuse("training.base.distillation", "expected 0: the base network has nothing to learn from but the labels");
        }

        if (settings.Training.Base.Mode == Configuration.BaseMode.Random && settings.Network.Weights.Length > 0)
        {
            throw settings.Refuse("network.weights", "expected none with training.base.mode = random: use train or load to start from a file");
        }
    }

    /// <summary>The criteria that the method's settings name, with the key that names them.</summary>
    private static void CheckCriteria(Settings settings)
    {
        var (key, named) = settings.Method switch
        {
            CriterionSettings method => ("criterion", [method.Criterion]),
            EvoFcSettings method => ("criteria", method.Criteria),
            Nsga2Settings method => ("criteria", method.Criteria),
            RandomSettings method => ("criteria", method.Criteria),
            _ => (string.Empty, ImmutableArray<string>.Empty),
        };
        if (named.Except(CriteriaCatalog.Names).FirstOrDefault() is { } unknown)
        {
            throw settings.Refuse(
                $"{settings.Method.Method}.{key}", $"expected criteria among {string.Join(", ", CriteriaCatalog.Names)}, found '{unknown}'");
        }

        if (settings.Method is EvoFcSettings { Inheritance: not InheritanceKind.Base }
            && named.Intersect(CriteriaCatalog.Calibrated).FirstOrDefault() is { } calibrated)
        {
            throw settings.Refuse(
                $"{settings.Method.Method}.{key}",
                $"'{calibrated}' judges the trained base network, from which these candidates do not inherit; expected other criteria, or "
                + "evofc.inheritance = base");
        }
    }

    private static DataSet Load(Settings settings, DataSetCache data, string dataRoot)
    {
        var spec = Spec(settings, hash: string.Empty);
        var images = About(settings, PlaceOfData(settings), () => data.Get(
            spec.Name, OptionsOf(spec, dataRoot, settings.Data.Memory) with { MaxBadShare = settings.Data.MaxBadShare }));
        var limited = spec.TrainLimit > 0 && spec.TrainLimit + (spec.Validation * images.Train.Count) > images.Train.Count - 1;
        About(settings, limited ? "data.train-limit" : "data.validation", () => Split.Of(images.Train.Labels.Span, DataSplits.Of(spec)));
        return images;
    }

    /// <summary>The key to change when the files are not there: the folder if somebody named one, else the choice of data set.</summary>
    private static string PlaceOfData(Settings settings) =>
        settings.Origins.TryGetValue("data.path", out var origin) && origin.Source != SettingsReader.ReferencePath ? "data.path" : "data.name";

    private static T About<T>(Settings settings, string key, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (DataException e)
        {
            throw settings.Refuse(key, e.Message);
        }
    }

    private static DataSpec Spec(Settings settings, string hash) => new(
        settings.Data.Name,
        hash,
        settings.Data.Validation,
        settings.Data.SplitSeed,
        settings.Data.TrainLimit,
        settings.Data.Checksum == ChecksumChoice.Strict,
        settings.Data.Name == "shapes"
            ? new ShapesSpec(settings.Data.Shapes.Train, settings.Data.Shapes.Test, settings.Data.Shapes.Seed)
            : null,
        settings.Data.Labels == LabelChoice.Coarse ? Coarse : null,
        DataSetRegistry.Find(settings.Data.Name) is ImageFolder
            ? new ImagesSpec(settings.Data.ImageSize, settings.Data.Resize == ResizeChoice.Stretch, settings.Data.ShorterSide)
            : null);

    /// <summary>The network that somebody brings along, or null.</summary>
    private static SlimNetwork? Own(Settings settings) =>
        Given(settings, "network.file", settings.Network.File, file => Fitting(settings, "network.file", () => NetworkReader.Read(file)));

    private static byte[]? ReadWeights(Settings settings) => Given(settings, "network.weights", settings.Network.Weights, File.ReadAllBytes);

    private static T? Given<T>(Settings settings, string key, string file, Func<string, T> read)
        where T : class
    {
        try
        {
            return file.Length == 0 ? null : read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw settings.Refuse(key, $"cannot read '{file}': {e.Message}");
        }
    }

    private static StudyDefinition Definition(Settings settings, DataSet images, string? weights, NetworkGraph? own)
    {
        var cuda = settings.Training.Device switch
        {
            DeviceChoice.Cpu => false,
            DeviceChoice.Auto => Capabilities.Read().CudaDevices > 0,
            _ => Capabilities.Read().CudaDevices > 0 ? true : throw settings.Refuse("training.device", "no CUDA device is here: use cpu or auto."),
        };
        var bf16 = cuda || Capabilities.Read().FastBf16;
        var shape = images.Shape;
        var training = settings.Training;
        return new StudyDefinition
        {
            Seed = settings.Experiment.Seed,
            Method = settings.Method,
            Network = new NetworkSpec(
                own?.Name ?? settings.Network.Name,
                own is null ? settings.Network.Shortcut.ToString().ToLowerInvariant() : NoShortcut,
                settings.Network.Width,
                shape.Classes,
                shape.Channels,
                shape.Height,
                shape.Width,
                own is null ? null : weights),
            Graph = own is null ? null : GraphJson.Write(own),
            Data = Spec(settings, images.Hash),
            Pruning = new PruningSpec(
                settings.Pruning.Include,
                settings.Pruning.Exclude,
                settings.Pruning.Coupled,
                settings.Pruning.Minimum,
                settings.Pruning.Multiple,
                settings.Pruning.Channels),
            CostConvention = Enum.Parse<Nn.Cost.CostConvention>(settings.Cost.Convention.ToString(), ignoreCase: true),
            Precision = Resolve(training.Precision, bf16),
            Device = cuda ? "cuda" : "cpu",
            TrainingSeed = training.Seed,
            Base = new BaseSpec(
                Enum.Parse<Nn.Study.BaseMode>(training.Base.Mode.ToString()),
                training.Base.Mode == Configuration.BaseMode.Random ? null : weights,
                new TrainingSpec(training.Base.Recipe, training.Base.Threads)),
            Evaluation = new TrainingSpec(training.Evaluation.Recipe, training.Evaluation.Threads),
            ValidationLimit = training.Evaluation.ValidationLimit,
            MeasureStart = training.Evaluation.MeasureStart,
            Final = new TrainingSpec(training.Final.Recipe, training.Final.Threads),
            Latency = new LatencySpec(
                settings.Cost.Latency.Batch,
                settings.Cost.Latency.Threads,
                Resolve(settings.Cost.Latency.Precision, bf16),
                settings.Cost.Latency.Repeats,
                settings.Search.MeasuresLatency),
            Picks = [.. Picks(settings)],
            WidenedPicks = settings.Picks.Widened,
        };
    }

    private static string Resolve(PrecisionChoice precision, bool bf16) => precision switch
    {
        PrecisionChoice.Fp32 => "fp32",
        PrecisionChoice.Bf16 => "bf16",
        _ => bf16 ? "bf16" : "fp32",
    };

    private static IEnumerable<string> Picks(Settings settings)
    {
        var wanted = new[] { ("heavy", settings.Picks.Heavy), ("knee", settings.Picks.Knee), ("light", settings.Picks.Light) };
        return wanted.Where(p => p.Item2).Select(p => p.Item1).Concat(settings.Picks.At.Select(PickRole.At));
    }

    private static NetworkStructure Structure(Settings settings, StudyDefinition definition)
    {
        var key = definition.Graph is null ? "network.name" : "network.file";
        var graph = Fitting(settings, key, () => Matching(definition.BaseGraph(), definition.Network), ImagesOf(definition));
        var included = definition.Pruning with { Exclude = [] };
        Fitting(settings, "pruning.include", () => NetworkStructure.Of(graph, included));
        var structure = Fitting(settings, "pruning.exclude", () => NetworkStructure.Of(graph, definition.Pruning));
        return structure.Coupling.UnitCount > 0
            ? structure
            : throw settings.Refuse(
                definition.Pruning.Exclude.IsEmpty ? "pruning.include" : "pruning.exclude",
                $"expected that some layer stays to be pruned; nothing of {definition.Network.Name} is left: see 'actorprune inspect'");
    }

    /// <summary>Itself, if it takes those images and tells so many classes apart; one of the zoo is built so.</summary>
    private static NetworkGraph Matching(NetworkGraph graph, NetworkSpec network)
    {
        var (input, output) = (graph.Input, ShapeInference.Infer(graph)[^1]);
        return input == new Op.Input(network.Channels, network.Height, network.ImageWidth) && output == new ActivationShape(network.Classes, 1, 1, Flat: true)
            ? graph
            : throw new GraphException($"{graph.Name} takes {input.Channels}×{input.Height}×{input.Width} images and gives {output}.");
    }

    private static void Fit(Settings settings, NetworkStructure structure, byte[] weights, string about)
    {
        var file = settings.Network.Weights;
        Fitting(
            settings,
            "network.weights",
            () => PretrainedWeights.Fit(structure.Graph, SafetensorsFile.Parse(weights, file).Tensors, file),
            about);
    }

    /// <summary>What the network has to be made for: a misfit is between the two.</summary>
    private static string ImagesOf(StudyDefinition definition)
    {
        var (network, data) = (definition.Network, definition.Data);
        return $" The data set {data.Name} has {network.Classes} classes of {network.Channels}×{network.Height}×{network.ImageWidth} "
            + "images, "
            + $"which {network.Name} has to take.{(data.Images is null ? "" : " data.image-size sets the size of the images.")}";
    }

    private static T Fitting<T>(Settings settings, string key, Func<T> make, string about = "")
    {
        try
        {
            return make();
        }
        catch (ArgumentException e)
        {
            // The parameter's name, which .NET appends, says nothing to the person who wrote the configuration.
            throw settings.Refuse(key, e.Message.Replace($" (Parameter '{e.ParamName}')", string.Empty, StringComparison.Ordinal) + about);
        }
        catch (FormatException e)
        {
            throw settings.Refuse(key, e.Message + about);
        }
    }
}
