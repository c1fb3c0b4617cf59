using System.Collections.Immutable;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.SubNetworks;

/// <summary>
/// The part of a network that has to be run when only some coupled groups are in question. The rule, the same for plain, residual and
/// densely connected graphs:
/// <list type="number">
/// <item>It holds every layer in whose output the groups' units are, from the convolutions that write them through normalisation,
/// activation, pooling, sums and concatenations, and every first layer that reads such an output without having the units in its own:
/// mostly the next convolutions.</item>
/// <item>It holds every layer on a path between two of these, and no other. So it is the smallest set of layers that needs nothing computed
/// outside of it with values that depend on the groups.</item>
/// <item>What it reads from outside are its <em>inputs</em>: they do not depend on the groups and can be kept. What the rest of the
/// network, or the answer, reads of it are its <em>outputs</em>: they have the same channels whatever stays of the groups.</item>
/// </list>
/// For the filters of a convolution in a plain network this is that convolution up to and including the next one. For the channels of a
/// residual stage it reaches from the stage's first convolution to the first ones of the next stage; with parameter-free shortcuts, which
/// hand channels on, to the end of the network. For a layer of a dense block it is the rest of the block with the transition's convolution.
/// <para>
/// Two exceptions move an input further back: a value that only exists inside of a fused operation, and one with channels that are constant
/// zero, since how many of those are written depends on who reads them.
/// </para>
/// </summary>
/// <param name="Layers">Indices in the unpruned graph, ascending.</param>
/// <param name="Inputs">Layers outside whose values are given, ascending.</param>
/// <param name="Outputs">Layers inside whose values are compared, ascending.</param>
internal sealed record SubNetworkSpan(ImmutableArray<int> Layers, ImmutableArray<int> Inputs, ImmutableArray<int> Outputs)
{
    /// <param name="groups">Indices into <see cref="ChannelCoupling.Groups"/>.</param>
    /// <exception cref="ArgumentException">No group, or one that is not there.</exception>
    public static SubNetworkSpan Of(ChannelCoupling coupling, IEnumerable<int> groups)
    {
        var graph = coupling.Graph;
        var units = UnitsOf(coupling, groups);
        var count = graph.Layers.Length;
        var writes = Enumerable.Range(0, count).Select(i => coupling.UnitsOf(i).Any(u => u >= 0 && units[u])).ToArray();
        var ends = Enumerable.Range(0, count).Select(i => writes[i] || graph.Layers[i].Inputs.Any(input => writes[input])).ToArray();

        // Forward: what depends on the groups; backward: what one of the ends depends on.
        var (depends, leads) = ((bool[])writes.Clone(), (bool[])ends.Clone());
        for (var i = 0; i < count; i++)
        {
            depends[i] |= graph.Layers[i].Inputs.Any(input => depends[input]);
        }

        for (var i = count - 1; i >= 0; i--)
        {
            foreach (var input in leads[i] ? graph.Layers[i].Inputs : [])
            {
                leads[input] = true;
            }
        }

        var inside = Enumerable.Range(0, count).Select(i => depends[i] && leads[i]).ToArray();
        var outputs = Enumerable.Range(0, count)
            .Where(i => inside[i] && (i == count - 1 || Enumerable.Range(i + 1, count - i - 1)
                .Any(r => !inside[r] && graph.Layers[r].Inputs.Contains(i))));
        ImmutableArray<int> compared = [.. outputs];
        var inputs = MovedBack(coupling, inside);
        return new SubNetworkSpan([.. Enumerable.Range(0, count).Where(i => inside[i])], inputs, compared);
    }

    private static bool[] UnitsOf(ChannelCoupling coupling, IEnumerable<int> groups)
    {
        var units = new bool[coupling.UnitCount];
        foreach (var index in groups)
        {
            if (index < 0 || index >= coupling.Groups.Length)
            {
                throw new ArgumentException(
                    $"'{coupling.Graph.Name}' has {coupling.Groups.Length} groups, numbered from 0; there is no group {index}.",
                    nameof(groups));
            }

            units.AsSpan(coupling.Groups[index].FirstBit, coupling.Groups[index].Units.Length).Fill(true);
        }

        return units.Contains(true) ? units : throw new ArgumentException("A sub-network needs a group.", nameof(groups));
    }

    /// <summary>The inputs, after taking in those that cannot be kept by themselves.</summary>
    private static ImmutableArray<int> MovedBack(ChannelCoupling coupling, bool[] inside)
    {
        var graph = coupling.Graph;
        var values = ExecutionPlan.Of(graph).Select(operation => operation.Output).Append(0).ToHashSet();
        while (true)
        {
            ImmutableArray<int> inputs = [.. Enumerable.Range(0, inside.Length).Where(i => inside[i])
                .SelectMany(i => graph.Layers[i].Inputs)
                .Where(input => !inside[input]).Distinct().Order()];
            var unkept = inputs.Where(i => !values.Contains(i) || coupling.UnitsOf(i).Contains(ChannelCoupling.Zero)).ToArray();
            if (unkept.Length == 0)
            {
                return inputs;
            }

            foreach (var layer in unkept)
            {
                inside[layer] = true;
            }
        }
    }
}
