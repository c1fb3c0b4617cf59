using System.Collections.Immutable;
using System.Globalization;

namespace ActorPrune.Nn.Data;

/// <summary>
/// A file that gives the classes of images that lie in one folder: a line for each, with the image's file name (its ending may be left out)
/// and its class, apart by a tab, a comma or a space; what follows on the line is not read. A class is a class folder's name, or its number
/// in their sorted order, from 0. Such are Tiny-ImageNet's val_annotations.txt, Kaggle's LOC_val_solution.csv and the val.txt of Caffe.
/// </summary>
internal static class ClassMapping
{
    private const long LargestFile = 64 << 20;

    private const string Heading = "ImageId";

    /// <summary>The images with their classes, in the order of their paths.</summary>
    /// <exception cref="DataException">A line does not fit, or an image has none.</exception>
    public static ImmutableArray<LabelledFile> Read(string path, IReadOnlyList<string> images, ImmutableArray<string> classNames)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            throw new DataException($"{path}: has more than {LargestFile:N0} bytes, which is not accepted. Expected a line for each "
                + "image.");
        }

        var classes = classNames.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < images.Count; i++)
        {
            byName[Path.GetFileName(images[i])] = i;
            byName.TryAdd(Path.GetFileNameWithoutExtension(images[i]), i);
        }

        var labels = new int?[images.Count];
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var fields = line.Split(['\t', ',', ' '], 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length == 0 || fields[0] == Heading)
            {
                continue;
            }

            if (fields.Length == 1 || Label(fields[1], classes) is not { } label)
            {
                throw new DataException(
                    $"{path}, line {number:N0}: expected an image's name and its class (a folder of {FolderLayout.Train}/, or a number "
                    + $"from 0 to {classNames.Length - 1}), "
                    + $"found \"{Shortened(line)}\".");
            }

            if (!byName.TryGetValue(Path.GetFileName(fields[0]), out var image))
            {
                throw new DataException($"{path}, line {number:N0}: names {Shortened(fields[0])}, which is not there. Unpack the images "
                    + "again, or remove the line.");
            }

            if (labels[image] is { } other && other != label)
            {
                throw new DataException($"{path}, line {number:N0}: gives {Shortened(fields[0])} another class than an earlier line "
                    + "does. Correct one of them.");
            }

            labels[image] = label;
        }

        var without = Array.IndexOf(labels, null);
        return images.Count == 0 ? throw new DataException($"{path}: there are no images beside it.")
            : without >= 0 ? throw new DataException($"{path}: has no line for {images[without]} ({labels.Count(l => l is null):N0} "
                + "images have none). Add it, or remove the image.")
            : [.. images.Select((image, i) => new LabelledFile(image, labels[i]!.Value))];
    }

    private static int? Label(string text, Dictionary<string, int> classes) => classes.TryGetValue(text, out var label) ? label
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < classes.Count ? number
        : null;

    private static string Shortened(string text) => text.Length <= 80 ? text : $"{text[..80]}…";
}
