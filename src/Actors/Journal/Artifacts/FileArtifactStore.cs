using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorPrune.Actors.Cluster;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Artifacts;

/// <summary>
/// Artifacts as files: "ab/abcdef…" below one directory, named by their SHA-256. A blob is written under a temporary name, flushed, and
/// only then renamed, so that a file with a hash for a name is whole, whatever crashed and whoever else writes the same at that moment.
/// Several processes may share the directory. A blob has at most 2 GiB (<see cref="Array.MaxLength"/> bytes).
/// </summary>
public sealed class FileArtifactStore : IArtifactArchive
{
    private const string TemporaryFolder = "tmp";

    /// <summary>A temporary file of this age is garbage even if its process id is in use: it was used again.</summary>
    private static readonly TimeSpan LongestPut = TimeSpan.FromDays(1);

    /// <summary>Begins the names of temporary files: a process id means something only where it was given, and containers or machines may
    /// share the directory.</summary>
    internal static readonly string Place = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(HostIdentity.Host)))[..12];

    private readonly string temporary;

    /// <param name="directory">Created when absent. Temporary files that dead processes left in it are removed; those of other machines
    /// and containers when they are a day old.</param>
    /// <exception cref="ArtifactUnavailableException">The directory cannot be created or read.</exception>
    public FileArtifactStore(string directory)
    {
        Directory = Path.GetFullPath(directory);
        temporary = Path.Combine(Directory, TemporaryFolder);
        try
        {
            System.IO.Directory.CreateDirectory(temporary);
            RemoveLeftovers();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArtifactFailure.Of(e, Directory);
        }
    }

    public string Directory { get; }

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        var id = ArtifactId.Of(content);
        var path = PathOf(id);
        try
        {
            // One that was damaged since is replaced: whoever puts it has the right bytes at hand.
            if (!(new FileInfo(path) is { Exists: true } there && there.Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)))
            {
                Write(path, content);
            }

            // Also for a blob that was there: whoever renamed it may not have come to this line yet.
            DirectoryFlush.Flush(Path.GetDirectoryName(path)!);
            return id;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArtifactFailure.Of(e, path);
        }
    }

    public byte[] Get(ArtifactId id)
    {
        var path = PathOf(id);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArtifactException(
                $"The artifact {id} is missing: '{path}' does not exist. Name the directory in which it was stored with --home or --db, or "
                + "restore it from a backup.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArtifactFailure.Of(e, path);
        }

        return Convert.ToHexStringLower(SHA256.HashData(content)) == id.Hex
            ? content
            : throw new ArtifactException(
                $"The artifact '{path}' is damaged: its {content.Length} bytes do not have the hash that it is named by. Restore it from a "
                + "backup; without one start anew in another home: what is stored as done is not computed again.");
    }

    public bool Contains(ArtifactId id) => File.Exists(PathOf(id));

    public void Remove(ArtifactId id)
    {
        try
        {
            File.Delete(PathOf(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Room that is not freed harms no result.
        }
    }

    public IEnumerable<StoredArtifact> All()
    {
        try
        {
            return
            [
                .. new DirectoryInfo(Directory).EnumerateDirectories()
                    .SelectMany(folder => folder.EnumerateFiles())
                    .Where(file => IsHash(file.Name) && file.Name.StartsWith(file.Directory!.Name, StringComparison.Ordinal))
                    .Select(file => new StoredArtifact(new ArtifactId(file.Name), file.Length)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArtifactFailure.Of(e, Directory);
        }
    }

    private string PathOf(ArtifactId id)
    {
        // Ids come out of stored documents: one that is not a hash must not become a path.
        return IsHash(id.Hex)
            ? Path.Combine(Directory, id.Hex[..2], id.Hex)
            : throw new ArtifactException($"An artifact is named by 64 lower-case hexadecimal digits, found '{id.Hex}'.");
    }

    private static bool IsHash(string? name) => name is { Length: 64 } && name.All(char.IsAsciiHexDigitLower);

    private void Write(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!System.IO.Directory.Exists(folder))
        {
            System.IO.Directory.CreateDirectory(folder);
            DirectoryFlush.Flush(Directory);
        }

        var draft = Path.Combine(temporary, $"{Place}-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private void RemoveLeftovers()
    {
        foreach (var file in new DirectoryInfo(temporary).EnumerateFiles())
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > LongestPut || IsOfDeadProcess(file.Name))
            {
                // Another process that starts now may have removed it already: deleting what is gone is no error.
                file.Delete();
            }
        }
    }

    private static bool IsOfDeadProcess(string name) => name.Split('-') is [var place, var process, _] && place == Place
        && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && HostIdentity.ProcessStart(id) is null;
}
