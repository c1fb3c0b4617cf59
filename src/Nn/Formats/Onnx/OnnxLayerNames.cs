namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Names for the layers of an imported network: PyTorch's module paths where the file tells them. Exporters keep them in the names of weights
/// ("layer1.0.conv1.weight"), unless they merged a batch norm into a convolution, and in those of values ("/layer1/layer1.0/conv1/Conv_output_0").
/// </summary>
internal sealed class OnnxLayerNames
{
    private const string Weight = ".weight";

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    public string Of(OnnxNodeReader node)
    {
        var (op, output) = (node.Node.Op, node.Node.Output);
        var module = op is "Conv" or "Gemm" or "BatchNormalization";
        if (module && node.Node.Inputs.Length > 1 && node.Node.Inputs[1] is { } weight && weight.EndsWith(Weight, StringComparison.Ordinal)
            && weight.Length > Weight.Length)
        {
            return Of(weight[..^Weight.Length]);
        }

        if (!output.StartsWith('/'))
        {
            return Of(output);
        }

        var parts = output.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var last = parts.Length > 0 ? parts[^1] : output;
        var end = last.IndexOf("_output_", StringComparison.Ordinal);

        // A path names each module by its whole path again: "/layer1/layer1.0/conv1" is layer1.0.conv1.
        var path = new List<string>();
        foreach (var part in parts[..Math.Max(0, parts.Length - 1)])
        {
            if (path.Count > 0 && part.StartsWith($"{path[^1]}.", StringComparison.Ordinal))
            {
                path.RemoveAt(path.Count - 1);
            }

            path.Add(part);
        }

        // What computes with weights is a module; of the others a module may have several.
        return Of(string.Join('.', module && path.Count > 0 ? path : [.. path, end > 0 ? last[..end] : last]));
    }

    /// <summary>
    /// The name itself, in letters that it may have in every format (values are called "onnx::Relu_12", too), with a number behind it where it
    /// is taken.
    /// </summary>
    public string Of(string wanted)
    {
        var plain = string.Concat(wanted.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
        var name = plain;
        for (var number = 2; !taken.Add(name); number++)
        {
            name = $"{plain}_{number}";
        }

        return name;
    }
}
