using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>
/// The bodies of the jobs: everything that determines a result, and nothing else. <see cref="Version"/> is raised whenever the code changes
/// what the same body computes, so that stored results of older code are not taken for new ones.
/// </summary>
internal static class JobBodies
{
    public const int Version = 3;
}

/// <summary>Precision, device class and threads: floats depend on all three.</summary>
internal sealed record Compute(string Precision, string Device, int Threads);

/// <summary>Body of <see cref="JobKinds.TrainBase"/>.</summary>
internal sealed record BaseJob(
    int Version, NetworkSpec Network, DataSpec Data, BaseMode Mode, string? Weights, Recipe Recipe, Compute Compute, long Seed, CostConvention CostConvention);

/// <summary>Body of <see cref="JobKinds.Evaluate"/> and <see cref="JobKinds.TrainFinal"/>: a candidate, and what is done with it.</summary>
/// <param name="BaseWeights">Artifact of the base network's weights.</param>
/// <param name="Genome">Canonical text.</param>
/// <param name="ValidationLimit">At most this many validation images; 0 = all.</param>
/// <param name="Latency">Measured along with the error where it is an objective, else null.</param>
/// <param name="Inheritance">Where the weights come from when not from the base as it is, else null.</param>
/// <param name="Slice">Artifact of the candidate as its evaluation left it, to go on from; else null.</param>
/// <param name="MeasureStart">Its error before training is reported too; in the body only where it is asked for, so that other keys
/// stay.</param>
internal sealed record CandidateJob(
    int Version,
    NetworkSpec Network,
    DataSpec Data,
    PruningSpec Pruning,
    string BaseWeights,
    string Genome,
    Recipe Recipe,
    Compute Compute,
    long Seed,
    int ValidationLimit,
    CostConvention CostConvention,
    LatencySpec? Latency,
    Inheritance? Inheritance,
    string? Slice,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool MeasureStart = false);

/// <summary>Body of <see cref="JobKinds.SubNetwork"/>.</summary>
/// <param name="Genome">Canonical text: what was decided around the groups, and what of them stays.</param>
/// <param name="Groups">Indices of the groups in question.</param>
/// <param name="Images">Training images, at most.</param>
/// <param name="Seed">Of a super-net that starts at random.</param>
internal sealed record SubNetworkJob(
    int Version,
    NetworkSpec Network,
    DataSpec Data,
    PruningSpec Pruning,
    string BaseWeights,
    string Genome,
    ImmutableArray<int> Groups,
    int Images,
    Compute Compute,
    long Seed,
    Inheritance? Inheritance);

/// <summary>
/// Body of <see cref="JobKinds.Measure"/>. Time depends on the structure alone, but criteria need the base's weights to choose it.
/// </summary>
/// <param name="Genome">Canonical text, or null for the base itself.</param>
/// <param name="Data">
/// Where criteria need training images too; else it is not in the body, so that experiments on other data share the time.
/// </param>
internal sealed record MeasureJob(
    int Version,
    NetworkSpec Network,
    PruningSpec Pruning,
    string BaseWeights,
    string? Genome,
    string Device,
    LatencySpec Latency,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DataSpec? Data = null);
