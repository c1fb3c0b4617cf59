using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Tests.Cluster;

/// <summary>A plan with a mistake in it: it has no islands.</summary>
internal sealed class BrokenStudy(IStudy sound) : IStudy
{
    public JobSpec Base => sound.Base;

    public ImmutableArray<string> PickRoles => sound.PickRoles;

    public int WidenedPicks => sound.WidenedPicks;

    public double KneeErrorWeight => sound.KneeErrorWeight;

    public IProblem Problem(JobResult baseResult) => sound.Problem(baseResult);

    public ImmutableArray<IslandPlan> Islands(JobResult baseResult) => throw new InvalidOperationException("no islands today");

    public string WriteSearch(ISearch search, JobResult baseResult) => sound.WriteSearch(search, baseResult);

    public ISearch ReadSearch(string text, JobResult baseResult) => sound.ReadSearch(text, baseResult);

    public JobSpec Final(Evaluated pick, JobResult baseResult) => sound.Final(pick, baseResult);

    public JobSpec Measurement(Genome? genome, JobResult baseResult) => sound.Measurement(genome, baseResult);
}
