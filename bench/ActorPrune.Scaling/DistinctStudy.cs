using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Scaling;

/// <summary>A study whose jobs carry a run's name, so that no run finds another's results in the store.</summary>
internal sealed class DistinctStudy(IStudy inner, string run) : IStudy
{
    public JobSpec Base => Named(inner.Base);

    public ImmutableArray<string> PickRoles => inner.PickRoles;

    public int WidenedPicks => inner.WidenedPicks;

    public double KneeErrorWeight => inner.KneeErrorWeight;

    public IProblem Problem(JobResult baseResult) => new DistinctProblem(inner.Problem(baseResult), this);

    public ImmutableArray<IslandPlan> Islands(JobResult baseResult) => inner.Islands(baseResult);

    public string WriteSearch(ISearch search, JobResult baseResult) => inner.WriteSearch(search, baseResult);

    public ISearch ReadSearch(string text, JobResult baseResult) => inner.ReadSearch(text, baseResult);

    public JobSpec Final(Evaluated pick, JobResult baseResult) => Named(inner.Final(pick, baseResult));

    public JobSpec Measurement(Genome? genome, JobResult baseResult) => Named(inner.Measurement(genome, baseResult));

    private JobSpec Named(JobSpec job)
    {
        var body = JsonNode.Parse(job.Body)!.AsObject();
        body["run"] = run;
        return new JobSpec(job.Kind, CanonicalJson.Write(body));
    }

    private sealed class DistinctProblem(IProblem inner, DistinctStudy study) : IProblem
    {
        public SearchSpace Space => inner.Space;

        public JobSpec Evaluation(Genome genome, Inheritance? inheritance = null) => study.Named(inner.Evaluation(genome, inheritance));

        public JobSpec SubNetwork(Genome genome, SubNetworkTask task, Inheritance? inheritance = null) =>
            study.Named(inner.SubNetwork(genome, task, inheritance));

        public double Cost(Genome genome, string measure) => inner.Cost(genome, measure);
    }
}
