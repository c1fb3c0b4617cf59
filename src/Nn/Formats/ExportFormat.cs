using System.Collections.Immutable;
using ActorPrune.Nn.Formats.Onnx;
using ActorPrune.Nn.Formats.TorchScript;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Formats;

/// <summary>A file format in which networks are handed out. A new one is a class here and an entry in <see cref="All"/>.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Extension">Of its files, with the dot.</param>
/// <param name="Tolerance">
/// By how much outputs may differ from the network's own, as a share of the largest output: other operations sum in another order, so
/// the last digits of float32 differ.
/// </param>
public abstract record ExportFormat(string Name, string Extension, double Tolerance)
{
    /// <summary>For formats that are run by other operations than the network's own.</summary>
    private const double Rounding = 1e-4;

    public static ImmutableArray<ExportFormat> All { get; } = [new Safetensors(), new TorchScriptModule(), new OnnxModule()];

    /// <summary>The format of a file called <paramref name="path"/>; null if its ending is none of theirs.</summary>
    public static ExportFormat? OfPath(string path) =>
        All.FirstOrDefault(f => path.EndsWith(f.Extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The network as the bytes of a file.</summary>
    /// <param name="notes">What its users have to know beside: normalisation, classes.</param>
    /// <exception cref="FormatException">The format cannot hold this network; the message says why.</exception>
    /// <exception cref="TorchException">libtorch refused to write it.</exception>
    public abstract byte[] Write(SlimNetwork network, IReadOnlyDictionary<string, string> notes);

    /// <summary>
    /// What the network in a file gives for images (N×C×H×W, float32), read anew from its bytes: N×classes. It belongs to the current
    /// scope.
    /// </summary>
    /// <exception cref="FormatException">The file is damaged.</exception>
    /// <exception cref="TorchException">As above.</exception>
    public abstract Tensor Forward(byte[] file, Tensor images);

    private static Tensor Forward(SlimNetwork network, Tensor images)
    {
        using var module = new NetworkModule(network.Graph, BakedMasks.Of(network), new ModuleOptions(Precision.Float32, Device.Cpu));
        return module.Forward(images.channels_last(), training: false);
    }

    private sealed record Safetensors() : ExportFormat("safetensors", ".safetensors", 0)
    {
        public override byte[] Write(SlimNetwork network, IReadOnlyDictionary<string, string> notes) => NetworkFile.ToBytes(network, notes);

        public override Tensor Forward(byte[] file, Tensor images) => Forward(NetworkFile.Parse(file, Name), images);
    }

    private sealed record TorchScriptModule() : ExportFormat("torchscript", ".pt", Rounding)
    {
        public override byte[] Write(SlimNetwork network, IReadOnlyDictionary<string, string> notes) =>
            TorchScriptFile.ToBytes(network, notes);

        public override Tensor Forward(byte[] file, Tensor images) => TorchScriptFile.Forward(file, images);
    }

    private sealed record OnnxModule() : ExportFormat("onnx", ".onnx", Rounding)
    {
        public override byte[] Write(SlimNetwork network, IReadOnlyDictionary<string, string> notes) => OnnxFile.ToBytes(network, notes);

        public override Tensor Forward(byte[] file, Tensor images) => Forward(OnnxFile.Parse(file, Name), images);
    }
}
