namespace ActorPrune.Nn.Data;

/// <summary>Where a published data set's files lie.</summary>
internal static class DataFolder
{
    /// <summary>The archive's own folder under <paramref name="root"/> if it holds any of the files, else the root itself if it does.</summary>
    /// <exception cref="DataException">No root was named, or neither place holds one of the files.</exception>
    public static string Locate(string root, RecordCollection collection)
    {
        if (string.IsNullOrWhiteSpace(root))
        {
            throw new DataException(
                $"{collection.Title}: no folder was named. Unpack {collection.Source}, and name the folder that then holds {collection.Folder}/ "
                + "with data.path or the environment variable ACTORPRUNE_DATA. Nothing is downloaded for you; data.name = shapes needs no files.");
        }

        if (root.Contains('\0'))
        {
            throw new DataException($"{collection.Title}: data.path holds a null character, which no file system accepts. Name another folder.");
        }

        var full = Path.GetFullPath(root);
        var nested = Path.Combine(full, collection.Folder);
        foreach (var folder in new[] { nested, full })
        {
            if (collection.Files.Any(f => Path.Exists(Path.Combine(folder, f.Name))))
            {
                return folder;
            }
        }

        throw new DataException(
            $"{collection.Title}: found none of its files. Looked for {collection.Files[0].Name} and the others in {nested} and in {full}"
            + $"{(Directory.Exists(full) ? "" : " (which does not exist)")}. Unpack {collection.Source} there, or name another folder with data.path or "
            + "ACTORPRUNE_DATA. Nothing is downloaded for you; data.name = shapes needs no files.");
    }
}
