namespace ActorPrune.Nn.Data;

/// <summary>The dictionary of a CIFAR file's Python version as the records of its binary version.</summary>
internal static class PickledRecords
{
    private const string Pixels = "data";

    /// <summary>N records: the label bytes, then the pixels of one row of the array.</summary>
    /// <exception cref="FormatException">Not such a dictionary; the message says what was expected and found.</exception>
    public static byte[] Read(ReadOnlyMemory<byte> pickle, RecordFormat format)
    {
        if (PickleReader.Read(pickle) is not Dictionary<string, object?> dictionary)
        {
            throw new FormatException("holds no dictionary.");
        }

        var pixels = dictionary.GetValueOrDefault(Pixels) as PickledArray
            ?? throw new FormatException($"has no array of bytes under '{Pixels}'; there are {Keys(dictionary)}.");
        if (pixels.Shape is not [var rows, var columns] || columns != format.PixelBytes || rows < 1)
        {
            throw new FormatException(
                $"'{Pixels}' has the shape ({string.Join(", ", pixels.Shape)}), expected (N, {format.PixelBytes}): "
                + $"rows of {format.Image.Channels}×{format.Image.Height}×{format.Image.Width} pixels.");
        }

        var records = new byte[checked(rows * format.RecordBytes)];
        for (var i = 0; i < rows; i++)
        {
            pixels.Bytes.Span.Slice(i * columns, columns).CopyTo(records.AsSpan((i * format.RecordBytes) + format.LabelBytes));
        }

        for (var k = 0; k < format.LabelBytes; k++)
        {
            var labels = Labels(dictionary, format.Labels[k], rows);
            for (var i = 0; i < rows; i++)
            {
                records[(i * format.RecordBytes) + k] = labels[i] is long label and >= 0 and <= byte.MaxValue
                    ? (byte)label
                    : throw new FormatException($"label {i:N0} of '{format.Labels[k]}' is {labels[i] ?? "None"}, expected a whole "
                        + "number from 0 to 255.");
            }
        }

        return records;
    }

    private static List<object?> Labels(Dictionary<string, object?> dictionary, string key, int rows)
    {
        var labels = dictionary.GetValueOrDefault(key) as List<object?> ?? throw new FormatException($"has no list under '{key}'; there "
            + $"are {Keys(dictionary)}.");
        return labels.Count == rows
            ? labels
            : throw new FormatException($"has {labels.Count:N0} '{key}' for {rows:N0} images.");
    }

    private static string Keys(Dictionary<string, object?> dictionary) =>
        dictionary.Count == 0 ? "none" : string.Join(", ", dictionary.Keys.Take(10).Select(k => $"'{k}'"));
}
