using ActorPrune.Nn.Formats.Onnx;
using ActorPrune.Nn.Pruning;

namespace ActorPrune.Nn.Formats;

/// <summary>Networks that somebody brings along: structure and weights in one file.</summary>
public static class NetworkReader
{
    /// <summary>
    /// An ONNX file (<see cref="OnnxFile.Read"/>), or a safetensors file that describes itself (<see cref="NetworkFile"/>), by its ending. The
    /// network is called after the file.
    /// </summary>
    /// <exception cref="FormatException">Neither, damaged, or with what is not read; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static SlimNetwork Read(string path)
    {
        var network = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".onnx" => OnnxFile.Read(path),
            ".safetensors" => NetworkFile.Read(path),
            _ => throw new FormatException($"{path}: expected a network in a file that ends in .onnx or .safetensors."),
        };
        return network.Masks.IsEmpty
            ? network with { Graph = network.Graph with { Name = Path.GetFileNameWithoutExtension(path) } }
            : throw new FormatException(
                $"{path}: kernels of {network.Masks.Keys.First()} are held at zero (pruning.channels = per-filter); networks without such are taken in.");
    }
}
