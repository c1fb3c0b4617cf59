using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Settings;

/// <summary>
/// Settings of Bi-CNN-Pruning with CEMBA (CembaUpperSearch). The paper's text states the two populations a level and the
/// migration between levels, but none of the numbers: every default here is our choice.
/// </summary>
public sealed record CembaSettings : MethodSettings
{
    private const int MostEpochs = 10_000;

    public override string Method => "cemba";

    /// <summary>Islands that evolve sets of filters, 1 to 64. The paper has two.</summary>
    public int UpperIslands { get; init; } = 2;

    /// <summary>Islands that evolve sets of channels, 1 to 64. The paper has two.</summary>
    public int LowerIslands { get; init; } = 2;

    /// <summary>
    /// Rounds of: upper generations, leaders down, lower generations, responses up, exchange within each level. 1 to 10 000.
    /// </summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Individuals of an upper island, 2 to 10 000.</summary>
    public int UpperPopulation { get; init; } = 12;

    /// <summary>
    /// Generations of an upper island in each epoch, 1 to 10 000; each breeds as many offspring as the population has individuals.
    /// </summary>
    public int UpperGenerations { get; init; } = 2;

    /// <summary>Responses that a lower island evolves for each leader, 2 to 10 000.</summary>
    public int LowerPopulation { get; init; } = 4;

    /// <summary>
    /// Generations of a lower island for each batch of leaders, 0 to 10 000. With 0 the responses are only initialised and compared.
    /// </summary>
    public int LowerGenerations { get; init; } = 1;

    /// <summary>Leaders that each upper island sends down in each epoch, 1 to <see cref="UpperPopulation"/>.</summary>
    public int Leaders { get; init; } = 2;

    /// <summary>Responses that each lower island sends up for each leader, 1 to <see cref="LowerPopulation"/>.</summary>
    public int Responses { get; init; } = 1;

    /// <summary>Individuals that neighbouring islands of one level exchange in each epoch, 0 to <see cref="UpperPopulation"/>.</summary>
    public int Exchange { get; init; } = 2;

    /// <summary>Which islands of one level are neighbours.</summary>
    public Topology Topology { get; init; } = Topology.Ring;

    /// <summary>For the random topology: from how many others of its level an island receives, 1 to 63.</summary>
    public int Degree { get; init; } = 2;

    /// <summary>Responses that a lower island remembers from earlier epochs, 0 to 10 000.</summary>
    public int Memory { get; init; } = 64;

    /// <summary>What the upper level minimises beside the error.</summary>
    public UpperObjective UpperObjective { get; init; } = UpperObjective.Filters;

    /// <summary>How parents are mixed, on both levels ("group" on the lower level means a convolution's channels).</summary>
    public Crossover Crossover { get; init; } = Crossover.Uniform;

    /// <summary>Probability that parents are mixed at all, 0 to 1, on both levels.</summary>
    public double CrossoverRate { get; init; } = 0.9;

    /// <summary>Expected flips in each group of filters when an upper individual is bred, 0 to 1000.</summary>
    public double MutationRate { get; init; } = 1;

    /// <summary>Expected flips among each convolution's channels when a response is bred, 0 to 1000.</summary>
    public double ChannelMutationRate { get; init; } = 1;

    /// <summary>
    /// Probability, for each group, that its number of kept filters takes a random step, 0 to 1. 0 leaves the paper's operators alone.
    /// </summary>
    public double ResizeRate { get; init; }

    /// <summary>
    /// How far importances (<see cref="UnitGroup.Importance"/>) guide initialisation, mutation and repair, 0 to 1. 0: blind, as in the
    /// paper.
    /// </summary>
    public double Guidance { get; init; }

    /// <summary>Initial fraction of kept filters on sparse-biased islands (u2, u4, …): drawn uniformly from this …</summary>
    public double SparseDensityMin { get; init; } = 0.3;

    /// <summary>… to this. A single upper island takes the whole range from the sparse minimum to the dense maximum.</summary>
    public double SparseDensityMax { get; init; } = 0.65;

    /// <summary>Initial fraction of kept filters on dense-biased islands (u1, u3, …): drawn uniformly from this …</summary>
    public double DenseDensityMin { get; init; } = 0.65;

    /// <summary>… to this. The first individual of u1 keeps everything.</summary>
    public double DenseDensityMax { get; init; } = 1;

