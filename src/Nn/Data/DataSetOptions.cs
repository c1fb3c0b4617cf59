namespace ActorPrune.Nn.Data;

/// <summary>How a data set is found and checked. Of all this only what changes the images enters <see cref="DataSet.Hash"/>.</summary>
public sealed record DataSetOptions
{
    /// <summary>The folder that holds the data sets' files (<c>data.path</c>, or ACTORPRUNE_DATA); empty = none was named.</summary>
    public string Root { get; init; } = "";

    /// <summary>What is accepted under a published data set's file names (<c>data.checksum</c>).</summary>
    public Checksum Checksum { get; init; } = Checksum.Strict;

    /// <summary>Which of a data set's labels are meant, where it has several (<c>data.labels</c>).</summary>
    public LabelChoice Labels { get; init; } = LabelChoice.Fine;

    /// <summary>
    /// Side of the square images that image files are brought to (<c>data.image-size</c>); 0 = the data set's customary one, or as they
    /// are.
    /// </summary>
    public int ImageSize { get; init; }

    /// <summary>How (<c>data.resize</c>).</summary>
    public ResizeChoice Resize { get; init; } = ResizeChoice.Crop;

    /// <summary>
    /// What the shorter side is resized to before the centre is cut out (<c>data.shorter-side</c>); 0 = the customary one.
    /// </summary>
    public int ShorterSide { get; init; }

    /// <summary>The share of image files that may fail to decode and are left out (<c>data.max-bad-share</c>), 0 to 1.</summary>
    public double MaxBadShare { get; init; } = 0.001;

    /// <summary>
    /// Decoded images of image files are held in memory up to this many bytes (<c>data.memory</c>); beyond it they are decoded for each
    /// batch.
    /// </summary>
    public long MemoryLimit { get; init; } = 4L << 30;

    /// <summary>
    /// Where it is kept what image files were found to be, so that large sets are decoded once and not by each process; empty = nowhere.
    /// </summary>
    public string IndexDirectory { get; init; } = "";

    /// <summary>The same data set, whatever is allowed to go wrong and wherever it is kept.</summary>
    internal DataSetOptions Identity => this with { MaxBadShare = 0, MemoryLimit = 0, IndexDirectory = "" };

    /// <summary>Seed of generated data sets (<c>data.shapes.seed</c>).</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Training images of generated data sets, 10 to 500,000 (<c>data.shapes.train</c>).</summary>
    public int TrainCount { get; init; } = 10_000;

    /// <summary>Test images of generated data sets, 10 to 500,000 (<c>data.shapes.test</c>).</summary>
    public int TestCount { get; init; } = 2_000;
}

/// <summary>What is accepted under a published data set's file names.</summary>
public enum Checksum
{
    /// <summary>Only the published files, byte for byte.</summary>
    Strict,

    /// <summary>Any file of the format: one's own images, or fewer of them. Sizes and labels are still checked.</summary>
    Any,
}

/// <summary>How an image file of any size becomes a square image.</summary>
public enum ResizeChoice
{
    /// <summary>The shorter side is resized, then the centre is cut out.</summary>
    Crop,

    /// <summary>Stretched to the square.</summary>
    Stretch,
}

/// <summary>Which of a data set's labels are meant.</summary>
public enum LabelChoice
{
    /// <summary>The classes.</summary>
    Fine,

    /// <summary>The superclasses, where a data set groups its classes: CIFAR-100's 20.</summary>
    Coarse,
}
