using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Nn.Data;

/// <summary>Reads and checks a <see cref="RecordCollection"/>: every fault of every file is found before anything is returned.</summary>
internal static class RecordReader
{
    /// <summary>Images a split may have: keeps the pixels of one array under the runtime's limit of 2 GiB.</summary>
    public const int MostRecords = 500_000;

    private const int RecordsPerRead = 256;

    private const string OwnImages = " If these are your own images in this format, set data.checksum = any.";

    /// <exception cref="DataException">A file is missing, cut, altered or mislabelled.</exception>
    public static DataSet Load(
        string name, ImmutableArray<string> classNames, RecordCollection collection, DataSetOptions options, CancellationToken cancellation)
    {
        var folder = DataFolder.Locate(options.Root, collection);
        var places = Survey(folder, collection, options.Checksum);
        var format = collection.Format;
        var train = new Arrays(places.Take(collection.Train.Length).Sum(p => p.Records), format);
        var test = new Arrays(places.Skip(collection.Train.Length).Sum(p => p.Records), format);
        var digests = new Digests[places.Length];
        var faults = new string?[places.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, places.Length, parallel, i =>
        {
            var (into, rest) = i < collection.Train.Length ? (train, 0) : (test, collection.Train.Length);
            var first = places[rest..i].Sum(p => p.Records);
            (digests[i], faults[i]) = Read(places[i], into, first, format, options.Checksum, cancellation);
        });
        Refuse(faults, collection, folder);

        var published = places.Take(collection.Train.Length).Zip(digests).All(p => p.First.File.Md5 == p.Second.Md5);
        // The constants follow from the content, not from the setting, so the hash of the content covers them.
        var norm = published ? collection.Normalisation : Normalisation.Of(train.Pixels, format.Image.Channels, format.Image.Height * format.Image.Width);
        return new DataSet(name, classNames, Hash(name, places, digests), train.AsSet(format.Image, norm), test.AsSet(format.Image, norm));
    }

    /// <summary>The files' sizes, checked before any is read.</summary>
    private static ImmutableArray<Place> Survey(string folder, RecordCollection collection, Checksum checksum)
    {
        var places = collection.Files.Select(f => Survey(folder, f, collection.Format, checksum)).ToImmutableArray();
        Refuse([.. places.Select(p => p.Fault)], collection, folder);
        foreach (var part in new[] { places[..collection.Train.Length], places[collection.Train.Length..] })
        {
            var records = part.Sum(p => (long)p.Records);
            if (records > MostRecords)
            {
                throw new DataException(
                    $"{folder}: {string.Join(", ", part.Select(p => p.File.Name))} hold {records:N0} images together; at most {MostRecords:N0} are accepted. Use fewer.");
            }
        }

        return places;
    }

    private static Place Survey(string folder, RecordFile file, RecordFormat format, Checksum checksum)
    {
        var path = Path.Combine(folder, file.Name);
        Place Bad(string fault) => new(file, path, 0, $"{path}: {fault}");
        long length;
        try
        {
            if (Directory.Exists(path))
            {
                return Bad("expected a file, found a directory.");
            }

            var info = new FileInfo(path);
            if (!info.Exists && info.LinkTarget is null)
            {
                return Bad("is missing.");
            }

            // A link's own length is that of its target's name.
            var target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            if (!target.Exists)
            {
                return Bad($"is a link to {target.FullName}, which is missing.");
            }

            length = target.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Bad($"cannot be looked at: {e.Message}");
        }

        var expected = (long)file.Records * format.RecordBytes;
        if (checksum == Checksum.Strict && length != expected)
        {
            return Bad($"expected the published file of {expected:N0} bytes, found {length:N0} bytes ({Difference(length, expected)}).{AnyHint(length, format)}");
        }

        if (length == 0)
        {
            return Bad($"expected records of {format.RecordBytes:N0} bytes, found an empty file.");
        }

        return length % format.RecordBytes == 0
            ? new Place(file, path, (int)Math.Min(length / format.RecordBytes, int.MaxValue), null)
            : Bad($"expected a multiple of {format.RecordBytes:N0} bytes (one record), found {length:N0} bytes: "
                + $"the last record has only {length % format.RecordBytes:N0}. The file is cut, or of another format.");
    }

