using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Settings;

/// <summary>
/// Settings of SMOEA (Smoea). The paper's abstract states groups that are pruned one after the other on a sub-network, and no numbers:
/// every default here is our choice.
/// </summary>
public sealed record SmoeaSettings : IslandSettings
{
    private const int MostMeasured = 100_000;

    public override string Method => "smoea";

    /// <summary>Consecutive parts that the prunable groups are split into, 1 to 1000; as many as there are groups where there are
    /// fewer.</summary>
    public int Groups { get; init; } = 5;

    /// <summary>Which part is pruned first.</summary>
    public GroupOrder Order { get; init; } = GroupOrder.Forward;

    /// <summary>Training images that sub-networks are run on, 1 to 100 000.</summary>
    public int Calibration { get; init; } = 256;

    /// <summary>Individuals, and offspring a generation, for each part; 2 to 10 000. All are sub-network evaluations.</summary>
    public int Population { get; init; } = 20;

    /// <summary>Generations for each part, the initial population not counted; 0 to 100 000.</summary>
    public override int Generations { get; init; } = 10;

    /// <summary>Members of a part's front whose validation error is measured, 1 to 100 000: ordinary evaluations.</summary>
    public int Measured { get; init; } = 4;

    /// <summary>Which of the measured is fixed.</summary>
    public GroupChoiceRule Choice { get; init; } = GroupChoiceRule.Knee;

    /// <summary>For <see cref="GroupChoiceRule.MaxDrop"/>: error that the last part may end above the unpruned network's, 0 to 1; earlier
    /// parts have their share.</summary>
    public double MaxDrop { get; init; } = 0.02;

    /// <summary>Further trainings by the recipe of evaluations that the whole network gets after each part, 0 to 1000.</summary>
    public int FineTune { get; init; } = 1;

    /// <summary>How parents are mixed.</summary>
    public Crossover Crossover { get; init; } = Crossover.Uniform;

    /// <summary>Probability that parents are mixed at all, 0 to 1.</summary>
    public double CrossoverRate { get; init; } = 0.9;

    /// <summary>Expected flips in each group, 0 to 1000.</summary>
    public double MutationRate { get; init; } = 1;

    /// <summary>Probability, for each group, that its number of kept filters takes a random step, 0 to 1.</summary>
    public double ResizeRate { get; init; }

    /// <summary>How far importances guide initialisation, mutation and repair, 0 to 1. 0: blind.</summary>
    public double Guidance { get; init; }

    /// <summary>Initial fraction of kept filters: drawn uniformly from this to <see cref="DensityMax"/>; the first individual keeps
    /// everything.</summary>
    public double DensityMin { get; init; } = 0.1;

    /// <summary>See <see cref="DensityMin"/>.</summary>
    public double DensityMax { get; init; } = 1;

    /// <summary>Individuals of each part's first population that keep the same fraction of every group, evenly spaced: 0 to
    /// <see cref="Population"/> - 1.</summary>
    public int UniformSeeds { get; init; }

    /// <summary>
    /// How far <see cref="UniformSeeds"/> differ from uniform, see <see cref="Operators.Seeding"/>: 0 (not at all) to 1. Our choice.
    /// </summary>
    public double SeedSlope { get; init; }

    /// <summary>Parts between two exchanges of migrants, 1 to 100 000: an island's unit of progress is a part, not a generation.</summary>
    public override int MigrationInterval { get; init; } = 1;

    [JsonIgnore]
    public MaskVariation Variation => new(Crossover, CrossoverRate, MutationRate, ResizeRate, Guidance);

    /// <summary>The unpruned network, and for each part the measured and the fine-tuned. Sub-network evaluations are not counted: they are
    /// a small part of the cost.</summary>
    public override long PlannedEvaluations => Islands * (1 + (Groups * ((long)Measured + FineTune)));

    // Generations cost sub-network evaluations: what a budget counts is measured after them.
    private protected override (int Shortest, int Longest)? Lengths => (1, MostMeasured);

    private protected override MethodSettings WithLength(int length) => this with { Measured = length };

    public override ImmutableArray<string> Validate() => Shared(Measured + 1)
        .Whole("groups", Groups, 1, 1000)
        .Whole("calibration", Calibration, 1, 100_000)
        .Whole("population", Population, 2, 10_000)
        .Whole("measured", Measured, 1, MostMeasured)
        .Real("max-drop", MaxDrop, 0, 1)
        .Whole("fine-tune", FineTune, 0, 1000)
        .Real("crossover-rate", CrossoverRate, 0, 1)
        .Real("mutation-rate", MutationRate, 0, 1000)
        .Real("resize-rate", ResizeRate, 0, 1)
        .Real("guidance", Guidance, 0, 1)
        .Range("density-min", DensityMin, "density-max", DensityMax)
        .Whole("uniform-seeds", UniformSeeds, 0, Math.Max(0, Population - 1))
        .Real("seed-slope", SeedSlope, 0, 1)
        .Lines;
}

/// <summary>Which end of a network is pruned first.</summary>
public enum GroupOrder
{
    /// <summary>From the image to the classes.</summary>
    Forward,

    /// <summary>From the classes to the image.</summary>
    Backward,
}

/// <summary>Which of several measured networks is gone on with.</summary>
public enum GroupChoiceRule
{
    /// <summary>Minimum Manhattan distance over (error, parameters) among those that are neither end.</summary>
    Knee,

    /// <summary>The fewest parameters among those whose error is within the allowance; none: the part stays as it is.</summary>
    MaxDrop,
}
