using System.Security.Cryptography;
using System.Text;
using ActorPrune.Nn.Formats;

namespace ActorPrune.Nn.Data;

/// <summary>What one image file was found to be.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Changed">Ticks (UTC) at which the file was last written.</param>
/// <param name="Content">See <see cref="CheckedFile"/>.</param>
/// <param name="Fault">Why it does not decode, or null.</param>
/// <param name="Sums">Per channel the sum of its pixels and then of their squares, where they were asked for; else empty.</param>
internal sealed record IndexedImage(long Length, long Changed, UInt128 Content, string? Fault, long[] Sums);

/// <summary>
/// What a former process found in the files of an image folder, so that this one need not decode millions of them again before it starts.
/// An entry counts as long as its file has the length and the time of change that it had. A file that was changed and has both is found
/// when it is read for a batch: it must have the content that is noted here.
/// </summary>
/// <remarks>
/// One file for each folder and way of decoding: magic, SHA-256 of the rest, number of entries, then path, length, time, content, fault and
/// sums of each. It is a cache: one that is missing, damaged or of another version is an empty one, and it may be deleted at any time.
/// </remarks>
internal sealed class ImageIndex
{
    private static readonly byte[] Magic = "APIMGS01"u8.ToArray();

    private readonly string path;
    private readonly Dictionary<string, IndexedImage> entries;

    private ImageIndex(string path, Dictionary<string, IndexedImage> entries) => (this.path, this.entries) = (path, entries);

    /// <param name="directory">That holds indexes.</param>
    /// <param name="folder">The images'.</param>
    /// <param name="decoding">All that decides what their pixels are, and what is noted of them.</param>
    public static ImageIndex Open(string directory, string folder, string decoding)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{Path.GetFullPath(folder)}\n{decoding}"));
        var path = Path.Combine(directory, $"{Convert.ToHexStringLower(key.AsSpan(0, 16))}.images");
        try
        {
            return new ImageIndex(path, File.Exists(path) ? Read(path) : []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            return new ImageIndex(path, []);
        }
    }

    /// <summary>Length and time of change of a file, of the one that it links to; null where it cannot be looked at.</summary>
    public static (long Length, long Changed)? Look(string path)
    {
        try
        {
            var file = DataFile.Behind(new FileInfo(path));
            return file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What is known of this file, if it is still the one that it was.</summary>
    public IndexedImage? Find(string file, (long Length, long Changed) look) =>
        entries.TryGetValue(file, out var entry) && (entry.Length, entry.Changed) == look ? entry : null;

    /// <summary>Keeps these instead of what was there. Not being able to is no error: the next process then decodes again.</summary>
    public void Save(IReadOnlyCollection<KeyValuePair<string, IndexedImage>> found)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, file => Write(file, found));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk or a read-only home costs time, nothing else.
        }
    }

    private static void Write(Stream file, IReadOnlyCollection<KeyValuePair<string, IndexedImage>> found)
    {
        using var hash = SHA256.Create();
        file.Write(Magic);
        file.Write(new byte[SHA256.HashSizeInBytes]);
        using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashed, Encoding.UTF8))
        {
            writer.Write(found.Count);
            foreach (var (name, entry) in found)
            {
                writer.Write(name);
                writer.Write(entry.Length);
                writer.Write(entry.Changed);
                writer.Write((ulong)(entry.Content >> 64));
                writer.Write((ulong)entry.Content);
                writer.Write(entry.Fault ?? string.Empty);
                writer.Write((byte)entry.Sums.Length);
                Array.ForEach(entry.Sums, writer.Write);
            }
        }

        file.Position = Magic.Length;
        file.Write(hash.Hash!);
    }

    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    /// <exception cref="EndOfStreamException">It was cut.</exception>
    private static Dictionary<string, IndexedImage> Read(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[Magic.Length + SHA256.HashSizeInBytes];
        file.ReadExactly(head);
        if (!head.AsSpan(0, Magic.Length).SequenceEqual(Magic) || !SHA256.HashData(file).AsSpan().SequenceEqual(head.AsSpan(Magic.Length)))
        {
            throw new InvalidDataException($"{path}: damaged.");
        }

        file.Position = head.Length;
        using var reader = new BinaryReader(new BufferedStream(file, 1 << 20), Encoding.UTF8);
        var count = reader.ReadInt32();
        var entries = new Dictionary<string, IndexedImage>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = reader.ReadString();
            var (length, changed) = (reader.ReadInt64(), reader.ReadInt64());
            var content = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
            var fault = reader.ReadString();
            var sums = new long[reader.ReadByte()];
            for (var s = 0; s < sums.Length; s++)
            {
                sums[s] = reader.ReadInt64();
            }

            entries[name] = new IndexedImage(length, changed, content, fault.Length == 0 ? null : fault, sums);
        }

        return entries;
    }
}