    /// <summary>
    /// Individuals of each upper island's first population, after the one that keeps everything, that keep the same fraction of every
    /// group, evenly spaced down to the smallest initial density: 0 to <see cref="UpperPopulation"/> - 1. With importances known, they are
    /// what a uniform criterion prunes, so that the search starts from that baseline. Our choice; 0 for the plain method.
    /// </summary>
    public int UniformSeeds { get; init; }

    /// <summary>
    /// How far <see cref="UniformSeeds"/> differ from uniform, see <see cref="Operators.Seeding"/>: 0 (not at all) to 1. Our choice.
    /// </summary>
    public double SeedSlope { get; init; }

    /// <summary>
    /// Initial fraction of kept channels of a response: drawn uniformly from this to <see cref="ChannelDensityMax"/>. With several lower
    /// islands the dense-biased (l1, l3, …) take the upper half of the range and the sparse-biased the lower half.
    /// </summary>
    public double ChannelDensityMin { get; init; } = 0.6;

    /// <summary>See <see cref="ChannelDensityMin"/>.</summary>
    public double ChannelDensityMax { get; init; } = 1;

    /// <summary>Variation of the filter bits.</summary>
    [JsonIgnore]
    public MaskVariation UpperVariation => new(Crossover, CrossoverRate, MutationRate, ResizeRate, Guidance);

    /// <summary>Variation of the channel bits.</summary>
    [JsonIgnore]
    public MaskVariation LowerVariation => new(Crossover, CrossoverRate, ChannelMutationRate, 0, Guidance);

    /// <summary>
    /// Upper islands: the first population, then one offspring population a generation. Lower islands: for each leader a population without
    /// the leader's present response, which came with its figures, then one offspring population a generation. Re-scoring costs nothing.
    /// </summary>
    public override long PlannedEvaluations
    {
        get
        {
            var upper = (long)UpperIslands * UpperPopulation * (1 + (long)Epochs * UpperGenerations);
            var perLeader = LowerPopulation - 1 + (long)LowerGenerations * LowerPopulation;
            return upper + (long)LowerIslands * Epochs * UpperIslands * Leaders * perLeader;
        }
    }

    private protected override (int Shortest, int Longest)? Lengths => (1, MostEpochs);

    private protected override MethodSettings WithLength(int length) => this with { Epochs = length };

    public override ImmutableArray<string> Validate() => new SettingErrors(Method)
        .Whole("upper-islands", UpperIslands, 1, 64)
        .Whole("lower-islands", LowerIslands, 1, 64)
        .Whole("epochs", Epochs, 1, MostEpochs)
        .Whole("upper-population", UpperPopulation, 2, 10_000)
        .Whole("upper-generations", UpperGenerations, 1, 10_000)
        .Whole("lower-population", LowerPopulation, 2, 10_000)
        .Whole("lower-generations", LowerGenerations, 0, 10_000)
        .Whole("leaders", Leaders, 1, Math.Max(1, UpperPopulation))
        .Whole("responses", Responses, 1, Math.Max(1, LowerPopulation))
        .Whole("exchange", Exchange, 0, Math.Max(0, UpperPopulation))
        .Whole("degree", Degree, 1, 63)
        .Whole("memory", Memory, 0, 10_000)
        .Real("crossover-rate", CrossoverRate, 0, 1)
        .Real("mutation-rate", MutationRate, 0, 1000)
        .Real("channel-mutation-rate", ChannelMutationRate, 0, 1000)
        .Real("resize-rate", ResizeRate, 0, 1)
        .Real("guidance", Guidance, 0, 1)
        .Range("sparse-density-min", SparseDensityMin, "sparse-density-max", SparseDensityMax)
        .Range("dense-density-min", DenseDensityMin, "dense-density-max", DenseDensityMax)
        .When(SparseDensityMin > DenseDensityMax, "sparse-density-min", $"({SparseDensityMin}) must not be above cemba.dense-density-max ({DenseDensityMax}).")
        .Whole("uniform-seeds", UniformSeeds, 0, Math.Max(0, UpperPopulation - 1))
        .Real("seed-slope", SeedSlope, 0, 1)
        .Range("channel-density-min", ChannelDensityMin, "channel-density-max", ChannelDensityMax)
        .Lines;

    public override ImmutableArray<string> ValidateFor(SearchSpace space) => space.Mode == ChannelMode.None || space.ChannelBits == 0
        ? ["cemba needs a lower level, but the problem has no channels to choose: set the channel mode to per-layer or per-filter, "
            + "or use nsga2, which searches filters alone."]
        : [];
}
