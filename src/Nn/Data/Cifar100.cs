using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>
/// CIFAR-100 (Krizhevsky: Learning multiple layers of features from tiny images, 2009): 50,000 training and 10,000 test images, 3×32×32,
/// in 100 classes (<see cref="LabelChoice.Fine"/>) of 20 superclasses (<see cref="LabelChoice.Coarse"/>). The binary version is looked for
/// first, in <c>cifar-100-binary/</c> under <see cref="DataSetOptions.Root"/> and in the root itself, then the Python version in
/// <c>cifar-100-python/</c>.
/// </summary>
public sealed class Cifar100 : IDataSource
{
    // Nobody publishes checksums of the two files that cifar-100-binary.tar.gz unpacks to, so their lengths and class counts are checked.
    private static readonly ImmutableArray<RecordFile> BinaryFiles = [new("train.bin", 50_000, null), new("test.bin", 10_000, null)];

    private static readonly ImmutableArray<RecordFile> PickledFiles =
        [new("train", 50_000, "16019d7e3df5f24257cddd939b257f8d"), new("test", 10_000, "f0ef6b0ae62326f3e7ffdfab6717acfc")];

    /// <summary>Of fine class 0, 1, …</summary>
    public static ImmutableArray<string> ClassNames { get; } =
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge", "bus",
        "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
        "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house",
        "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle",
        "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
        "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark",
        "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table",
        "tank", "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree",
        "wolf", "woman", "worm",
    ];

    /// <summary>Of superclass 0, 1, …</summary>
    public static ImmutableArray<string> SuperclassNames { get; } =
    [
        "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices",
        "household_furniture", "insects", "large_carnivores", "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
        "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees",
        "vehicles_1", "vehicles_2",
    ];

    public string Name => "cifar100";

    public string Summary => "CIFAR-100, binary or Python version: 50,000 + 10,000 colour images of 32×32 in 100 classes or 20 "
        + "superclasses (Krizhevsky 2009)";

    /// <summary>The number of classes is a setting.</summary>
    public ImageShape? Shape => null;

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default)
    {
        var coarse = options.Labels == LabelChoice.Coarse;
        var names = coarse ? SuperclassNames : ClassNames;
        var format = new RecordFormat(["coarse_labels", "fine_labels"], coarse ? 0 : 1, new ImageShape(3, 32, 32, names.Length));
        return RecordReader.Load(
            Name,
            coarse ? $"{Name} coarse" : Name,
            names,
            [
                Collection(RecordEncoding.Binary, "binary version", "cifar-100-binary", "cifar-100-binary.tar.gz", format, BinaryFiles),
                Collection(RecordEncoding.Pickle, "Python version", "cifar-100-python", "cifar-100-python.tar.gz", format, PickledFiles),
            ],
            options,
            cancellation);
    }

    private static RecordCollection Collection(
        RecordEncoding encoding,
        string version,
        string folder,
        string archive,
        RecordFormat format,
        ImmutableArray<RecordFile> files) => new(
        new Edition($"CIFAR-100 ({version})", [folder], $"{archive} from "
            + "https://www.cs.toronto.edu/~kriz/cifar.html", [.. files.Select(f => f.Name)]),
        encoding,
        format,
        [files[0]],
        [files[1]],
        Normalisation: null);
}
