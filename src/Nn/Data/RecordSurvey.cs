using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>A file of records that was found, or the fault for which it cannot be used.</summary>
/// <param name="Content">Its records where they were decoded to be counted; null where they lie in the file as they are.</param>
/// <param name="Md5">Of the file, where it was read; null where it was only looked at.</param>
internal sealed record RecordPlace(RecordFile File, string Path, int Records, string? Fault, byte[]? Content = null, string? Md5 = null);

/// <summary>Finds the files of a <see cref="RecordCollection"/> and how many records each holds.</summary>
internal static class RecordSurvey
{
    public const string OwnImages = " If these are your own images in this format, set data.checksum = any.";

    /// <summary>A pickle is decoded in memory; the published ones have 155 MB at most.</summary>
    private const long LargestPickle = 1 << 30;

    public static ImmutableArray<RecordPlace> Of(
        string folder, RecordCollection collection, Checksum checksum, CancellationToken cancellation)
    {
        var places = new RecordPlace[collection.Files.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, places.Length, parallel, i =>
        {
            var path = Path.Combine(folder, collection.Files[i].Name);
            places[i] = collection.Encoding == RecordEncoding.Binary
                ? Binary(collection.Files[i], path, collection.Format, checksum)
                : Pickled(collection.Files[i], path, collection.Format, checksum);
        });
        return [.. places];
    }

    private static RecordPlace Binary(RecordFile file, string path, RecordFormat format, Checksum checksum)
    {
        RecordPlace Bad(string fault) => new(file, path, 0, $"{path}: {fault}");
        var (length, fault) = DataFile.Look(path);
        if (fault is not null)
        {
            return Bad(fault);
        }

        var expected = (long)file.Records * format.RecordBytes;
        if (checksum == Checksum.Strict && length != expected)
        {
            return Bad($"expected the published file of {expected:N0} bytes, found {length:N0} bytes "
                + $"({Difference(length, expected)}).{AnyHint(length, format)}");
        }

        if (length == 0)
        {
            return Bad($"expected records of {format.RecordBytes:N0} bytes, found an empty file.");
        }

        return length % format.RecordBytes == 0
            ? new RecordPlace(file, path, (int)Math.Min(length / format.RecordBytes, int.MaxValue), null)
            : Bad($"expected a multiple of {format.RecordBytes:N0} bytes (one record), found {length:N0} bytes: "
                + $"the last record has only {length % format.RecordBytes:N0}. The file is cut, or of another format.");
    }

    private static RecordPlace Pickled(RecordFile file, string path, RecordFormat format, Checksum checksum)
    {
        RecordPlace Bad(string fault) => new(file, path, 0, $"{path}: {fault}");
        var (length, fault) = DataFile.Look(path);
        if (fault is not null)
        {
            return Bad(fault);
        }

        if (length > LargestPickle)
        {
            return Bad($"has {length:N0} bytes; at most {LargestPickle:N0} are accepted. Use the binary version.");
        }

        try
        {
            var bytes = File.ReadAllBytes(path);
            var md5 = DataFile.Md5Of(bytes);
            if (checksum == Checksum.Strict && file.Md5 is not null && md5 != file.Md5)
            {
                return Bad($"expected the published file with md5 {file.Md5}, found md5 {md5}: it is damaged or holds other "
                    + $"images.{OwnImages}");
            }

            var records = PickledRecords.Read(bytes, format);
            return new RecordPlace(file, path, records.Length / format.RecordBytes, null, records, md5);
        }
        catch (FormatException e)
        {
            return Bad($"{e.Message} No code in it was run. Unpack the published file again, or use the binary version.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Bad($"cannot be read: {e.Message}");
        }
    }

    private static string Difference(long length, long expected) =>
        length < expected ? $"{expected - length:N0} too few" : $"{length - expected:N0} too many";

    private static string AnyHint(long length, RecordFormat format) => length > 0 && length % format.RecordBytes == 0
        ? OwnImages
        : "";
}
