using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Settings;

/// <summary>Settings of EvoFC (EvoFc). Defaults are those of the published code for CIFAR, where not marked as our choice.</summary>
public sealed record EvoFcSettings : IslandSettings
{
    public override string Method => "evofc";

    /// <summary>Individuals, and offspring a generation, on each island; 2 to 10 000.</summary>
    public int Population { get; init; } = 10;

    /// <summary>What the criterion gene chooses among, in this order; 1 to 32.</summary>
    public ImmutableArray<string> Criteria { get; init; } = ["saliency-l1", "saliency-l2", "saliency-max", "saliency-gm"];

    /// <summary>How the least ratio depends on the depth.</summary>
    public FloorSchedule RatioFloor { get; init; } = FloorSchedule.Constant;

    /// <summary>The values of <see cref="RatioFloor"/>: each from 0 to below <see cref="RatioMax"/>.</summary>
    public ImmutableArray<double> RatioFloors { get; init; } = [0];

    /// <summary>Greatest fraction of a group that goes, above 0 and at most 1. At 1 one filter stays.</summary>
    public double RatioMax { get; init; } = 1;

    /// <summary>Probability that parents are mixed, 0 to 1.</summary>
    public double CrossoverRate { get; init; } = 1;

    /// <summary>Expected number of genes of an offspring that change, 0 to 1000. 1: a rate of 1 / (2 groups).</summary>
    public double MutationScale { get; init; } = 1;

    /// <summary>Distribution index of the polynomial mutation, 0 to 1000.</summary>
    public double MutationEta { get; init; } = 3;

    /// <summary>
    /// First individuals that lose the same fraction of every group by the first criterion, evenly spaced from the least ratio to
    /// <see cref="RatioMax"/>: 0 to <see cref="Population"/>. Our choice; 0 for the published method.
    /// </summary>
    public int UniformSeeds { get; init; }

    /// <summary>Where candidates have their weights from.</summary>
    public InheritanceKind Inheritance { get; init; } = InheritanceKind.SuperNet;

    /// <summary>What the super-net is at first.</summary>
    public SuperNetStart Start { get; init; } = SuperNetStart.Random;

    /// <summary>How candidates change the super-net.</summary>
    public WriteBack WriteBack { get; init; } = WriteBack.Sequential;

    /// <summary>Whose places immigrants take. Our choice.</summary>
    public Replacement Replacement { get; init; } = Replacement.Worst;

    /// <summary>In a super-net the schedule of <c>training.evaluation</c> goes over all candidates together.</summary>
    public override bool SharesOneTraining => Inheritance == InheritanceKind.SuperNet;

    public override long PlannedEvaluations => (long)Islands * Population * (1 + (long)Generations);

    public override ImmutableArray<string> Validate() => Shared(Population)
        .Whole("population", Population, 2, 10_000)
        .Names("criteria", Criteria, 1, 32)
        .Real("crossover-rate", CrossoverRate, 0, 1)
        .Real("mutation-scale", MutationScale, 0, 1000)
        .Real("mutation-eta", MutationEta, 0, 1000)
        .Whole("uniform-seeds", UniformSeeds, 0, Population)
        .When(!(RatioMax > 0 && RatioMax <= 1), "ratio-max", $"must be a number above 0 and at most 1; it is {RatioMax}.")
        .When(RatioFloors.IsDefaultOrEmpty || RatioFloors.Length > 1000, "ratio-floors", "must list from 1 to 1000 numbers.")
        .When(
            !RatioFloors.IsDefault && RatioFloors.Any(f => !(f >= 0 && f < RatioMax)),
            "ratio-floors",
            $"must list numbers from 0 to below ratio-max ({RatioMax}).")
        .When(
            RatioFloor != FloorSchedule.Stages && RatioFloors is { IsDefault: false, Length: > 1 },
            "ratio-floors",
            "must list one number unless ratio-floor is stages.")
        .Lines;
}

/// <summary>Where candidates have their weights from.</summary>
public enum InheritanceKind
{
    /// <summary>From a super-net that lives through the search, as the paper has it.</summary>
    SuperNet,

    /// <summary>From the base network, as with the other methods. Our choice.</summary>
    Base,

    /// <summary>
    /// From nowhere: each is trained from random weights by the recipe of evaluations. The criterion gene then decides nothing that
    /// training does not undo.
    /// </summary>
    None,
}

/// <summary>How a bound depends on the depth of a group.</summary>
public enum FloorSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>From 0 at the first group along half a cosine to the value at the last.</summary>
    Cosine,

    /// <summary>One value for each of several equal parts of the depth, for instance the stages of a residual network.</summary>
    Stages,
}
