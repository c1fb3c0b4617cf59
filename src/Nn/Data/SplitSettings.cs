namespace ActorPrune.Nn.Data;

/// <summary>How the validation images are cut from the training set. All of it is part of a job's key.</summary>
public sealed record SplitSettings
{
    /// <summary>Seed of the choice (<c>data.split-seed</c>).</summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// Share of the training set that becomes the validation set, above 0 and below 1; used where <see cref="ValidationCount"/> is null.
    /// </summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Validation images; null = by <see cref="ValidationFraction"/>.</summary>
    public int? ValidationCount { get; init; }

    /// <summary>Training images to use, for quick experiments; null = all that are not validation images.</summary>
    public int? TrainLimit { get; init; }
}
