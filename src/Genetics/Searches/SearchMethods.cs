using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>A search method by name.</summary>
/// <param name="Name">As configurations say it.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Defaults">Its settings with all defaults; their type is the method's settings record.</param>
/// <param name="Create">The islands that it starts with. Pure.</param>
public sealed record SearchMethod(
    string Name, string Summary, MethodSettings Defaults, Func<MethodSettings, IProblem, long, ImmutableArray<IslandPlan>> Create);

/// <summary>All methods. A new one is a file with its search, a settings record, and one line here.</summary>
public static class SearchMethods
{
    public static ImmutableArray<SearchMethod> All { get; } =
    [
        Method<CembaSettings>("joint filter and channel pruning as a bi-level problem, two populations a level (Louati et al. 2024)", Cemba.Create),
        Method<EvoFcSettings>("ratios and criteria in a super-net that starts at random (Chen et al. 2024)", EvoFc.Create),
        Method<DeepPruningEsSettings>("a (3 + λ) evolution strategy on filters that returns three networks (Fernandes Jr, Yen 2021)", DeepPruningEs.Create),
        Method<SmoeaSettings>("NSGA-II on sub-networks, group after group (Li et al. 2022)", Smoea.Create),
        Method<Nsga2Settings>("NSGA-II on filters (Deb et al. 2002)", Nsga2.Create),
        Method<RandomSettings>("random genomes", RandomSearch.Create),
        Method<MagnitudeSettings>("uniform ratio, smallest L1 norms go (Li et al. 2017)", CriterionSearch.Create),
        Method<FpgmSettings>("uniform ratio, filters near the geometric median go (He et al. 2019)", CriterionSearch.Create),
    ];

    /// <summary>The names, for messages.</summary>
    public static string KnownNames => string.Join(", ", All.Select(m => m.Name));

    /// <exception cref="ArgumentException">There is no such method; the message lists those that there are.</exception>
    public static SearchMethod Named(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"Unknown search method '{name}'. Known methods: {KnownNames}.", nameof(name));

    private static SearchMethod Method<T>(string summary, Func<T, IProblem, long, ImmutableArray<IslandPlan>> create)
        where T : MethodSettings, new()
    {
        var defaults = new T();
        return new SearchMethod(defaults.Method, summary, defaults, (settings, problem, seed) => create((T)settings, problem, seed));
    }
}
