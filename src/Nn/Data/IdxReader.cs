using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Nn.Data;

/// <summary>A published data set of four files in the idx format: images and labels, to train and to test with.</summary>
/// <param name="Title">For messages.</param>
/// <param name="Folders">Where it is looked for under the root.</param>
/// <param name="Source">Where people get it.</param>
/// <param name="Files">Training images, training labels, test images, test labels.</param>
internal sealed record IdxCollection(string Title, ImmutableArray<string> Folders, string Source, ImmutableArray<IdxFile> Files)
{
    public Edition Edition { get; } = new(Title, Folders, Source, [.. Files.SelectMany(f => f.Names)]);
}

/// <summary>A published idx file.</summary>
/// <param name="Stem">"train-images".</param>
/// <param name="Dimensions">3 for images, 1 for labels.</param>
/// <param name="Md5">Of its content, unpacked.</param>
internal sealed record IdxFile(string Stem, int Dimensions, string Md5)
{
    public string Name => $"{Stem}-idx{Dimensions}-ubyte";

    /// <summary>The names under which it goes about, the preferred one first.</summary>
    public ImmutableArray<string> Names => [Name, $"{Name}.gz", $"{Stem}.idx{Dimensions}-ubyte", $"{Stem}.idx{Dimensions}-ubyte.gz"];
}

/// <summary>
/// Reads and checks an <see cref="IdxCollection"/> (LeCun, Cortes, Burges: The MNIST database; "the idx file format" there): big-endian
/// magic number, one length for each dimension, then bytes. Whether a file is packed with gzip is seen from its first bytes.
/// </summary>
internal static class IdxReader
{
    /// <summary>Images that a part may have.</summary>
    public const int MostImages = 500_000;

    private const int BytesOnly = 0x08;

    /// <exception cref="DataException">A file is missing, cut, altered, of another kind, or does not fit the others.</exception>
    public static DataSet Load(
        string name, ImmutableArray<string> classNames, IdxCollection collection, DataSetOptions options, CancellationToken cancellation)
    {
        var (_, folder) = DataFolder.Locate(options.Root, collection.Edition);
        var parts = new Part[collection.Files.Length];
        var faults = new string?[parts.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, parts.Length, parallel, i => (parts[i], faults[i]) = Read(folder, collection.Files[i], options.Checksum));
        Refuse(faults, collection, folder);
        Refuse([.. Misfits(parts, classNames.Length)], collection, folder);

        var (rows, columns) = (parts[0].Sides[1], parts[0].Sides[2]);
        var norm = Normalisation.Of(parts[0].Content.Span, 1, rows * columns);
        ImageSet Set(Part images, Part labels) =>
            new(1, rows, columns, classNames.Length, images.Content, labels.Content.ToArray().Select(b => (int)b).ToArray(), norm.Mean, norm.Std);
        return new DataSet(name, classNames, Hash(name, collection, parts), Set(parts[0], parts[1]), Set(parts[2], parts[3]));
    }

