using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;

namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Networks as ONNX files (onnx.ai), operator set 13: input N×C×H×W, float32, normalised, for any N; output N×classes. Weights are
/// initializers under PyTorch's names, values are called after their layers.
/// </summary>
public static class OnnxFile
{
    /// <summary>Old enough for every runtime in use, and new enough for all operations here.</summary>
    public const int Opset = 13;

    /// <summary>Largest operator set of which the operations that are read mean the same.</summary>
    internal const int NewestOpset = 23;

    /// <summary>The file's bytes: equal for equal networks.</summary>
    /// <param name="notes">For the model's metadata.</param>
    /// <exception cref="WeightMismatchException">Graph and weights do not belong together.</exception>
    /// <exception cref="GraphException">Two names clash.</exception>
    /// <exception cref="OnnxException">Its weights are more than one file can hold.</exception>
    /// <exception cref="ArgumentException">The network has no weights.</exception>
    public static byte[] ToBytes(SlimNetwork network, IReadOnlyDictionary<string, string>? notes = null)
    {
        var weights = PretrainedWeights.Fit(network.Graph.Validate(), BakedMasks.Of(network), "The given weights");
        return OnnxEncoder.Encode(OnnxExport.Of(network.Graph, weights, notes));
    }

    /// <summary>
    /// A network that computes what the file says: what <see cref="ToBytes"/> writes, and what PyTorch's exporters write for such layers.
    /// Composed operations come back as several layers (a padded shortcut as a slice and a padding, for instance).
    /// </summary>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="FormatException">Damaged, too large, or with operations that are not read (<see cref="OnnxException"/>), or
    /// layers or weights that do not fit each other.</exception>
    public static SlimNetwork Parse(ReadOnlyMemory<byte> file, string name) => OnnxImport.Network(new OnnxDecoder(name).Decode(file), name);

    /// <summary>As <see cref="Parse"/>, from a file and those beside it that hold its weights.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static SlimNetwork Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var beside = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        ReadOnlyMemory<byte> Beside(string name)
        {
            if (!beside.TryGetValue(name, out var content))
            {
                beside.Add(name, content = Bytes(Path.Combine(folder, name)));
            }

            return content;
        }

        return OnnxImport.Network(new OnnxDecoder(path, Beside).Decode(Bytes(path)), path);
    }

    private static byte[] Bytes(string path) => new FileInfo(path) is { Exists: true, Length: > OnnxLimits.File } large
        ? throw new OnnxException($"{path}: {large.Length} bytes are too many; at most {OnnxLimits.File} are read.")
        : File.ReadAllBytes(path);
}
