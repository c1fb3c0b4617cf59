using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>
/// The pruning of one base network: its space with the importances that its weights give, and the jobs of its candidates.
/// </summary>
public sealed class PruningProblem : IProblem
{
    private readonly StudyDefinition definition;
    private readonly NetworkStructure structure;

    internal PruningProblem(StudyDefinition definition, NetworkStructure structure, ArtifactId baseWeights, BaseFigures figures)
    {
        this.definition = definition;
        this.structure = structure;
        BaseWeights = baseWeights;
        Space = WithImportance(structure, definition.Pruning.Channels, figures);
    }

    /// <summary>The weights that candidates inherit.</summary>
    public ArtifactId BaseWeights { get; }

    public SearchSpace Space { get; }

    public JobSpec Evaluation(Genome genome, Inheritance? inheritance = null) => Candidate(
        JobKinds.Evaluate,
        genome,
        definition.Evaluation,
        definition.ValidationLimit,
        definition.Latency.Objective ? definition.Latency : null,
        inheritance);

    public JobSpec SubNetwork(Genome genome, SubNetworkTask task, Inheritance? inheritance = null) =>
        new(JobKinds.SubNetwork, StudyJson.Canonical(new SubNetworkJob(
            JobBodies.Version,
            definition.Network,
            definition.Data,
            Meant(definition.Pruning, genome),
            BaseWeights.Hex,
            Checked(genome).Canonical,
            task.Groups,
            task.Images,
            new Compute(definition.Precision, definition.Device, Threads: 1),
            definition.TrainingSeed,
            inheritance)));

    public double Cost(Genome genome, string measure)
    {
        var filters = structure.RepresentativeFilters(genome);
        var channels = (genome as MaskGenome)?.Channels;
        var slim = Surgery.Apply(structure.Coupling, new PruningPlan(filters, channels, definition.Pruning.Channels));
        return CandidateFigures.Of(structure.Coupling, slim, filters, channels, definition.Pruning.Channels, definition.CostConvention)
            .GetValueOrDefault(measure, double.NaN);
    }

    internal JobSpec Candidate(
        string kind,
        Genome genome,
        TrainingSpec training,
        int validationLimit,
        LatencySpec? latency,
        Inheritance? inheritance = null,
        ArtifactId? slice = null) =>
        new(kind, StudyJson.Canonical(new CandidateJob(
            JobBodies.Version,
            definition.Network,
            definition.Data,
            Meant(definition.Pruning, genome),
            BaseWeights.Hex,
            Checked(genome).Phenotype.Canonical,
            training.Recipe,
            new Compute(definition.Precision, definition.Device, training.Threads),
            definition.TrainingSeed,
            validationLimit,
            definition.CostConvention,
            latency,
            inheritance,
            slice?.Hex,
            kind == JobKinds.Evaluate && definition.MeasureStart)));

    /// <summary>
    /// What of the pruning settings decides what <paramref name="genome"/> means. Limits on kept units and, for a genome without a lower
    /// level, the channel mode only shape the search: experiments that differ in them share evaluations and measurements.
    /// </summary>
    internal static PruningSpec Meant(PruningSpec pruning, Genome? genome) => pruning with
    {
        Minimum = 1,
        Multiple = 1,
        Channels = genome is MaskGenome { Channels: not null } ? pruning.Channels : ChannelMode.None,
    };

    private Genome Checked(Genome genome) => structure.RepresentativeFilters(genome).Length == Space.Units
        ? genome
        : throw new ArgumentException($"A genome from another network: {structure.Graph.Name} has {Space.Units} units.", nameof(genome));

    private static SearchSpace WithImportance(NetworkStructure structure, ChannelMode mode, BaseFigures figures)
    {
        var space = structure.Coupling.Space(mode);
        return space with
        {
            Groups = [.. space.Groups.Select((g, i) => g with { Importance = UnitImportance(structure, i, figures) })],
            Channels = [.. space.Channels.Select(c => c with { Importance = [.. figures.ChannelNorms[c.Name].Select(n => (double)n)] })],
        };
    }

    /// <summary>
    /// Of each unit of a group: the mean over the convolutions that produce it of the filter's L1 norm in units of its layer's mean norm,
    /// since layers differ in scale and a unit of a residual stage is produced by several.
    /// </summary>
    private static ImmutableArray<double>? UnitImportance(NetworkStructure structure, int group, BaseFigures figures)
    {
        var layers = structure.Graph.Layers;
        var scores = structure.Coupling.Groups[group].Units.Select(u => u.Producers
            .Where(p => layers[p.Layer].Op is Op.Conv2d)
            .Select(p => (double)figures.FilterNorms[layers[p.Layer].Name][p.Channel] / Math.Max(figures.FilterNorms[layers[p.Layer].Name].Average(), 1e-12f))
            .DefaultIfEmpty(double.NaN)
            .Average()).ToImmutableArray();
        return scores.Any(double.IsNaN) ? null : scores;
    }
}
