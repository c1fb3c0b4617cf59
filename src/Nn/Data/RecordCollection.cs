using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>A published data set that comes as equal-sized records: the CIFAR family.</summary>
/// <param name="Edition">Where its files are, what it is called in messages.</param>
/// <param name="Encoding">How the records are written.</param>
/// <param name="Format">Of every record.</param>
/// <param name="Train">In reading order.</param>
/// <param name="Test">In reading order.</param>
/// <param name="Normalisation">The customary constants of the published training images; null = they are measured.</param>
internal sealed record RecordCollection(
    Edition Edition,
    RecordEncoding Encoding,
    RecordFormat Format,
    ImmutableArray<RecordFile> Train,
    ImmutableArray<RecordFile> Test,
    Normalisation? Normalisation)
{
    public ImmutableArray<RecordFile> Files { get; } = [.. Train, .. Test];
}

/// <summary>How records are written.</summary>
internal enum RecordEncoding
{
    /// <summary>One after the other.</summary>
    Binary,

    /// <summary>As a dictionary of an array of pixels and lists of labels (<see cref="PickledRecords"/>).</summary>
    Pickle,
}

/// <summary>One record: label bytes, then C×H×W pixel bytes.</summary>
/// <param name="Labels">The label bytes, as a pickle's dictionary calls their lists: "labels" for CIFAR-10, "coarse_labels", "fine_labels"
/// for CIFAR-100.</param>
/// <param name="LabelAt">Which of them is the label.</param>
/// <param name="Image">C×H×W and the number of classes.</param>
internal sealed record RecordFormat(ImmutableArray<string> Labels, int LabelAt, ImageShape Image)
{
    public int LabelBytes => Labels.Length;

    public int PixelBytes => Image.Channels * Image.Height * Image.Width;

    public int RecordBytes => LabelBytes + PixelBytes;
}

/// <summary>A published file.</summary>
/// <param name="Name">In the folder.</param>
/// <param name="Records">How many it holds.</param>
/// <param name="Md5">
/// Lower-case hexadecimal, as its publisher or long use attests it; null where nobody does: then length and images per class must be the
/// published ones.
/// </param>
internal sealed record RecordFile(string Name, int Records, string? Md5)
{
    /// <summary>Its name among the binary files, so that equal images have one hash in either form.</summary>
    public string Canonical => Name.EndsWith(".bin", StringComparison.Ordinal) ? Name : $"{Name}.bin";
}
