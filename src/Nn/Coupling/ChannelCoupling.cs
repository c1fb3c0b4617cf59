using System.Collections.Immutable;
using System.IO.Enumeration;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Coupling;

/// <summary>
/// Which channels of a network can only be removed together, and which can be removed at all.
/// <para>
/// Every channel of every layer has a symbol; sums and products join symbols, concatenations string them together, depthwise convolutions
/// and normalisations pass them on. A class of joined symbols that convolutions produce is a <em>unit</em>. Units with the same set of
/// producing layers form a <em>group</em>: in a residual network with zero-padded shortcuts, the channels of stage 3 are three groups,
/// those that come from stage 1, those that come from stage 2, and those of stage 3 alone. Hence any number kept of each group is
/// possible independently of the other groups, and a layer's width is the sum over its groups.
/// </para>
/// </summary>
public sealed class ChannelCoupling
{
    /// <summary>In <see cref="UnitsOf"/>: the channel always exists.</summary>
    public const int Always = -1;

    /// <summary>In <see cref="UnitsOf"/>: the channel is zero for every image.</summary>
    public const int Zero = -2;

    private readonly ImmutableArray<ImmutableArray<int>> units;

    private ChannelCoupling(
        NetworkGraph graph,
        CouplingOptions options,
        ImmutableArray<CoupledGroup> groups,
        ImmutableArray<LeftAlone> leftAlone,
        ImmutableArray<ImmutableArray<int>> units)
    {
        Graph = graph;
        Options = options;
        Groups = groups;
        LeftAlone = leftAlone;
        this.units = units;
        Shapes = ShapeInference.Infer(graph);
        UnitCount = groups.Sum(g => g.Units.Length);
        Filters = new SearchSpace(
            [.. groups.Select(g => new UnitGroup(g.Name, g.Units.Length, Math.Min(options.Minimum, g.Units.Length), options.Multiple))], [], ChannelMode.None);
        Readers = ReadersOf(graph, options);
        Channels = [.. Readers.Select(i => new ChannelGroup(
            graph.Layers[i].Name, BitsOf(units[graph.Layers[i].Inputs[0]]), BitsOf(units[i])))];
    }

    public NetworkGraph Graph { get; }

    public CouplingOptions Options { get; }

    /// <summary>What is pruned, in the order of a genome's filter bits.</summary>
    public ImmutableArray<CoupledGroup> Groups { get; }

    /// <summary>What is not pruned, and why, in the order of the network.</summary>
    public ImmutableArray<LeftAlone> LeftAlone { get; }

    /// <summary>Number of filter bits.</summary>
    public int UnitCount { get; }

    /// <summary>Output shapes of the unpruned network's layers.</summary>
    internal ImmutableArray<ActivationShape> Shapes { get; }

    /// <summary>Layer indices of the convolutions of <see cref="SearchSpace.Channels"/>, in its order.</summary>
    internal ImmutableArray<int> Readers { get; }

    private SearchSpace Filters { get; }

    private ImmutableArray<ChannelGroup> Channels { get; }

    /// <summary>Finds the coupling of <paramref name="graph"/>.</summary>
    /// <exception cref="GraphException">The graph is not valid.</exception>
    /// <exception cref="ArgumentException">A pattern names no layer that could be pruned, or a minimum or multiple is below
    /// 1.</exception>
    public static ChannelCoupling Of(NetworkGraph graph, CouplingOptions? options = null)
    {
        options ??= new CouplingOptions();
        CheckOptions(graph, options);
        var symbols = ChannelSymbols.Of(graph);
        foreach (var root in symbols.Roots)
        {
            symbols[root].Fixed ??= ReasonAgainst(graph, options, symbols[root]);
        }

        KeepSelectionsAlive(graph, symbols);
        var groups = GroupsOf(graph, symbols, out var bits);
        var units = graph.Layers.Select((_, i) => symbols.Channels(i)
            .Select(s => s == ChannelSymbols.Zero ? Zero : bits.GetValueOrDefault(s, Always)).ToImmutableArray());
        return new ChannelCoupling(graph, options, groups, LeftAloneOf(graph, symbols), [.. units]);
    }

    /// <summary>What a search sees.</summary>
    public SearchSpace Space(ChannelMode mode) => mode == ChannelMode.None ? Filters : Filters with { Channels = Channels, Mode = mode };

    /// <summary>For each output channel of the layer its filter bit, or <see cref="Always"/>, or <see cref="Zero"/>.</summary>
    public ImmutableArray<int> UnitsOf(int layer) => units[layer];

    private static ImmutableArray<int> BitsOf(ImmutableArray<int> units) => [.. units.Select(u => Math.Max(u, Always))];

    private static void CheckOptions(NetworkGraph graph, CouplingOptions options)
    {
        if (options.Minimum < 1 || options.Multiple < 1)
        {
            throw new ArgumentException(
                $"At least 1 unit of a group stays, and multiples start at 1; found {options.Minimum} and {options.Multiple}.",
                nameof(options));
        }

        foreach (var pattern in options.Include.Concat(options.Exclude))
        {
            if (!graph.Layers.Any(l => l.Op is Op.Conv2d or Op.Linear && Matches(pattern, l.Name)))
            {
                throw new ArgumentException($"The pattern '{pattern}' matches no convolution or linear layer of '{graph.Name}'.", nameof(options));
            }
        }
    }

