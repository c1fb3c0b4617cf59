using ActorPrune.Host.Application;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>An experiment whose data set's files moved meanwhile must not count their absence as its candidates' failures.</summary>
public sealed class MovedDataTests : IDisposable
{
    private const int RecordBytes = 3073;
    private const int Records = 40;

    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task To_go_on_without_the_images_is_refused_and_works_again_once_they_are_in_the_homes_data_folder()
    {
        WriteImages();
        folder.Write("slow.conf", Folder.Slow.Replace(
            "data.name = shapes", "data { name = cifar10, checksum = any, path = images }", StringComparison.Ordinal));
        using (var begun = HostProcess.Start(folder.Path, "run", "slow.conf"))
        {
            await begun.Until("Base network");
            begun.Signal(HostProcess.Interrupt);
            (await begun.End()).ExitCode.ShouldBe(ExitCodes.Interrupted);
        }

        Directory.Move(folder.Inside("images"), folder.Inside("elsewhere"));
        var refused = await HostProcess.Run(folder.Path, "resume", "slow");
        refused.ExitCode.ShouldBe(ExitCodes.BadInput);
        refused.Messages.ShouldHaveSingleItem().ShouldStartWith("slow cannot go on: CIFAR-10 (binary version): found none of its files");
        (await HostProcess.Run(folder.Path, "list")).Output.ShouldContain("stopped");

        Directory.Move(folder.Inside("elsewhere"), folder.Inside("home", "data"));
        using var resumed = HostProcess.Start(folder.Path, "resume", "slow");
        await resumed.Until("Base network");
        resumed.Signal(HostProcess.Interrupt);
        (await resumed.End()).ExitCode.ShouldBe(ExitCodes.Interrupted);

        File.WriteAllBytes(folder.Inside("home", "data", "cifar-10-batches-bin", "test_batch.bin"), new byte[RecordBytes]);
        var others = await HostProcess.Run(folder.Path, "resume", "slow");
        others.Messages.ShouldHaveSingleItem().ShouldContain("begun with data set cifar10 of content");
    }

    /// <summary>Images in CIFAR-10's format, of all ten classes and any colour.</summary>
    private void WriteImages()
    {
        var data = Directory.CreateDirectory(folder.Inside("images", "cifar-10-batches-bin")).FullName;
        foreach (var name in Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin").Append("test_batch.bin"))
        {
            var bytes = Enumerable.Range(0, Records * RecordBytes).Select(i => i % RecordBytes == 0 ? i / RecordBytes % 10 : i * 7 % 251);
            File.WriteAllBytes(Path.Combine(data, name), [.. bytes.Select(b => (byte)b)]);
        }
    }
}
