using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Actors.TestKit.Study;

/// <summary>An experiment on the <see cref="ToyProblem"/>: exercises the whole engine without a network. Pair it with
/// <see cref="ToyEvaluator"/>.</summary>
/// <param name="method">Any method; "cemba", "nsga2" and "random" are tried here.</param>
/// <param name="seed">Of the search.</param>
public sealed class ToyStudy(MethodSettings method, long seed) : IStudy
{
    private readonly ToyProblem problem = new();

    /// <summary>Methods small enough for a test: several islands that migrate, one island, one that never waits for another.</summary>
    public static ImmutableArray<MethodSettings> SmallMethods { get; } =
    [
        new CembaSettings
        {
            Epochs = 2, UpperPopulation = 4, UpperGenerations = 1, LowerPopulation = 3, LowerGenerations = 1, Leaders = 2, Exchange = 1,
        },
        new Nsga2Settings { Population = 4, Generations = 4, Islands = 3, MigrationInterval = 2, Migrants = 1 },
        new RandomSettings { Evaluations = 18, Population = 5 },
        new SmoeaSettings { Groups = 2, Population = 4, Generations = 2, Measured = 2, FineTune = 1, Islands = 2, Migrants = 1 },
    ];

    public JobSpec Base => new(JobKinds.TrainBase, CanonicalJson.Write(new JsonObject { ["base"] = seed }));

    public ImmutableArray<string> PickRoles { get; init; } = ["heavy", "knee", "light"];

    public int WidenedPicks { get; init; }

    public double KneeErrorWeight => 0.5;

    public IProblem Problem(JobResult baseResult) => problem;

    public ImmutableArray<IslandPlan> Islands(JobResult baseResult) => SearchFactory.Create(method, problem, seed);

    public string WriteSearch(ISearch search, JobResult baseResult) => new SearchCodec(Islands(baseResult)).Write(search);

    public ISearch ReadSearch(string text, JobResult baseResult) => new SearchCodec(Islands(baseResult)).Read(text);

    public JobSpec Final(Evaluated pick, JobResult baseResult) =>
        new(JobKinds.TrainFinal, CanonicalJson.Write(new JsonObject { ["genome"] = pick.Genome.Canonical }));

    public JobSpec Measurement(Genome? genome, JobResult baseResult) =>
        new(JobKinds.Measure, CanonicalJson.Write(new JsonObject { ["genome"] = genome?.Canonical }));
}
