using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Study;

/// <summary>Computes the jobs of a <see cref="ToyStudy"/>.</summary>
/// <param name="hook">Called before each job: may count, wait or throw.</param>
public sealed class ToyEvaluator(Action<JobSpec, IJobContext>? hook = null) : IEvaluator
{
    private static readonly ToyProblem Problem = new();

    public bool IsDisposed { get; private set; }

    public JobResult Evaluate(JobSpec job, IJobContext context)
    {
        hook?.Invoke(job, context);
        return Compute(job, context.Artifacts);
    }

    /// <summary>What <paramref name="job"/> yields; its weights go into <paramref name="artifacts"/>.</summary>
    public static JobResult Compute(JobSpec job, IArtifactStore artifacts)
    {
        var weights = artifacts.Put(Encoding.UTF8.GetBytes(job.Body));
        var body = JsonNode.Parse(job.Body)!;
        var genome = body["genome"]?.GetValue<string>() is { } text ? GenomeText.Parse(text) : null;
        var all = new MaskGenome(BitString.Filled(Problem.Space.Units, true), null);
        var measures = job.Kind switch
        {
            // A front member's time differs from one store to the next; here it only must not matter.
            JobKinds.Measure => ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.LatencyMs, 1 + (job.Body.Length % 7)),
            JobKinds.Evaluate => Problem.Measure(genome!),
            JobKinds.SubNetwork => Problem.MeasurePart(genome!),
            _ => Problem.Measure(genome ?? all).Add(MeasureNames.TestErrorLast, 0.1).Add(MeasureNames.TestErrorBest, 0.09),
        };
        var kept = ImmutableSortedDictionary<string, ArtifactId>.Empty.Add("weights", weights);
        return job.Kind == JobKinds.Evaluate && body["inheritance"] is { } inherited
            ? Inheriting(measures, kept, inherited, job, artifacts)
            : new JobResult(measures, kept, "{}");
    }

    /// <summary>
    /// The error depends a little on all that was inherited, and in which order it was written; as in a real evaluation, the trained
    /// weights stay for those that inherit from them.
    /// </summary>
    private static JobResult Inheriting(
        ImmutableSortedDictionary<string, double> measures,
        ImmutableSortedDictionary<string, ArtifactId> kept,
        JsonNode inherited,
        JobSpec job,
        IArtifactStore artifacts)
    {
        var state = ArtifactId.Of(Encoding.UTF8.GetBytes(inherited.ToJsonString()));
        var luck = Convert.ToInt32(state.Hex[..4], 16) / 65536.0;
        kept = kept.Add(ArtifactNames.Slice, artifacts.Put(Encoding.UTF8.GetBytes($"slice of {job.Key.Hex}")));
        if (inherited["consolidate"]!.GetValue<bool>())
        {
            kept = kept.Add(ArtifactNames.SuperNet, artifacts.Put(Encoding.UTF8.GetBytes($"super-net {state.Hex}")));
        }

        return new JobResult(
            measures.SetItem(MeasureNames.Error, Math.Round(measures[MeasureNames.Error] + (0.05 * luck), 9)), kept, "{}");
    }

    public void Dispose() => IsDisposed = true;
}
