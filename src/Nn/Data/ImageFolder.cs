
namespace ActorPrune.Nn.Data;

/// <summary>
/// A data set of image files, one folder for each class: JPEG and PNG, of any colours and sizes, decoded in parallel to 3×H×W. Held in
/// memory as bytes where that fits (<see cref="DataSetOptions.MemoryLimit"/>), else decoded again for each batch. Every file is opened,
/// hashed and decoded once when the set is loaded, or by an earlier process where an index is kept (<see cref="ImageIndex"/>) and the set
/// does not fit in memory; the hash is that of the files' content, their classes and how they are resized, not of
/// names, places or times.
/// </summary>
public sealed class ImageFolder : IDataSource
{
    private readonly FolderLayout layout;

    private ImageFolder(string name, string summary, FolderLayout layout)
    {
        Name = name;
        Summary = summary;
        this.layout = layout;
    }

    /// <summary>One's own images.</summary>
    public static ImageFolder Own { get; } = new(
        "folder", "your own JPEG or PNG files: train/CLASS/NAME and val/CLASS/NAME under data.path", FolderLayout.Own);

    /// <summary>ILSVRC-2012, called ImageNet.</summary>
    public static ImageFolder Ilsvrc2012 { get; } = new(
        "ilsvrc2012", "ILSVRC-2012 (ImageNet): 1,281,167 + 50,000 colour images in 1,000 classes (Russakovsky et al. "
        + "2015)", FolderLayout.Ilsvrc2012);

    /// <summary>Places365-Standard.</summary>
    public static ImageFolder Places365 { get; } = new(
        "places365", "Places365-Standard: 1,803,460 + 36,500 colour images of 365 kinds of places (Zhou et al. "
        + "2018)", FolderLayout.Places365);

    /// <summary>Tiny-ImageNet.</summary>
    public static ImageFolder TinyImageNet { get; } = new(
        "tiny-imagenet", "Tiny-ImageNet: 100,000 + 10,000 colour images of 64×64 in 200 classes (Le, Yang "
        + "2015)", FolderLayout.TinyImageNet);

    public string Name { get; }

    public string Summary { get; }

    /// <summary>The folders tell the classes.</summary>
    public ImageShape? Shape => null;

    public DataSet Load(DataSetOptions options, CancellationToken cancellation = default)
    {
        ImageFile.RequireDecoders(layout.Edition.Title);
        var survey = FolderSurvey.Of(layout, options);
        return new ImageFolderReader(Name, layout, survey, Transform(survey, options), options, cancellation).Load();
    }

    /// <summary>The counts alone: decoding a million images is no matter of a moment.</summary>
    public string Describe(DataSetOptions options)
    {
        ImageFile.RequireDecoders(layout.Edition.Title);
        var survey = FolderSurvey.Of(layout, options);
        return $"{survey.Train.Length} + {survey.Test.Length} images in {survey.ClassNames.Length} classes, listed and not decoded";
    }

    /// <exception cref="DataException">The settings do not fit each other, or no size is named and none of the files tells one.</exception>
    private ImageTransform Transform(FolderSurvey survey, DataSetOptions options)
    {
        var side = options.ImageSize > 0 ? options.ImageSize : layout.Side;
        if (side == 0)
        {
            var (height, width) = FirstSize(survey);
            return new ImageTransform(height, width, 0, AsIs: true);
        }

        if (side > ImageSet.LargestSide)
        {
            throw new DataException($"data.image-size = {side}: expected at most {ImageSet.LargestSide}.");
        }

        if (options.Resize == ResizeChoice.Stretch)
        {
            return new ImageTransform(side, side, 0, AsIs: false);
        }

        var shorter = options.ShorterSide > 0 ? options.ShorterSide : layout.ShorterFor(side);
        return shorter >= side
            ? new ImageTransform(side, side, shorter, AsIs: false)
            : throw new DataException($"data.shorter-side = {shorter}: expected at least the {side} of data.image-size, which are cut "
                + "out of it; or 0.");
    }

    /// <summary>That of the first training image that decodes.</summary>
    private (int Height, int Width) FirstSize(FolderSurvey survey)
    {
        foreach (var file in survey.Train)
        {
            try
            {
                var (width, height, fault) = ImageFile.Size(File.ReadAllBytes(file.Path));
                if (fault is null && width <= ImageSet.LargestSide && height <= ImageSet.LargestSide)
                {
                    return (height, width);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Counted and named with all other images that do not decode.
            }
        }

        throw new DataException(
            $"{layout.Edition.Title}: none of the {survey.Train.Length:N0} files in {Path.Combine(survey.Folder, FolderLayout.Train)} "
            + "decodes "
            + $"(to at most {ImageSet.LargestSide}×{ImageSet.LargestSide} pixels). Expected JPEG or PNG images.");
    }
}
