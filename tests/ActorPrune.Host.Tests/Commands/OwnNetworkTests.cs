using System.Text.Json.Nodes;
using ActorPrune.Host.Application;
using ActorPrune.Nn.Formats;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>Networks that are brought along (<c>network.file</c>), as processes.</summary>
public sealed class OwnNetworkTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(".onnx")]
    [InlineData(".safetensors")]
    public async Task A_pick_that_was_exported_is_taken_in_with_its_weights_and_pruned_further(string ending)
    {
        folder.Write("tiny.conf", Folder.Tiny);
        folder.Write("own.conf", $$"""
            include required(file("tiny.conf"))
            network { file = "pick{{ending}}", width = 1 }
            training.base.mode = load
            search.method = nsga2
            nsga2 { population = 4, generations = 1 }
            """);
        (await HostProcess.Run(folder.Path, "run", "tiny.conf")).ExitCode.ShouldBe(ExitCodes.Done);
        (await HostProcess.Run(folder.Path, "export", "tiny", "--pick", "heavy", "-o", $"pick{ending}")).ExitCode.ShouldBe(ExitCodes.Done);

        var run = await HostProcess.Run(folder.Path, "run", "own.conf");
        run.ExitCode.ShouldBe(ExitCodes.Done, run.Errors);
        run.Messages.ShouldContain(m => m.StartsWith("Experiment own: nsga2 on pick, shapes", StringComparison.Ordinal));

        var (first, own) = (await Shown("tiny"), await Shown("own"));
        own["base"]!["error"]!.GetValue<double>().ShouldBe(first["picks"]!["heavy"]!["finalErrorLast"]!.GetValue<double>());
        own["base"]!["macs"]!.GetValue<long>().ShouldBe(first["picks"]!["heavy"]!["macs"]!.GetValue<long>());
        own["picks"]!["light"]!["macs"]!.GetValue<long>().ShouldBeLessThan(own["base"]!["macs"]!.GetValue<long>());
        NetworkFile.Read(folder.Inside("home", "runs", "own", "light.safetensors")).Graph.Name.ShouldBe("pick");

        // Where the file lies makes no difference, what it holds does.
        Directory.CreateDirectory(folder.Inside("moved"));
        File.Move(folder.Inside($"pick{ending}"), folder.Inside("moved", $"pick{ending}"));
        var again = await HostProcess.Run(folder.Path, "run", "own.conf", "--set", $"network.file=moved/pick{ending}");
        again.Messages[0].ShouldBe("Experiment own is finished: nothing is left to compute");
        (await HostProcess.Run(folder.Path, "export", "tiny", "--pick", "light", "-o", $"pick{ending}")).ExitCode.ShouldBe(ExitCodes.Done);
        var other = await HostProcess.Run(folder.Path, "run", "own.conf");
        other.ExitCode.ShouldBe(ExitCodes.BadInput);
        other.Errors.ShouldContain("network.file (content): ");
    }

    [Fact]
    public async Task A_file_that_does_not_fit_is_refused_with_both_sides_before_anything_is_written()
    {
        folder.Write("tiny.conf", Folder.Tiny);
        folder.Write("own.conf", """
            include required(file("tiny.conf"))
            network { file = "pick.onnx", width = 1 }
            """);
        (await HostProcess.Run(folder.Path, "run", "tiny.conf", "--home", "other")).ExitCode.ShouldBe(ExitCodes.Done);
        (await HostProcess.Run(folder.Path, "export", "tiny", "--home", "other", "-o", "pick.onnx")).ExitCode.ShouldBe(ExitCodes.Done);
        Digits.Write(folder.Path);

        await Refused(["--set", "data.name=mnist", "--set", $"data.path={folder.Path}", "--set", "data.checksum=any"],
            "network.file: pick takes 3×32×32 images and gives 10 features. The data set mnist has 10 classes of 1×28×28 images");
        await Refused(["--set", "network.weights=w.safetensors"], "network.weights: expected none beside network.file");
        await Refused(["--set", "network.width=0.5"], "network.width: expected 1 beside network.file");
        await Refused(["--set", "network.file=none.onnx"], "network.file: cannot read 'none.onnx'");
        File.WriteAllBytes(folder.Inside("cut.onnx"), File.ReadAllBytes(folder.Inside("pick.onnx"))[..2000]);
        await Refused(["--set", "network.file=cut.onnx"], "network.file: cut.onnx");
        Directory.Exists(folder.Home).ShouldBeFalse();

        async Task Refused(string[] options, string reason)
        {
            var refused = await HostProcess.Run(folder.Path, ["run", "own.conf", .. options]);
            refused.ExitCode.ShouldBe(ExitCodes.BadInput, refused.Errors);
            refused.Errors.ShouldContain(reason);
        }
    }

    private async Task<JsonNode> Shown(string name) => JsonNode.Parse((await HostProcess.Run(folder.Path, "show", name, "--json")).Output)!;
}
