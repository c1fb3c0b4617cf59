using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Study;

/// <summary>How a study splits its training images.</summary>
public static class DataSplits
{
    public static SplitSettings Of(DataSpec spec) => new()
    {
        Seed = spec.SplitSeed,
        ValidationFraction = spec.Validation,
        TrainLimit = spec.TrainLimit == 0 ? null : spec.TrainLimit,
    };
}
