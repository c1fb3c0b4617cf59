using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Application;

/// <summary>Proves, before an exported file is handed out, that loading it gives the network that was meant.</summary>
public static class ExportCheck
{
    private const int Images = 4;

    /// <summary><paramref name="file"/> itself, once writing what it holds and loading that again gave equal outputs on random images.</summary>
    /// <exception cref="CommandException">It did not: the file must not be used.</exception>
    public static byte[] Checked(byte[] file, string name)
    {
        var network = NetworkFile.Parse(file, name);
        var again = NetworkFile.Parse(NetworkFile.ToBytes(network), name);
        return Outputs(network).SequenceEqual(Outputs(again))
            ? file
            : throw new CommandException($"The exported network '{name}' does not give the same outputs when it is loaded again; nothing was written.");
    }

    private static float[] Outputs(SlimNetwork network)
    {
        var input = network.Graph.Input;
        var random = CounterRandom.For(1, "export", 0, 0, "images");
        var pixels = Enumerable.Range(0, Images * input.Channels * input.Height * input.Width).Select(_ => (float)random.NextGaussian()).ToArray();
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var module = new NetworkModule(network.Graph, network.Weights!, new ModuleOptions(Precision.Float32, Device.Cpu));
        return module.Forward(torch.tensor(pixels, [Images, input.Channels, input.Height, input.Width]).channels_last(), training: false).ToFloats();
    }
}
