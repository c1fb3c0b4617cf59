namespace ActorPrune.Nn.Data;

/// <summary>Where a published data set's files lie.</summary>
internal static class DataFolder
{
    private const string NotDownloaded = "Nothing is downloaded for you; data.name = shapes needs no files.";

    /// <summary>
    /// The first edition of which a file is found, and its folder: one of the edition's own under <paramref name="root"/>, else the root.
    /// </summary>
    /// <param name="editions">Other forms of one data set, the preferred one first.</param>
    /// <exception cref="DataException">No root was named, or no place holds one of the files.</exception>
    public static (int Edition, string Folder) Locate(string root, params ReadOnlySpan<Edition> editions)
    {
        var full = Root(root, editions[0]);
        for (var i = 0; i < editions.Length; i++)
        {
            var files = editions[i].Files;
            foreach (var folder in Places(full, editions[i]))
            {
                if (files.Any(f => Path.Exists(Path.Combine(folder, f))))
                {
                    return (i, folder);
                }
            }
        }

        var looked = editions.ToArray().Select(e => $"{Wanted(e)} in {string.Join(" and in ", Places(full, e))}");
        throw new DataException(
            $"{editions[0].Title}: found none of its files. Looked for {string.Join("; for ", looked)}"
            + $"{(Directory.Exists(full) ? "" : " (which does not exist)")}. Unpack {Sources(editions)} there, or name another folder "
            + "with data.path or "
            + $"ACTORPRUNE_DATA. {NotDownloaded}");
    }

    /// <summary>The root as a full path.</summary>
    /// <exception cref="DataException">None was named, or no file system accepts it.</exception>
    public static string Root(string root, Edition edition)
    {
        if (string.IsNullOrWhiteSpace(root))
        {
            throw new DataException(
                $"{edition.Title}: no folder was named. Unpack {edition.Source}, and name the folder that then holds "
                + $"{(edition.Folders.IsEmpty ? edition.Files[0] : $"{edition.Folders[0]}/")} "
                + $"with data.path or the environment variable ACTORPRUNE_DATA. {NotDownloaded}");
        }

        return root.Contains('\0')
            ? throw new DataException($"{edition.Title}: data.path holds a null character, which no file system accepts. Name another "
                + "folder.")
            : Path.GetFullPath(root);
    }

    /// <summary>The folders to look in.</summary>
    public static IEnumerable<string> Places(string root, Edition edition) =>
        edition.Folders.Select(f => Path.Combine(root, f)).Append(root);

    private static string Wanted(Edition edition) =>
        edition.Files.Length == 1 ? edition.Files[0] : $"{edition.Files[0]} and the others";

    private static string Sources(ReadOnlySpan<Edition> editions) =>
        string.Join(" or ", editions.ToArray().Select(e => e.Source).Distinct());
}
