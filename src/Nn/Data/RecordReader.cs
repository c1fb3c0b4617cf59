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

    /// <summary>The first of the collections (other forms of one data set) that is there.</summary>
    /// <param name="identity">The data set's name in its hash; says which labels are meant where there are several.</param>
    /// <exception cref="DataException">A file is missing, cut, altered or mislabelled.</exception>
    public static DataSet Load(
        string name,
        string identity,
        ImmutableArray<string> classNames,
        ImmutableArray<RecordCollection> collections,
        DataSetOptions options,
        CancellationToken cancellation)
    {
        var (edition, folder) = DataFolder.Locate(options.Root, [.. collections.Select(c => c.Edition)]);
        var collection = collections[edition];
        var places = Survey(folder, collection, options.Checksum, cancellation);
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

        var published = places.Take(collection.Train.Length).Zip(digests).All(p => p.First.File.Md5 is { } md5 && md5 == p.Second.Md5);
        // The constants follow from the content, not from the setting, so the hash of the content covers them.
        var norm = published && collection.Normalisation is { } customary
            ? customary
            : Normalisation.Of(train.Pixels, format.Image.Channels, format.Image.Height * format.Image.Width);
        return new DataSet(
            name, classNames, Hash(identity, places, digests), train.AsSet(format.Image, norm), test.AsSet(format.Image, norm));
    }

    /// <summary>The files' sizes, checked before any is read.</summary>
    private static ImmutableArray<RecordPlace> Survey(
        string folder, RecordCollection collection, Checksum checksum, CancellationToken cancellation)
    {
        var places = RecordSurvey.Of(folder, collection, checksum, cancellation);
        Refuse([.. places.Select(p => p.Fault)], collection, folder);
        foreach (var part in new[] { places[..collection.Train.Length], places[collection.Train.Length..] })
        {
            var records = part.Sum(p => (long)p.Records);
            if (records > MostRecords)
            {
                throw new DataException(
                    $"{folder}: {string.Join(", ", part.Select(p => p.File.Name))} hold {records:N0} images together; "
                    + $"at most {MostRecords:N0} are accepted. Use fewer.");
            }
        }

        return places;
    }

    private static (Digests Digests, string? Fault) Read(
        RecordPlace place, Arrays into, int first, RecordFormat format, Checksum checksum, CancellationToken cancellation)
    {
        try
        {
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using Stream records = place.Content is { } content
                ? new MemoryStream(content)
                : new FileStream(place.Path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
            var buffer = new byte[RecordsPerRead * format.RecordBytes];
            for (var record = 0; record < place.Records;)
            {
                cancellation.ThrowIfCancellationRequested();
                var chunk = buffer.AsSpan(0, Math.Min(RecordsPerRead, place.Records - record) * format.RecordBytes);
                if (records.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) < chunk.Length)
                {
                    return (default, $"{place.Path}: was cut while it was being read.");
                }

                md5.AppendData(chunk);
                sha.AppendData(chunk);
                if (Scatter(chunk, into, first + record, format) is { } wrong)
                {
                    return (default, Mislabelled(place, record + wrong.Record, wrong.Label, format));
                }

                record += chunk.Length / format.RecordBytes;
            }

            var digests = new Digests(
                place.Md5 ?? Convert.ToHexStringLower(md5.GetHashAndReset()), Convert.ToHexStringLower(sha.GetHashAndReset()));
            return checksum == Checksum.Strict && Altered(place, into.Labels.AsSpan(first, place.Records), digests, format) is { } fault
                ? (default, $"{place.Path}: {fault}{RecordSurvey.OwnImages}")
                : (digests, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (default, $"{place.Path}: cannot be read: {e.Message}");
        }
    }

    /// <summary>
    /// How a file differs from the published one, or null. Where no md5 is known, a published file has equally many images of each class.
    /// </summary>
    private static string? Altered(RecordPlace place, ReadOnlySpan<int> labels, Digests digests, RecordFormat format)
    {
        if (place.File.Md5 is { } md5)
        {
            return digests.Md5 == md5 ? null : $"expected the published file with md5 {md5}, found md5 {digests.Md5}: it is damaged or "
                + "holds other images.";
        }

        var counts = new int[format.Image.Classes];
        foreach (var label in labels)
        {
            counts[label]++;
        }

        var expected = place.File.Records / format.Image.Classes;
        var wrong = Array.FindIndex(counts, c => c != expected);
        return wrong < 0 ? null : $"expected {expected:N0} images of each class as in the published file, found {counts[wrong]:N0} of "
            + $"class {wrong}.";
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
                $"{collection.Edition.Title} cannot be used:\n  {string.Join("\n  ", found)}\n"
                + $"Unpack {collection.Edition.Source} so that its files lie in {folder}. Nothing is downloaded for you.");
        }
    }

    private static string Mislabelled(RecordPlace place, int record, int label, RecordFormat format)
    {
        var at = place.Content is null ? $" (byte {((long)record * format.RecordBytes) + format.LabelAt:N0})" : " of "
            + $"{format.Labels[format.LabelAt]}";
        return $"{place.Path}: record {record:N0}{at} has label {label}, expected 0 to {format.Image.Classes - 1}. "
            + "The file is damaged, or of another format.";
    }

    private static string Hash(string identity, ImmutableArray<RecordPlace> places, Digests[] digests)
    {
        var lines = places.Zip(digests, (p, d) => $"{p.File.Canonical} {d.Sha256}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{identity}\n{string.Concat(lines)}")));
    }

    /// <summary>Of a file (md5) and of its records (SHA-256); they are the same bytes where the records are not pickled.</summary>
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
