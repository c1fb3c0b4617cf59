using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>Weights that do not fit a network; the message lists what is missing, unexpected and of another shape.</summary>
public sealed class WeightMismatchException : FormatException
{
    public WeightMismatchException()
    {
    }

    public WeightMismatchException(string message)
        : base(message)
    {
    }

    public WeightMismatchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Fits weights that were trained elsewhere to a graph.</summary>
public static class PretrainedWeights
{
    /// <summary>What PyTorch's DataParallel puts before each name.</summary>
    private const string ParallelPrefix = "module.";

    /// <summary>Names of one kind that an error lists.</summary>
    private const int Listed = 10;

    /// <summary>
    /// The weights under the graph's names. A "module." before every name is taken off; <c>num_batches_tracked</c>, which old files lack
    /// and no output depends on, may be missing and is 0 then.
    /// </summary>
    /// <param name="source">What the error calls the weights: a file's name.</param>
    /// <exception cref="WeightMismatchException">Names or shapes differ; one message says all of it.</exception>
    public static NamedTensors Fit(NetworkGraph graph, NamedTensors weights, string source)
    {
        var strip = weights.Count > 0 && weights.Keys.All(k => k.StartsWith(ParallelPrefix, StringComparison.Ordinal));
        var left = weights.ToDictionary(t => strip ? t.Key[ParallelPrefix.Length..] : t.Key, t => t.Value, StringComparer.Ordinal);
        var fitted = new List<KeyValuePair<string, TensorData>>();
        var (missing, shapes) = (new List<string>(), new List<string>());
        foreach (var parameter in ParameterShapes.Of(graph))
        {
            if (left.Remove(parameter.Name, out var tensor))
            {
                if (tensor.Type != parameter.Type || !tensor.Shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan()))
                {
                    shapes.Add($"{parameter.Name} ({tensor.Type} [{string.Join(", ", tensor.Shape)}], "
                        + $"expected {parameter.Type} [{string.Join(", ", parameter.Shape)}])");
                }

                fitted.Add(KeyValuePair.Create(parameter.Name, tensor));
            }
            else if (parameter.Type == TensorType.Int64)
            {
                fitted.Add(KeyValuePair.Create(parameter.Name, TensorData.Of([], [0L])));
            }
            else
            {
                missing.Add(parameter.Name);
            }
        }

        string[] complaints =
        [
            .. Complaint("missing", missing),
            .. Complaint("unexpected", [.. left.Keys.Order(StringComparer.Ordinal)]),
            .. Complaint("of another shape or type", shapes),
        ];
        return complaints.Length == 0
            ? NamedTensors.From(fitted)
            : throw new WeightMismatchException($"{source} does not fit the network '{graph.Name}': {string.Join("; ", complaints)}.");
    }

    private static IEnumerable<string> Complaint(string what, List<string> names)
    {
        if (names.Count > 0)
        {
            var more = names.Count > Listed ? $" and {names.Count - Listed} more" : "";
            yield return $"{names.Count} {what}: {string.Join(", ", names.Take(Listed))}{more}";
        }
    }
}
