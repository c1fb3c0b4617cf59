using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Study;

/// <summary>A base network's graph, and what of it can be pruned.</summary>
public sealed record NetworkStructure(NetworkGraph Graph, ChannelCoupling Coupling)
{
    /// <exception cref="ArgumentException">A pattern that fits no layer.</exception>
    public static NetworkStructure Of(NetworkGraph graph, PruningSpec pruning) => new(graph, ChannelCoupling.Of(graph, new CouplingOptions
    {
        Include = pruning.Include,
        Exclude = pruning.Exclude,
        Coupled = pruning.Coupled,
        Minimum = pruning.Minimum,
        Multiple = pruning.Multiple,
    }));

    /// <summary>The graph of a network of the zoo.</summary>
    /// <exception cref="ArgumentException">There is no such network, or it does not fit the images.</exception>
    public static NetworkGraph GraphOf(NetworkSpec network) => NetworkZoo.Create(network.Name, new NetworkOptions(
        network.Classes,
        network.Channels,
        network.Height,
        network.ImageWidth,
        ShortcutOf(network.Shortcut),
        network.Width));

    private static ShortcutKind ShortcutOf(string name) => name switch
    {
        "b" => ShortcutKind.Projection,
        "pool" => ShortcutKind.PoolAndPad,
        _ => ShortcutKind.Pad,
    };

    /// <summary>The units that a genome keeps, where that does not depend on weights.</summary>
    /// <remarks>A <see cref="CriterionGenome"/> fixes counts only: here the first units of each group stand in for the ones that the
    /// weights would choose, which have the same cost.</remarks>
    public BitString RepresentativeFilters(Genome genome) => genome.Phenotype switch
    {
        MaskGenome mask => mask.Filters,
        CriterionGenome choices when choices.Choices.Length == Coupling.Groups.Length => FirstUnits([.. choices.Choices.Select(c => c.Keep)]),
        CriterionGenome choices => throw new ArgumentException(
            $"A genome from another network: it sizes {choices.Choices.Length} groups, {Graph.Name} has {Coupling.Groups.Length}.", nameof(genome)),
        _ => throw new ArgumentException($"A {genome.GetType().Name} cannot be applied to a network.", nameof(genome)),
    };

    /// <summary>So many units of each group, the first ones: which they are makes no difference to the cost.</summary>
    public BitString FirstUnits(ImmutableArray<int> kept) => BitString.Of(
        [.. Coupling.Groups.SelectMany((g, i) => Enumerable.Range(0, g.Units.Length).Select(u => u < kept[i]))]);
}
