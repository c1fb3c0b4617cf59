using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Criteria;
using ActorPrune.Nn.SubNetworks;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Study;

public sealed partial class TorchEvaluator
{
    private JobResult RunSubNetwork(SubNetworkJob job, IJobContext context)
    {
        if (GenomeText.Parse(job.Genome) is not MaskGenome { Channels: null } genome)
        {
            throw new EvaluationException("A sub-network is run for a genome of filter bits.");
        }

        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            using var place = environment.Prefixes.Enter(PrefixKey(job, genome.Filters, context.Artifacts), () => new SubNetworkSetting(
                environment.Structure(job.Network, job.Pruning, context.Artifacts).Coupling,
                job.Groups,
                genome.Filters,
                job.Inheritance is { } inheritance
                    ? SuperNet(job.Network, job.Pruning, job.BaseWeights, job.Seed, inheritance, context)
                    : environment.Weights(new ArtifactId(job.BaseWeights), context.Artifacts),
                environment.Images(job.Data).Train,
                Calibration.Choose(environment.Images(job.Data).Train.Count, job.Images),
                new ModuleOptions(PrecisionOf(job.Compute.Precision), environment.Device(job.Compute.Device))));
            var (error, parameters) = Reconstruction.Measure(place, genome.Filters, context.Cancellation);
            return new JobResult(
                Measures((MeasureNames.Reconstruction, error), (MeasureNames.Params, parameters)),
                    ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>All of a job but the units in question: they are all there.</summary>
    private string PrefixKey(SubNetworkJob job, BitString filters, IArtifactStore artifacts)
    {
        var groups = environment.Structure(job.Network, job.Pruning, artifacts).Coupling.Groups;
        var bits = filters.ToArray();
        foreach (var group in job.Groups.Where(g => g >= 0 && g < groups.Length).Select(g => groups[g])
            .Where(g => g.FirstBit + g.Units.Length <= bits.Length))
        {
            bits.AsSpan(group.FirstBit, group.Units.Length).Fill(true);
        }

        return StudyJson.Canonical(job with { Genome = BitString.Of(bits).ToString() });
    }
}
