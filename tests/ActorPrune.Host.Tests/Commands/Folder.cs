namespace ActorPrune.Host.Tests.Commands;

/// <summary>A folder for one test, with a configuration that is done in a second.</summary>
internal sealed class Folder : IDisposable
{
    public const string Tiny = """
        network { name = resnet8, shortcut = a, width = 0.25 }
        data.name = shapes
        data.shapes { train = 300, test = 100 }
        training.base { epochs = 1, batch = 32, threads = 1 }
        training.evaluation { steps = 1, batch = 16, recalibration = 0 }
        training.final { epochs = 1, batch = 32 }
        training.precision = fp32
        cost.latency { batch = 4, repeats = 2 }
        search.method = cemba
        cemba {
          epochs = 1, upper-islands = 1, lower-islands = 1, upper-population = 3, upper-generations = 1, lower-population = 2
          lower-generations = 1, leaders = 1, responses = 1, exchange = 1
        }
        """;

    /// <summary>A base network that takes minutes: long enough to be interrupted.</summary>
    public static string Slow { get; } = Tiny.Replace(
        "training.base { epochs = 1, batch = 32,", "training.base { epochs = 5000, batch = 16,", StringComparison.Ordinal);

    public string Path { get; } = Directory.CreateTempSubdirectory("actorprune host ").FullName;

    public string Home => Inside("home");

    public string Inside(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Write(string name, string text) => File.WriteAllText(Inside(name), text);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
