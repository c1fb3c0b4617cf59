using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>An image file and its class.</summary>
internal readonly record struct LabelledFile(string Path, int Label);

/// <summary>The image files of a folder, in an order that depends on their names alone.</summary>
/// <param name="Folder">That holds train/ and the test images.</param>
/// <param name="ClassNames">The class folders' names, sorted by code point.</param>
internal sealed record FolderSurvey(
    string Folder, ImmutableArray<string> ClassNames, ImmutableArray<LabelledFile> Train, ImmutableArray<LabelledFile> Test)
{
    /// <summary>Classes that are accepted.</summary>
    public const int MostClasses = 100_000;

    /// <summary>Images that a part may have.</summary>
    public const int MostImages = 5_000_000;

    /// <summary>Folders in folders below a class: Tiny-ImageNet has one.</summary>
    private const int Deepest = 3;

    private static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = Deepest,
        IgnoreInaccessible = false,
    };

    /// <summary>Lists the files without opening any.</summary>
    /// <exception cref="DataException">The folder has not this layout, or not the published number of classes and images.</exception>
    public static FolderSurvey Of(FolderLayout layout, DataSetOptions options)
    {
        var (_, folder) = DataFolder.Locate(options.Root, layout.Edition);
        try
        {
            var survey = Read(layout, folder);
            if (options.Checksum == Checksum.Strict && layout.Published is { } published)
            {
                Compare(layout.Edition, survey, published);
            }

            return survey;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{layout.Edition.Title}: {folder} cannot be listed: {e.Message}", e);
        }
    }

    private static FolderSurvey Read(FolderLayout layout, string folder)
    {
        var train = Path.Combine(folder, FolderLayout.Train);
        var names = Folders(train);
        if (names.Length < 2 || names.Length > MostClasses)
        {
            throw new DataException(
                $"{layout.Edition.Title}: expected a folder for each class in {train} (2 to {MostClasses:N0}), found {names.Length:N0}. "
                + $"Unpack {layout.Edition.Source} there, or name another folder with data.path.");
        }

        var test = FolderLayout.Tests.Select(t => Path.Combine(folder, t)).FirstOrDefault(Directory.Exists)
            ?? throw new DataException(
                $"{layout.Edition.Title}: found no images to test with. Looked for "
                + $"{string.Join(", ", FolderLayout.Tests.Select(t => $"{t}/"))} in {folder}. "
                + $"Unpack {layout.Edition.Source} there.");
        return new FolderSurvey(folder, names, ByClass(train, names, layout.Edition.Title), TestFiles(layout, test, names));
    }

    private static ImmutableArray<LabelledFile> TestFiles(FolderLayout layout, string test, ImmutableArray<string> names)
    {
        var folders = Folders(test);
        if (folders.Any(names.Contains))
        {
            var strange = folders.Except(names).FirstOrDefault();
            return strange is null
                ? ByClass(test, names, layout.Edition.Title, mayLack: true)
                : throw new DataException(
                    $"{layout.Edition.Title}: {Path.Combine(test, strange)} is the folder of a class that {FolderLayout.Train}/ does "
                    + "not have: "
                    + $"expected the {names.Length:N0} classes of {FolderLayout.Train}/, found {folders.Length:N0} folders. Remove it, "
                    + $"or add the class to {FolderLayout.Train}/.");
        }

        var images = Path.Combine(test, "images");
        var mapping = layout.Mappings.Select(m => Path.GetFullPath(Path.Combine(test, m))).FirstOrDefault(File.Exists)
            ?? throw new DataException(
                $"{layout.Edition.Title}: {test} holds no class folders as {FolderLayout.Train}/ does, and no file tells its images' "
                + "classes. "
                + $"Looked for {string.Join(", ", layout.Mappings.Select(m => Path.GetFullPath(Path.Combine(test, m))))}: lines of a "
                + "file's name and its class. "
                + "Move the images into class folders, or add such a file.");
        return ClassMapping.Read(mapping, Files(Directory.Exists(images) ? images : test), names);
    }

    private static ImmutableArray<LabelledFile> ByClass(string folder, ImmutableArray<string> names, string title, bool mayLack = false)
    {
        var perClass = new List<string>[names.Length];
        Parallel.For(0, names.Length, i =>
        {
            var path = Path.Combine(folder, names[i]);
            perClass[i] = Directory.Exists(path) ? Files(path) : [];
        });
        var empty = Array.FindIndex(perClass, f => f.Count == 0);
        if (empty >= 0 && !mayLack)
        {
            throw new DataException(
                $"{title}: {Path.Combine(folder, names[empty])} holds no image (.jpg, .jpeg or .png). Add its images, or remove the "
                + "folder: each folder is a class.");
        }

        return perClass.Sum(f => (long)f.Count) switch
        {
            0 => throw new DataException($"{title}: {folder} holds no image (.jpg, .jpeg or .png) in any class folder."),
            > MostImages => throw new DataException($"{title}: {folder} holds more than {MostImages:N0} images, which is not accepted. "
                + "Use fewer."),
            _ => [.. perClass.SelectMany((files, label) => files.Select(f => new LabelledFile(f, label)))],
        };
    }

    private static ImmutableArray<string> Folders(string folder) => Directory.Exists(folder)
        ? [.. new DirectoryInfo(folder).EnumerateDirectories("*", new EnumerationOptions())
            .Select(d => d.Name).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The image files below a folder; which decoder each needs is only seen when it is opened.</summary>
    private static List<string> Files(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", Below).Where(IsImage).Take(MostImages + 1).ToList();
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static bool IsImage(string path) => Path.GetExtension(path.AsSpan()) is var extension
        && (extension.Equals(".jpg", StringComparison.OrdinalIgnoreCase)
            || extension.Equals(".jpeg", StringComparison.OrdinalIgnoreCase)
            || extension.Equals(".png", StringComparison.OrdinalIgnoreCase));

    private static void Compare(Edition edition, FolderSurvey survey, PublishedCounts published)
    {
        var found = new PublishedCounts(survey.ClassNames.Length, survey.Train.Length, survey.Test.Length);
        if (found != published)
        {
            throw new DataException(
                $"{edition.Title}: expected the published {published.Classes:N0} classes, {published.Train:N0} training and "
                + $"{published.Test:N0} test images in "
                + $"{survey.Folder}, found {found.Classes:N0}, {found.Train:N0} and {found.Test:N0}. Unpack {edition.Source} again; "
                + "if this is a choice of your own, set data.checksum = any.");
        }
    }
}
