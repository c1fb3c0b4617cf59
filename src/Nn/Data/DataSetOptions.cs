namespace ActorPrune.Nn.Data;

/// <summary>How a data set is found and checked. Of all this only what changes the images enters <see cref="DataSet.Hash"/>.</summary>
public sealed record DataSetOptions
{
    /// <summary>The folder that holds the data sets' files (<c>data.path</c>, or ACTORPRUNE_DATA); empty = none was named.</summary>
    public string Root { get; init; } = "";

    /// <summary>What is accepted under a published data set's file names (<c>data.checksum</c>).</summary>
    public Checksum Checksum { get; init; } = Checksum.Strict;

    /// <summary>Seed of generated data sets (<c>data.shapes.seed</c>).</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Training images of generated data sets, 10 to 1,000,000 / 2 (<c>data.shapes.train</c>).</summary>
    public int TrainCount { get; init; } = 10_000;

    /// <summary>Test images of generated data sets (<c>data.shapes.test</c>).</summary>
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
