using ActorPrune.Host.Application;
using ActorPrune.Host.Tests.Cluster;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>An experiment whose data set's files moved meanwhile must not count their absence as its candidates' failures.</summary>
public sealed class MovedDataTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task To_go_on_without_the_images_is_refused_and_works_again_once_they_are_in_the_homes_data_folder()
    {
        TinyCifar.Write(folder.Inside("images"));
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

        File.WriteAllBytes(folder.Inside("home", "data", "cifar-10-batches-bin", "test_batch.bin"), new byte[TinyCifar.RecordBytes]);
        var others = await HostProcess.Run(folder.Path, "resume", "slow");
        others.Messages.ShouldHaveSingleItem().ShouldContain("begun with data set cifar10 of content");
    }
}
