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

/// <summary>
/// The order in which a graph is run: batch norms take the residual sum and the activation behind them into their own pass over memory, where no other
/// layer reads the values between.
/// </summary>
internal static class ExecutionPlan
{
    public static ImmutableArray<PlannedOperation> Of(NetworkGraph graph)
    {
        var readers = Readers(graph);
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

        return WithFrees(operations.Values, graph.Layers.Length);
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

    private static ImmutableArray<PlannedOperation> WithFrees(IEnumerable<PlannedOperation> operations, int layers)
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

        // Layer 0 is the caller's images: not ours to free.
        return [.. list.Select((o, i) => o with { Frees = [.. o.Inputs.Distinct().Where(input => input != 0 && last[input] == i)] })];
    }
}