    private static (Part Part, string? Fault) Read(string folder, IdxFile file, Checksum checksum)
    {
        var path = file.Names.Select(n => Path.Combine(folder, n)).FirstOrDefault(Path.Exists);
        if (path is null)
        {
            return (Part.None, $"{Path.Combine(folder, file.Name)}: is missing (as are {string.Join(", ", file.Names.Skip(1))}).");
        }

        if (DataFile.Look(path).Fault is { } fault)
        {
            return (Part.None, $"{path}: {fault}");
        }

        try
        {
            using var stream = Open(path);
            var part = Read(stream, path, file);
            var md5 = DataFile.Md5Of(part.Whole);
            return checksum == Checksum.Strict && md5 != file.Md5
                ? (part, $"{path}: expected the published file whose content has md5 {file.Md5}, found md5 {md5}: it is damaged or "
                    + "holds other images."
                    + RecordSurvey.OwnImages)
                : (part, null);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            return (Part.None, $"{path}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (Part.None, $"{path}: cannot be read: {e.Message}");
        }
    }

    private static Stream Open(string path)
    {
        var file = File.OpenRead(path);
        var packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return packed ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static Part Read(Stream stream, string path, IdxFile file)
    {
        var header = new byte[4 + (4 * file.Dimensions)];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var expected = (BytesOnly << 8) | file.Dimensions;
        if (got < 4 || BinaryPrimitives.ReadInt32BigEndian(header) != expected)
        {
            throw new FormatException(
                $"expected the magic number {expected} (bytes in {file.Dimensions} dimension{(file.Dimensions > 1 ? "s" : "")}) at its "
                + "beginning, "
                + $"found {(got < 4 ? $"{got} bytes" : $"{BinaryPrimitives.ReadInt32BigEndian(header)}")}. It is no idx file of "
                + $"{(file.Dimensions > 1 ? "images" : "labels")}.");
        }

        if (got < header.Length)
        {
            throw new FormatException($"expected a header of {header.Length} bytes, found {got}: the file is cut.");
        }

        var sides = Enumerable.Range(1, file.Dimensions).Select(d => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 * d))).ToArray();
        if (sides[0] < 1 || sides[0] > MostImages || sides.Skip(1).Any(s => s < 1 || s > ImageSet.LargestSide))
        {
            throw new FormatException(
                $"says that it holds {string.Join("×", sides)} bytes; accepted are 1 to {MostImages:N0} images of 1×1 to "
                + $"{ImageSet.LargestSide}×{ImageSet.LargestSide}.");
        }

        var length = sides.Aggregate(1L, (product, side) => product * side);
        if (length > Array.MaxLength - header.Length)
        {
            throw new FormatException($"says that it holds {length:N0} bytes; at most {Array.MaxLength - header.Length:N0} are accepted.");
        }

        var whole = Filled(stream, header, (int)length);
        var filled = whole.Length - header.Length;
        if (filled < length || stream.ReadByte() >= 0)
        {
            throw new FormatException(
                $"expected {length:N0} bytes after the header ({string.Join("×", sides)}), found "
                + $"{(filled < length ? $"{filled:N0}: the file is cut" : "more")}.");
        }

        return new Part(path, sides, whole, header.Length);
    }

    /// <summary>
    /// The header and up to <paramref name="length"/> bytes behind it. The room grows with what is really there: a header may say anything.
    /// </summary>
    private static byte[] Filled(Stream stream, byte[] header, int length)
    {
        using var whole = new MemoryStream();
        whole.Write(header);
        var piece = new byte[1 << 20];
        while (length > 0 && stream.Read(piece, 0, Math.Min(piece.Length, length)) is var got and > 0)
        {
            whole.Write(piece, 0, got);
            length -= got;
        }

        return whole.ToArray();
    }

    /// <summary>What does not fit between the files, and labels beyond the classes.</summary>
    private static IEnumerable<string> Misfits(Part[] parts, int classes)
    {
        foreach (var (images, labels) in new[] { (parts[0], parts[1]), (parts[2], parts[3]) })
        {
            if (images.Sides[0] != labels.Sides[0])
            {
                yield return $"{labels.Path}: expected a label for each of the {images.Sides[0]:N0} images of {images.Path}, found "
                    + $"{labels.Sides[0]:N0}.";
            }

            var wrong = labels.Content.Span.IndexOfAnyInRange((byte)classes, byte.MaxValue);
            if (wrong >= 0)
            {
                yield return $"{labels.Path}: label {wrong:N0} is {labels.Content.Span[wrong]}, expected 0 to {classes - 1}: the data set "
                    + $"has {classes} classes.";
            }
        }

        var (train, test) = (parts[0].Sides, parts[2].Sides);
        if ((train[1], train[2]) != (test[1], test[2]))
        {
            yield return $"{parts[2].Path}: expected images of {train[1]}×{train[2]} pixels as in {parts[0].Path}, "
                + $"found {test[1]}×{test[2]}.";
        }
    }

    private static void Refuse(string?[] faults, IdxCollection collection, string folder)
    {
        var found = faults.Where(f => f is not null).ToList();
        if (found.Count > 0)
        {
            throw new DataException(
                $"{collection.Title} cannot be used:\n  {string.Join("\n  ", found)}\nPut {collection.Source} into {folder}. Nothing is "
                + "downloaded for you.");
        }
    }

    private static string Hash(string name, IdxCollection collection, Part[] parts)
    {
        var lines = collection.Files.Zip(parts, (f, p) => $"{f.Name} {Convert.ToHexStringLower(SHA256.HashData(p.Whole))}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{string.Concat(lines)}")));
    }

    /// <summary>An unpacked file: its header and what follows.</summary>
    private sealed record Part(string Path, int[] Sides, byte[] Whole, int HeaderBytes)
    {
        public static Part None { get; } = new("", [], [], 0);

        public ReadOnlyMemory<byte> Content => Whole.AsMemory(HeaderBytes);
    }
}
