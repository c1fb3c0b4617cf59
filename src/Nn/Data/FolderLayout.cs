using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>A data set that comes as folders of image files, one for each class.</summary>
/// <param name="Edition">Where it is looked for, what it is called in messages.</param>
/// <param name="Published">What is counted in the published set; null = there is no published one.</param>
/// <param name="Side">The customary size of its images; 0 = as the files are, which must then be of one size.</param>
/// <param name="ShorterFor">The customary shorter side before the centre of this size is cut out.</param>
/// <param name="Normalisation">The customary constants; null = they are measured on the training images.</param>
/// <param name="Mappings">Files that give the classes of test images where those lie in one folder, relative to that of the test
/// images.</param>
internal sealed record FolderLayout(
    Edition Edition,
    PublishedCounts? Published,
    int Side,
    Func<int, int> ShorterFor,
    Normalisation? Normalisation,
    ImmutableArray<string> Mappings)
{
    /// <summary>Where the training images lie.</summary>
    public const string Train = "train";

    /// <summary>Where the images lie on which final figures are measured; the first that is there.</summary>
    public static ImmutableArray<string> Tests { get; } = ["val", "validation", "test"];

    /// <summary>Over the training images of ILSVRC-2012, as PyTorch's networks for them expect.</summary>
    private static readonly Normalisation Ilsvrc = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>One's own folder.</summary>
    public static FolderLayout Own { get; } = new(
        new Edition("The image folder", [], "your images as train/CLASS/NAME.jpg and val/CLASS/NAME.jpg (or .jpeg, .png)", [Train]),
        Published: null,
        Side: 0,
        ShorterFor: side => side,
        Normalisation: null,
        Mappings: ["val_annotations.txt", "val.txt", "../val.txt"]);

    /// <summary>Russakovsky et al.: ImageNet large scale visual recognition challenge. IJCV 115 (2015).</summary>
    public static FolderLayout Ilsvrc2012 { get; } = new(
        new Edition(
            "ILSVRC-2012",
            ["ILSVRC2012", "imagenet", "ILSVRC/Data/CLS-LOC"],
            "ILSVRC2012_img_train.tar (a folder for each class) and ILSVRC2012_img_val.tar from https://image-net.org",
            [Train]),
        new PublishedCounts(1000, 1_281_167, 50_000),
        Side: 224,
        ShorterFor: Margin,
        Ilsvrc,
        // Kaggle's archive has the list beside its ILSVRC/.
        Mappings: ["val.txt", "../val.txt", "../LOC_val_solution.csv", "../../../../LOC_val_solution.csv"]);

    /// <summary>Zhou et al.: Places: a 10 million image database for scene recognition. PAMI 40 (2018).</summary>
    public static FolderLayout Places365 { get; } = new(
        new Edition(
            "Places365-Standard",
            ["places365_standard", "places365"],
            "places365standard_easyformat.tar from http://places2.csail.mit.edu",
            [Train]),
        new PublishedCounts(365, 1_803_460, 36_500),
        Side: 224,
        ShorterFor: Margin,
        Ilsvrc,
        Mappings: ["val.txt", "../val.txt"]);

    /// <summary>Le, Yang: Tiny ImageNet visual recognition challenge (2015).</summary>
    public static FolderLayout TinyImageNet { get; } = new(
        new Edition("Tiny-ImageNet", ["tiny-imagenet-200"], "tiny-imagenet-200.zip from "
            + "http://cs231n.stanford.edu/tiny-imagenet-200.zip", [Train]),
        new PublishedCounts(200, 100_000, 10_000),
        Side: 64,
        ShorterFor: side => side,
        Normalisation: null,
        Mappings: ["val_annotations.txt"]);

    /// <summary>256 for 224, as has been customary since AlexNet.</summary>
    private static int Margin(int side) => ((side * 8) + 3) / 7;
}

/// <summary>What is counted in a published set.</summary>
internal sealed record PublishedCounts(int Classes, int Train, int Test);
