using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// Joint filter and channel pruning as a bi-level problem: Louati, Louati, Bechikh, Kariri: Joint filter and channel pruning of
/// convolutional neural networks as a bi-level optimization problem. Memetic Computing 16 (2024) 71-90, doi 10.1007/s12293-024-00406-6. Its
/// engine: Said, Elarbi, Bechikh, Ben Said: Solving combinatorial bi-level optimization problems using multiple populations and migration
/// schemes. Operational Research 22 (2022) 1697-1735, doi 10.1007/s12351-020-00616-z. With u the kept filters and v the kept input channels
/// of kept filters:
/// <code>
/// upper  min over u of ( Σu / F, Err(u, v*) )   subject to   v* ∈ argmin over v of ( mean over kept filters of |v_i| / C_i, Err(u, v) )
/// </code>
/// From the papers: two levels, several populations in each, migration between the levels and within them, and an indicator that decides
/// what migrates. The papers' texts do not state operators, rates, sizes or the indicator: all of these are our choices, and settings. So
/// is the order of an epoch: (a) upper islands evolve sets of filters; (b) their leaders, chosen by hypervolume contribution, go down to
/// every lower island; (c) lower islands evolve responses to them; (d) the best responses, chosen likewise, go up, and leaders take their
/// figures; (e) islands of one level exchange their best. One island a level, as many leaders as individuals and one generation an epoch
/// make it a nested bi-level genetic algorithm.
/// </summary>
public static class Cemba
{
    /// <summary>Upper islands u1, u2, … and lower islands l1, l2, …</summary>
    public static ImmutableArray<IslandPlan> Create(CembaSettings settings, IProblem problem, long seed)
    {
        var upper = Neighbourhood.Names("u", settings.UpperIslands);
        var lower = Neighbourhood.Names("l", settings.LowerIslands);
        var uppers = upper.Select((name, i) => new IslandPlan(name, CembaUpperSearch.Start(
            new CembaIsland(name, i, Exchanging(upper, i, settings, seed), lower, settings, problem.Space, seed))));
        var lowers = lower.Select((name, i) => new IslandPlan(name, CembaLowerSearch.Start(
            new CembaIsland(name, i, Exchanging(lower, i, settings, seed), upper, settings, problem.Space, seed))));
        return [.. uppers, .. lowers];
    }

    private static Neighbourhood Exchanging(ImmutableArray<string> level, int self, CembaSettings settings, long seed) =>
        Neighbourhood.Of(level, self, settings.Exchange > 0 ? settings.Topology : Topology.None, settings.Degree, seed);
}

/// <summary>What an island of either level is told once.</summary>
/// <param name="Name">Of the island.</param>
/// <param name="Index">Its number within the level, from 0.</param>
/// <param name="Neighbours">Within the level.</param>
/// <param name="Across">All islands of the other level.</param>
/// <param name="Settings">The method's settings.</param>
/// <param name="Space">The problem's space.</param>
/// <param name="Seed">The experiment's seed.</param>
internal sealed record CembaIsland(
    string Name, int Index, Neighbourhood Neighbours, ImmutableArray<string> Across, CembaSettings Settings, Genomes.SearchSpace Space, long Seed)
{
    /// <summary>Islands of one level differ in where they start: the first, third, … dense, the others sparse.</summary>
    public bool Dense => Index % 2 == 0;

    public ImmutableArray<string> UpperObjectives { get; } =
        [Settings.UpperObjective == UpperObjective.Macs ? MeasureNames.Macs : MeasureNames.Filters, MeasureNames.Error];

    public ImmutableArray<string> LowerObjectives { get; } = [MeasureNames.Channels, MeasureNames.Error];

    public bool LastEpoch(int epoch) => epoch + 1 >= Settings.Epochs;
}