    private static string? ReasonAgainst(NetworkGraph graph, CouplingOptions options, ChannelSymbols.Trait unit)
    {
        var layers = unit.Producers.Select(p => graph.Layers[p.Layer]).Distinct().ToArray();
        if (!options.Linear && Array.Find(layers, l => l.Op is Op.Linear) is { } linear)
        {
            return $"'{linear.Name}' is a linear layer, and only convolutions are pruned";
        }

        foreach (var layer in layers)
        {
            if (options.Exclude.FirstOrDefault(p => Matches(p, layer.Name)) is { } pattern)
            {
                return $"excluded: '{layer.Name}' matches '{pattern}'";
            }

            if (options.Include.Length > 0 && !options.Include.Any(p => Matches(p, layer.Name)))
            {
                return $"not included: no pattern matches '{layer.Name}'";
            }
        }

        return !options.Coupled && (unit.Shared || layers.Length > 1) ? "shared between layers, and coupled = false" : null;
    }

    /// <summary>
    /// A selection can read any part of a group, so nothing else keeps at least one of its channels alive. Its first channel stays,
    /// unless another stays anyway.
    /// </summary>
    private static void KeepSelectionsAlive(NetworkGraph graph, ChannelSymbols symbols)
    {
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            var read = graph.Layers[i].Op is Op.ChannelSelect ? symbols.Channels(i).Where(s => s != ChannelSymbols.Zero).ToArray() : [];
            if (read.Length > 0 && read.All(s => symbols[s].Fixed is null))
            {
                symbols[read[0]].Fixed = $"the selection '{graph.Layers[i].Name}' needs a channel that stays";
            }
        }
    }

    private static ImmutableArray<CoupledGroup> GroupsOf(NetworkGraph graph, ChannelSymbols symbols, out Dictionary<int, int> bits)
    {
        var classes = symbols.Roots.Where(r => symbols[r].Fixed is null)
            .GroupBy(r => string.Join(',', LayersOf(symbols[r])), StringComparer.Ordinal)
            .OrderBy(g => LayersOf(symbols[g.First()])[0]).ThenBy(g => g.First());
        bits = [];
        var groups = ImmutableArray.CreateBuilder<CoupledGroup>();
        foreach (var members in classes)
        {
            var layers = LayersOf(symbols[members.First()]);
            var first = bits.Count;
            var ordered = members.OrderBy(r => symbols[r].Producers.Min(p => (p.Layer, p.Channel))).ToArray();
            foreach (var root in ordered)
            {
                bits.Add(root, bits.Count);
            }

            groups.Add(new CoupledGroup(
                string.Join(" + ", layers.Select(l => graph.Layers[l].Name)),
                [.. layers],
                [.. ordered.Select(r => new CoupledUnit([.. symbols[r].Producers.OrderBy(p => p.Layer).ThenBy(p => p.Channel)]))],
                first)
            {
                Through = Through(graph, symbols, ordered),
            });
        }

        return groups.ToImmutable();
    }

    private static ImmutableArray<LeftAlone> LeftAloneOf(NetworkGraph graph, ChannelSymbols symbols)
    {
        IEnumerable<string> Named(int root) => symbols[root].Producers.Count == 0
            ? [graph.Layers[symbols[root].Origin].Name]
            : LayersOf(symbols[root]).Select(l => graph.Layers[l].Name);

        return
        [
            .. symbols.Roots.Where(r => symbols[r].Fixed is not null)
                .GroupBy(r => (Layers: string.Join(" + ", Named(r)), symbols[r].Fixed))
                .Select(g => new LeftAlone(g.Key.Layers, g.Count(), g.Key.Fixed!) { Through = Through(graph, symbols, g) }),
        ];
    }

    /// <summary>Depthwise convolutions make no symbols of their own, so no producer names them.</summary>
    private static ImmutableArray<int> Through(NetworkGraph graph, ChannelSymbols symbols, IEnumerable<int> roots)
    {
        var members = roots.ToHashSet();
        return
        [
            .. Enumerable.Range(0, graph.Layers.Length).Where(i =>
                graph.Layers[i].Op is Op.Conv2d { Groups: > 1 } conv && conv.Groups == conv.In && symbols.Channels(i).Any(members.Contains)),
        ];
    }

    private static int[] LayersOf(ChannelSymbols.Trait unit) => [.. unit.Producers.Select(p => p.Layer).Distinct().Order()];

    /// <summary>Ordinary convolutions whose inputs were made by layers of the network, and not by the image itself.</summary>
    private static ImmutableArray<int> ReadersOf(NetworkGraph graph, CouplingOptions options)
    {
        var image = new bool[graph.Layers.Length];
        var readers = ImmutableArray.CreateBuilder<int>();
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            var layer = graph.Layers[i];
            var readsImage = layer.Inputs.Any(input => image[input]);
            image[i] = layer.Op is Op.Input || (readsImage && layer.Op is not (Op.Conv2d { Groups: 1 } or Op.Linear));
            if (layer.Op is Op.Conv2d { Groups: 1 } && !readsImage && IsChosen(options, layer.Name))
            {
                readers.Add(i);
            }
        }

        return readers.ToImmutable();
    }

    private static bool IsChosen(CouplingOptions options, string layer) =>
        !options.Exclude.Any(p => Matches(p, layer)) && (options.Include.Length == 0 || options.Include.Any(p => Matches(p, layer)));

    private static bool Matches(string pattern, string layer) => FileSystemName.MatchesSimpleExpression(pattern, layer, ignoreCase: false);
}
