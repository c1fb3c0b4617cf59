using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>A published data set that comes as files of equal-sized records: the CIFAR family's binary versions.</summary>
/// <param name="Title">For messages.</param>
/// <param name="Folder">What its archive unpacks to.</param>
/// <param name="Source">Where people get it.</param>
/// <param name="Format">Of every record.</param>
/// <param name="Train">In reading order.</param>
/// <param name="Test">In reading order.</param>
/// <param name="Normalisation">The customary constants of the published training images.</param>
internal sealed record RecordCollection(
    string Title,
    string Folder,
    string Source,
    RecordFormat Format,
    ImmutableArray<RecordFile> Train,
    ImmutableArray<RecordFile> Test,
    Normalisation Normalisation)
{
    public ImmutableArray<RecordFile> Files { get; } = [.. Train, .. Test];
}

/// <summary>One record: label bytes, then C×H×W pixel bytes.</summary>
/// <param name="LabelBytes">1 for CIFAR-10, 2 (coarse, fine) for CIFAR-100.</param>
/// <param name="LabelAt">Which of them is the label.</param>
/// <param name="Image">C×H×W and the number of classes.</param>
internal sealed record RecordFormat(int LabelBytes, int LabelAt, ImageShape Image)
{
    public int PixelBytes => Image.Channels * Image.Height * Image.Width;

    public int RecordBytes => LabelBytes + PixelBytes;
}

/// <summary>A published file.</summary>
/// <param name="Name">In the folder.</param>
/// <param name="Records">How many it holds.</param>
/// <param name="Md5">Lower-case hexadecimal, as its publisher or long use attests it.</param>
internal sealed record RecordFile(string Name, int Records, string Md5);
