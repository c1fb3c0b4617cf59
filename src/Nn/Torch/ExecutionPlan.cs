using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Torch;

/// <summary>What follows a batch norm within the same operation.</summary>
public enum Activation
{
    None = 0,
    Relu = 1,
    Relu6 = 2,
}

/// <summary>One operation to run.</summary>
/// <param name="Layer">The layer whose operation and parameters it is.</param>
/// <param name="Inputs">Layers whose values it reads. A batch norm's second input is a residual that is added to it.</param>
/// <param name="Output">The layer whose value it computes: the layer itself, or the last of those fused into it.</param>
/// <param name="Frees">Layers whose values nothing reads any more after it.</param>
internal sealed record PlannedOperation(int Layer, ImmutableArray<int> Inputs, int Output, Activation Activation, ImmutableArray<int> Frees);

/// <summary>A part of a graph that is run alone.</summary>
/// <param name="Inputs">Layers whose values are given.</param>
/// <param name="Outputs">Layers whose values are wanted; each follows from the inputs.</param>
internal sealed record GraphPart(ImmutableArray<int> Inputs, ImmutableArray<int> Outputs);

/// <summary>
/// The order in which a graph is run: batch norms take the residual sum and the activation behind them into their own pass over memory,
/// where no other layer reads the values between.
/// </summary>
internal static class ExecutionPlan
{
    /// <param name="part">What of it is run; null: all. Values at its ends are never inside of an operation.</param>
    /// <exception cref="ArgumentException">An output of the part does not follow from its inputs.</exception>
    public static ImmutableArray<PlannedOperation> Of(NetworkGraph graph, GraphPart? part = null)
    {
        var readers = Readers(graph);
        foreach (var end in part is null ? [] : part.Inputs.Concat(part.Outputs).Distinct())
        {
            readers[end].Add(graph.Layers.Length);
        }

        var operations = new SortedDictionary<int, PlannedOperation>();
        var absorbed = new HashSet<int>();
        for (var i = 1; i < graph.Layers.Length; i++)
        {
            if (graph.Layers[i].Op is Op.BatchNorm2d or Op.BatchNorm1d)
            {
                var operation = Fuse(graph, readers, absorbed, i);
                operations.Add(operation.Output, operation);
            }
            else if (!absorbed.Contains(i))
            {
                operations.Add(i, new PlannedOperation(i, graph.Layers[i].Inputs, i, Activation.None, []));
            }
        }

        return part is null
            ? WithFrees(operations.Values, graph.Layers.Length, [0])
            : WithFrees(Needed(graph, operations, part), graph.Layers.Length, [0, .. part.Inputs, .. part.Outputs]);
    }

    /// <summary>The operations between the ends of a part, in order.</summary>
    private static IEnumerable<PlannedOperation> Needed(NetworkGraph graph, SortedDictionary<int, PlannedOperation> operations,
        GraphPart part)
    {
        var (needed, open) = (new SortedSet<int>(), new Stack<int>(part.Outputs));
        while (open.TryPop(out var layer))
        {
            if (part.Inputs.Contains(layer) || !needed.Add(layer))
            {
                continue;
            }

            if (!operations.TryGetValue(layer, out var operation))
            {
                throw new ArgumentException($"The part of '{graph.Name}' reads '{graph.Layers[layer].Name}', which its inputs do not give.",
                    nameof(part));
            }

            foreach (var input in operation.Inputs)
            {
                open.Push(input);
            }
        }

        return needed.Select(layer => operations[layer]);
    }

    private static PlannedOperation Fuse(NetworkGraph graph, List<int>[] readers, HashSet<int> absorbed, int norm)
    {
        var inputs = graph.Layers[norm].Inputs;
        var end = norm;
        if (OnlyReader(readers, end) is { } sum && graph.Layers[sum] is { Op: Op.Add, Inputs: [var left, var right] } && left != right && absorbed.Add(sum))
        {
            inputs = inputs.Add(left == norm ? right : left);
            end = sum;
        }

        if (OnlyReader(readers, end) is { } next && graph.Layers[next].Op is Op.Relu or Op.Relu6)
        {
            absorbed.Add(next);
            return new PlannedOperation(norm, inputs, next, graph.Layers[next].Op is Op.Relu ? Activation.Relu : Activation.Relu6, []);
        }

        return new PlannedOperation(norm, inputs, end, Activation.None, []);
    }

    private static int? OnlyReader(List<int>[] readers, int layer) => readers[layer] is [var only] ? only : null;

    private static List<int>[] Readers(NetworkGraph graph)
    {
        var readers = Enumerable.Range(0, graph.Layers.Length).Select(_ => new List<int>()).ToArray();
        for (var i = 1; i < graph.Layers.Length; i++)
        {
            foreach (var input in graph.Layers[i].Inputs)
            {
                readers[input].Add(i);
            }
        }

        return readers;
    }

    /// <param name="spared">Values that are not ours to free: those that the caller gave, and those that it wants.</param>
    private static ImmutableArray<PlannedOperation> WithFrees(IEnumerable<PlannedOperation> operations, int layers,
        ImmutableArray<int> spared)
    {
        var list = operations.ToArray();
        var last = new int[layers];
        Array.Fill(last, -1);
        for (var i = 0; i < list.Length; i++)
        {
            foreach (var input in list[i].Inputs)
            {
                last[input] = i;
            }
        }

        return [.. list.Select((o, i) => o with { Frees = [.. o.Inputs.Distinct()
            .Where(input => last[input] == i && !spared.Contains(input))] })];
    }
}