    private static (Digests Digests, string? Fault) Read(
        Place place, Arrays into, int first, RecordFormat format, Checksum checksum, CancellationToken cancellation)
    {
        try
        {
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var handle = File.OpenHandle(place.Path, options: FileOptions.SequentialScan);
            var buffer = new byte[RecordsPerRead * format.RecordBytes];
            for (var record = 0; record < place.Records;)
            {
                cancellation.ThrowIfCancellationRequested();
                var chunk = buffer.AsSpan(0, Math.Min(RecordsPerRead, place.Records - record) * format.RecordBytes);
                if (!Fill(handle, chunk, (long)record * format.RecordBytes))
                {
                    return (default, $"{place.Path}: was cut while it was being read.");
                }

                md5.AppendData(chunk);
                sha.AppendData(chunk);
                if (Scatter(chunk, into, first + record, format) is { } wrong)
                {
                    return (default, Mislabelled(place.Path, record + wrong.Record, wrong.Label, format));
                }

                record += chunk.Length / format.RecordBytes;
            }

            var digests = new Digests(Convert.ToHexStringLower(md5.GetHashAndReset()), Convert.ToHexStringLower(sha.GetHashAndReset()));
            return checksum == Checksum.Strict && digests.Md5 != place.File.Md5
                ? (default, $"{place.Path}: expected the published file with md5 {place.File.Md5}, found md5 {digests.Md5}: it is damaged or holds other images.{OwnImages}")
                : (digests, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (default, $"{place.Path}: cannot be read: {e.Message}");
        }
    }

    private static bool Fill(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> chunk, long offset)
    {
        while (chunk.Length > 0)
        {
            var read = RandomAccess.Read(handle, chunk, offset);
            if (read == 0)
            {
                return false;
            }

            chunk = chunk[read..];
            offset += read;
        }

        return true;
    }

    /// <summary>Puts the chunk's labels and pixels where they belong; the first label out of range, or null.</summary>
    private static (int Record, int Label)? Scatter(ReadOnlySpan<byte> chunk, Arrays into, int first, RecordFormat format)
    {
        for (var i = 0; i < chunk.Length / format.RecordBytes; i++)
        {
            var record = chunk.Slice(i * format.RecordBytes, format.RecordBytes);
            var label = record[format.LabelAt];
            if (label >= format.Image.Classes)
            {
                return (i, label);
            }

            into.Labels[first + i] = label;
            record[format.LabelBytes..].CopyTo(into.Pixels.AsSpan((first + i) * format.PixelBytes));
        }

        return null;
    }

    private static void Refuse(IReadOnlyList<string?> faults, RecordCollection collection, string folder)
    {
        var found = faults.Where(f => f is not null).ToList();
        if (found.Count > 0)
        {
            throw new DataException(
                $"{collection.Title} cannot be used:\n  {string.Join("\n  ", found)}\nUnpack {collection.Source} so that its files lie in {folder}. Nothing is downloaded for you.");
        }
    }

    private static string Mislabelled(string path, int record, int label, RecordFormat format) =>
        $"{path}: record {record:N0} (byte {((long)record * format.RecordBytes) + format.LabelAt:N0}) has label {label}, expected 0 to {format.Image.Classes - 1}. "
        + "The file is damaged, or of another format.";

    private static string Difference(long length, long expected) =>
        length < expected ? $"{expected - length:N0} too few" : $"{length - expected:N0} too many";

    private static string AnyHint(long length, RecordFormat format) => length > 0 && length % format.RecordBytes == 0
        ? OwnImages
        : "";

    private static string Hash(string name, ImmutableArray<Place> places, Digests[] digests)
    {
        var lines = places.Zip(digests, (p, d) => $"{p.File.Name} {d.Sha256}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{string.Concat(lines)}")));
    }

    /// <summary>A file that was found, or the fault for which it cannot be used.</summary>
    private sealed record Place(RecordFile File, string Path, int Records, string? Fault);

    private readonly record struct Digests(string Md5, string Sha256);

    /// <summary>A split that is being filled: each file's reader writes its own range.</summary>
    private sealed class Arrays(int count, RecordFormat format)
    {
        public byte[] Pixels { get; } = new byte[(long)count * format.PixelBytes];

        public int[] Labels { get; } = new int[count];

        public ImageSet AsSet(ImageShape shape, Normalisation norm) =>
            new(shape.Channels, shape.Height, shape.Width, shape.Classes, Pixels, Labels, norm.Mean, norm.Std);
    }
}
