using System.Collections.Immutable;

namespace ActorPrune.Nn.Torch;

/// <summary>What a named tensor of a TorchScript module is; the numbers are those of the native header.</summary>
internal enum ScriptTensorKind
{
    Parameter = 0,

    Buffer = 1,

    /// <summary>Neither: it stays out of the state_dict.</summary>
    Constant = 2,
}

/// <summary>A tensor of a TorchScript module.</summary>
/// <param name="Name">Dotted path: "layer1.0.conv1.weight" is "weight" in a module "conv1" in "0" in "layer1".</param>
internal sealed record ScriptTensor(string Name, Tensor Value, ScriptTensorKind Kind);

/// <summary>TorchScript modules as the bytes of their files.</summary>
internal static unsafe class ScriptModule
{
    /// <summary>The file of a module with these methods and tensors, in evaluation mode.</summary>
    /// <param name="source">The methods, in TorchScript.</param>
    /// <param name="files">Extra files by name.</param>
    /// <exception cref="TorchException">The source does not compile, or two tensors have one name.</exception>
    public static byte[] Save(string source, IReadOnlyList<ScriptTensor> tensors, ImmutableSortedDictionary<string, string> files)
    {
        using var scope = torch.NewDisposeScope();
        var file = new Tensor(Native.ap_script_save(
            source,
            [.. tensors.Select(t => t.Name)],
            [.. tensors.Select(t => t.Value.Handle)],
            [.. tensors.Select(t => (int)t.Kind)],
            tensors.Count,
            [.. files.Keys],
            [.. files.Values],
            files.Count));
        var bytes = new byte[file.numel()];
        file.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Loads the module of a file anew and gives its output for <paramref name="x"/>.</summary>
    /// <exception cref="TorchException">It is not a TorchScript file, or cannot take this input.</exception>
    public static Tensor Forward(ReadOnlySpan<byte> file, Tensor x)
    {
        fixed (byte* data = file)
        {
            return new Tensor(Native.ap_script_forward(data, file.Length, x.Handle));
        }
    }
}
