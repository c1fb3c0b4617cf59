using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Tests.Support;

/// <summary>
/// Runs the islands of a search to their end in one thread: delivers parcels, measures each job once, and lets islands take their turns in
/// an order that a seed decides. Everything that was asked, told and sent is kept.
/// </summary>
internal sealed class Archipelago
{
    private readonly ToyProblem problem;
    private readonly SortedDictionary<string, ISearch> islands;
    private readonly Dictionary<(string Source, string Target, int Epoch), Parcel> mail = [];
    private readonly Dictionary<JobKey, Evaluated> results = [];

    public Archipelago(MethodSettings settings, ToyProblem problem, long seed)
    {
        this.problem = problem;
        var plans = SearchFactory.Create(settings, problem, seed);
        Codec = new SearchCodec(plans);
        islands = new SortedDictionary<string, ISearch>(plans.ToDictionary(p => p.Name, p => p.Search), StringComparer.Ordinal);
    }

    public SearchCodec Codec { get; }

    public IReadOnlyDictionary<string, ISearch> Islands => islands;

    public IReadOnlyCollection<Evaluated> Computed => results.Values;

    public long Requested { get; private set; }

    public List<Parcel> Sent { get; } = [];

    /// <summary>What each island asked for, in its own order.</summary>
    public SortedDictionary<string, List<string>> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>Called before each turn with the state that takes it; what it returns goes on instead.</summary>
    public Func<ISearch, ISearch> BeforeTurn { get; init; } = search => search;

    /// <summary>Genomes whose evaluation fails for good.</summary>
    public Func<Genome, bool> Failing { get; init; } = _ => false;

    /// <summary>Stops early when it says so; asked after every turn.</summary>
    public Func<Archipelago, bool> Until { get; init; } = _ => false;

    public Archipelago Run(long scheduler = 0)
    {
        var random = CounterRandom.For(scheduler, "scheduler", 0, 0, "order");
        while (!Until(this))
        {
            var ready = islands.Where(i => Ready(i.Key, i.Value)).Select(i => i.Key).ToArray();
            if (ready.Length == 0)
            {
                islands.Values.ShouldAllBe(i => i.Demand is SearchDemand.Nothing, "every island should come to its end");
                break;
            }

            Turn(ready[random.NextInt(ready.Length)]);
        }

        return this;
    }

    private bool Ready(string name, ISearch search) => search.Demand switch
    {
        SearchDemand.Nothing => false,
        SearchDemand.Immigrants wanted => wanted.Sources.All(s => mail.ContainsKey((s, name, wanted.Epoch))),
        _ => true,
    };

    private void Turn(string name)
    {
        var search = BeforeTurn(islands[name]);
        var turn = search.Demand switch
        {
            SearchDemand.Evaluations wanted => search.TellEvaluations([.. wanted.Genomes.Select(g => Evaluate(name, g, wanted))]),
            SearchDemand.Immigrants wanted => search.TellImmigrants([.. wanted.Sources.Select(s => Take(s, name, wanted.Epoch))]),
            _ => throw new InvalidOperationException("An island that is over takes no turns."),
        };
        islands[name] = turn.Next;
        foreach (var parcel in turn.Sent)
        {
            parcel.Source.ShouldBe(name);
            mail.Add((parcel.Source, parcel.Target, parcel.Epoch), parcel);
            Sent.Add(parcel);
        }
    }

    private Parcel Take(string source, string target, int epoch)
    {
        mail.Remove((source, target, epoch), out var parcel).ShouldBeTrue();
        return parcel!;
    }

    private Evaluated Evaluate(string island, Genome genome, SearchDemand.Evaluations wanted)
    {
        var inheritance = wanted.Inheritance;
        Requested += wanted.SubNetwork is null ? 1 : 0;
        if (!Asked.TryGetValue(island, out var asked))
        {
            Asked.Add(island, asked = []);
        }

        asked.Add(genome.Canonical);
        var key = (wanted.SubNetwork is { } task ? problem.SubNetwork(genome, task, inheritance) : problem.Evaluation(genome, inheritance))
            .Key;
        if (!results.TryGetValue(key, out var result))
        {
            result = Failing(genome)
                ? new Evaluated(genome, key, ImmutableSortedDictionary<string, double>.Empty, "out of memory")
                : wanted.SubNetwork is { } part
                    ? new Evaluated(genome, key, problem.MeasurePart(genome, part), null)
                    : new Evaluated(genome, key, problem.Measure(genome), null) { Artifacts = Kept(key, inheritance) };
            results.Add(key, result);
        }

        // Two genomes may mean the same network: one job, and each is told it as its own.
        return result with { Genome = genome };
    }

    /// <summary>As a real evaluation does: the trained slice, and the super-net where it was asked for. Names stand for contents.</summary>
    private static ImmutableSortedDictionary<string, ArtifactId> Kept(JobKey key, Inheritance? inheritance)
    {
        var kept = ImmutableSortedDictionary<string, ArtifactId>.Empty;
        if (inheritance is null)
        {
            return kept;
        }

        kept = kept.Add(ArtifactNames.Slice, ArtifactId.Of(System.Text.Encoding.UTF8.GetBytes($"slice {key.Hex}")));
        var whole = JsonSerializer.SerializeToUtf8Bytes(inheritance with { Place = null, Consolidate = false });
        return inheritance.Consolidate ? kept.Add(ArtifactNames.SuperNet, ArtifactId.Of(whole)) : kept;
    }
}
