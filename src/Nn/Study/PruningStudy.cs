using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Criteria;

namespace ActorPrune.Nn.Study;

/// <summary>A pruning experiment as the engine sees it: its base, its problem, its islands, the jobs for its picks.</summary>
public sealed class PruningStudy : IStudy
{
    private readonly StudyDefinition definition;
    private readonly NetworkStructure structure;

    // The problem of the last base asked for, and the islands' codec: asked for at every generation, and an experiment has one base.
    private volatile PruningProblem? latest;
    private volatile Tuple<ArtifactId, SearchCodec>? codec;

    public PruningStudy(StudyDefinition definition)
    {
        this.definition = definition;
        structure = NetworkStructure.Of(definition.BaseGraph(), definition.Pruning);
    }

    public StudyDefinition Definition => definition;

    /// <summary>Graph and coupling of the base network.</summary>
    public NetworkStructure Structure => structure;

    public JobSpec Base => new(JobKinds.TrainBase, StudyJson.Canonical(new BaseJob(
        JobBodies.Version,
        definition.Network,
        definition.Data,
        definition.Base.Mode,
        definition.Base.Weights,
        definition.Base.Training.Recipe,
        Compute(definition.Base.Training.Threads),
        definition.TrainingSeed,
        definition.CostConvention)));

    public ImmutableArray<string> PickRoles => definition.Picks;

    public int WidenedPicks => definition.WidenedPicks;

    /// <summary>By default both figures count the same; one method has a setting for it.</summary>
    public double KneeErrorWeight => definition.Method is DeepPruningEsSettings method ? method.KneeErrorWeight : 0.5;

    public IProblem Problem(JobResult baseResult) => Pruning(baseResult);

    public ImmutableArray<IslandPlan> Islands(JobResult baseResult) =>
        SearchFactory.Create(definition.Method, Problem(baseResult), definition.Seed);

    public string WriteSearch(ISearch search, JobResult baseResult) => Codec(baseResult).Write(search);

    public ISearch ReadSearch(string text, JobResult baseResult) => Codec(baseResult).Read(text);

    public JobSpec Final(Evaluated pick, JobResult baseResult) => Pruning(baseResult).Candidate(
        JobKinds.TrainFinal,
        pick.Genome,
        definition.Final,
        validationLimit: 0,
        latency: null,
        slice: pick.Artifacts.TryGetValue(ArtifactNames.Slice, out var slice) ? slice : null);

    public JobSpec Measurement(Genome? genome, JobResult baseResult) => new(JobKinds.Measure, StudyJson.Canonical(new MeasureJob(
        JobBodies.Version,
        definition.Network,
        PruningProblem.Meant(definition.Pruning, genome),
        BaseFigures.Weights(baseResult).Hex,
        genome?.Phenotype.Canonical,
        definition.Device,
        definition.Latency,
        genome is not null && CriteriaCatalog.NeedImages(genome) ? definition.Data : null)));

    private Compute Compute(int threads) => new(definition.Precision, definition.Device, threads);

    private SearchCodec Codec(JobResult baseResult)
    {
        var weights = BaseFigures.Weights(baseResult);
        if (codec is not { } known || known.Item1 != weights)
        {
            codec = known = Tuple.Create(weights, new SearchCodec(Islands(baseResult)));
        }

        return known.Item2;
    }

    private PruningProblem Pruning(JobResult baseResult)
    {
        var weights = BaseFigures.Weights(baseResult);
        if (latest is { } known && known.BaseWeights == weights)
        {
            return known;
        }

        return latest = new PruningProblem(definition, structure, weights, BaseFigures.Parse(baseResult.Detail));
    }
}
