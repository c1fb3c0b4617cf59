using System.Runtime.InteropServices;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Pruning;

/// <summary>Cuts the weights of the layers that stay out of the whole network's weights.</summary>
internal static class WeightSlices
{
    /// <param name="wanted">Whether a layer's weights are cut out; null: all are.</param>
    /// <exception cref="ArgumentException">A weight is missing or has another shape or type than the network says.</exception>
    public static NamedTensors Of(NetworkGraph graph, SlimLayout layout, NamedTensors weights, Func<int, bool>? wanted = null)
    {
        var slices = new List<KeyValuePair<string, TensorData>>();
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            if (wanted?.Invoke(i) == false)
            {
                continue;
            }

            var layer = graph.Layers[i];
            foreach (var parameter in ParameterShapes.Of(layer.Name, layer.Op))
            {
                var tensor = Checked(weights, parameter);
                var slice = parameter.Shape.Length switch
                {
                    0 => tensor,
                    1 => Rows(tensor, layout.Outputs[i]),
                    _ => Kernels(tensor, layer.Op, layout, i),
                };
                slices.Add(KeyValuePair.Create(parameter.Name, slice));
            }
        }

        return NamedTensors.From(slices);
    }

    private static TensorData Checked(NamedTensors weights, ParameterShape parameter)
    {
        if (!weights.TryGetValue(parameter.Name, out var tensor))
        {
            throw new ArgumentException($"The weights lack '{parameter.Name}', of shape [{string.Join(", ", parameter.Shape)}].", nameof(weights));
        }

        return tensor.Type == parameter.Type && tensor.Shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan())
            ? tensor
            : throw new ArgumentException(
                $"The weight '{parameter.Name}' is {tensor.Type} [{string.Join(", ", tensor.Shape)}]; "
                + $"the network needs {parameter.Type} [{string.Join(", ", parameter.Shape)}].",
                nameof(weights));
    }

    private static TensorData Rows(TensorData tensor, int[] rows)
    {
        if (rows.Length == tensor.Shape[0])
        {
            return tensor;
        }

        var values = tensor.Floats;
        var slice = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            slice[i] = values[rows[i]];
        }

        return TensorData.Of([rows.Length], slice);
    }

    /// <summary>Out × In/Groups × K × K, or Out × In.</summary>
    private static TensorData Kernels(TensorData tensor, Op op, SlimLayout layout, int layer)
    {
        var (groups, inputs) = op is Op.Conv2d conv ? (conv.Groups, conv.In / conv.Groups) : (1, (int)tensor.Shape[1]);
        var (rows, reads) = (layout.Outputs[layer], layout.Reads[layer][0]);

        // Within a group every filter sees the same positions, since groups shrink alike; a depthwise filter sees its one.
        var columns = groups == 1 ? reads : inputs == 1 ? [0] : Array.FindAll(reads, c => c < inputs);
        var mask = layout.Masks[layer];
        if (rows.Length == tensor.Shape[0] && columns.Length == inputs && mask is null)
        {
            return tensor;
        }

        var area = (int)(tensor.Count / (tensor.Shape[0] * inputs));
        var values = tensor.Floats;
        var slice = new float[rows.Length * columns.Length * area];
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < columns.Length; column++)
            {
                if (mask is null || mask[row, column])
                {
                    values.Slice(((rows[row] * inputs) + columns[column]) * area, area)
                        .CopyTo(slice.AsSpan(((row * columns.Length) + column) * area, area));
                }
            }
        }

        return new TensorData(
            [rows.Length, columns.Length, .. tensor.Shape.AsSpan()[2..]], TensorType.Float32, MemoryMarshal.AsBytes(slice.AsSpan()).ToArray());
    }
}
