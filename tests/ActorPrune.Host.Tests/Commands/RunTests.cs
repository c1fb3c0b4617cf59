using System.Text;
using System.Text.Json.Nodes;
using ActorPrune.Host.Application;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>The command line from the first run to the last, as processes.</summary>
public sealed class RunTests : IDisposable
{
    private readonly Folder folder = new();

    public RunTests()
    {
        folder.Write("tiny.conf", Folder.Tiny);
        folder.Write("slow.conf", Folder.Slow);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_leaves_all_its_files_and_the_same_command_again_computes_nothing()
    {
        var first = await HostProcess.Run(folder.Path, "run", "tiny.conf", "--set", "experiment.seed=7");
        first.ExitCode.ShouldBe(ExitCodes.Done, first.Errors);
        foreach (var file in (string[])["report.html", "front.csv", "front.json", "latency.json", "log", "knee.safetensors", "knee.graph.json"])
        {
            File.Exists(folder.Inside("home", "runs", "tiny", file)).ShouldBeTrue(file);
        }

        var log = File.ReadAllLines(folder.Inside("home", "runs", "tiny", "log"));
        log.ShouldAllBe(l => DateTimeOffset.Parse(l.Split(' ')[0]).Offset == TimeSpan.Zero);
        log.ShouldContain(l => l.Contains("joined", StringComparison.Ordinal));
        File.ReadAllText(folder.Inside("home", "runs", "tiny", "report.html")).ShouldContain("./actorprune run tiny.conf --set experiment.seed=7");

        var shown = JsonNode.Parse((await HostProcess.Run(folder.Path, "show", "tiny", "--json")).Output)!;
        var again = await HostProcess.Run(folder.Path, "run", "tiny.conf", "--set", "experiment.seed=7");
        again.ExitCode.ShouldBe(ExitCodes.Done, again.Errors);
        again.Messages[0].ShouldBe("Experiment tiny is finished: nothing is left to compute");
        again.Messages.ShouldContain(first.Messages[^2]);
        var after = JsonNode.Parse((await HostProcess.Run(folder.Path, "show", "tiny", "--json")).Output)!;
        after["evaluations"]!.ToJsonString().ShouldBe(shown["evaluations"]!.ToJsonString());
        after["digest"]!.GetValue<string>().ShouldBe(shown["digest"]!.GetValue<string>());
        shown["status"]!.GetValue<string>().ShouldBe("finished");
        ((JsonObject)shown).Select(p => p.Key).ShouldBe(
            ["name", "status", "method", "seed", "generation", "evaluations", "base", "front", "picks", "digest"], ignoreOrder: true);

        var other = await HostProcess.Run(folder.Path, "run", "tiny.conf", "--set", "experiment.seed=8");
        other.ExitCode.ShouldBe(ExitCodes.BadInput);
        other.Errors.ShouldContain("The name 'tiny' is taken by another configuration, which differs in:\n  experiment.seed: 7 → 8\n");

        var exported = await HostProcess.Run(folder.Path, "export", "tiny", "--pick", "light", "-o", "light.safetensors");
        exported.Output.Trim().ShouldBe(folder.Inside("light.safetensors"));
        NetworkFile.Parse(File.ReadAllBytes(folder.Inside("light.safetensors")), "light").Weights.ShouldNotBeNull();
        await ExportsInEveryFormat();

        (await HostProcess.Run(folder.Path, "report", "tiny", "-o", "sent.html")).ExitCode.ShouldBe(ExitCodes.Done);
        File.ReadAllText(folder.Inside("sent.html")).ShouldContain("</html>");
        (await HostProcess.Run(folder.Path, "delete", "tiny")).ExitCode.ShouldBe(ExitCodes.Done);
        Directory.Exists(folder.Inside("home", "runs", "tiny")).ShouldBeFalse();

        string[] Artifacts() => Directory.GetFiles(folder.Inside("home", "artifacts"), "*", SearchOption.AllDirectories);
        Artifacts().ShouldNotBeEmpty();
        var freed = (await HostProcess.Run(folder.Path, "clean", "--dry-run")).Output;
        freed.ShouldStartWith($"Would free {Artifacts().Length} files of weights and checkpoints, ");
        (await HostProcess.Run(folder.Path, "clean")).Output.ShouldBe(freed.Replace("Would free", "Freed", StringComparison.Ordinal));
        Artifacts().ShouldBeEmpty();
    }

    /// <summary>Each file gives the outputs that stand beside it, and says what its images must be.</summary>
    private async Task ExportsInEveryFormat()
    {
        foreach (var format in ExportFormat.All)
        {
            // The format is named the first time and follows from the ending the second.
            (await HostProcess.Run(folder.Path, "export", "tiny", "--format", format.Name)).ExitCode.ShouldBe(ExitCodes.Done);
            var named = File.ReadAllBytes(folder.Inside($"tiny-knee{format.Extension}"));
            var exported = await HostProcess.Run(folder.Path, "export", "tiny", "-o", $"out/my{format.Extension}", "--samples", "samples.safetensors");
            exported.ExitCode.ShouldBe(ExitCodes.Done, exported.Errors);
            exported.Output.Trim().ShouldBe(folder.Inside("out", $"my{format.Extension}"));
            exported.Messages.ShouldHaveSingleItem().ShouldStartWith($"knee of tiny as {format.Name}: ");
            var file = File.ReadAllBytes(folder.Inside("out", $"my{format.Extension}"));
            file.Length.ShouldBe(named.Length);
            Encoding.UTF8.GetString(file).ShouldContain("0.496", customMessage: "the mean of the drawn images");

            var samples = SafetensorsFile.Read(folder.Inside("samples.safetensors")).Tensors;
            using var scope = torch.NewDisposeScope();
            var images = torch.tensor(samples["images"].Floats, samples["images"].Shape.AsSpan());
            var found = format.Forward(file, images).ToFloats();
            var expected = samples["outputs"].Floats.ToArray();
            found.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * expected.Max(Math.Abs));
        }

        Directory.GetFiles(folder.Inside("out")).Length.ShouldBe(ExportFormat.All.Length, "nothing temporary stays");
        var logged = await HostProcess.Run(folder.Path, "export", "tiny", "--log-format", "json");
        ((string)JsonNode.Parse(logged.Messages.ShouldHaveSingleItem())!["message"]!).ShouldStartWith("knee of tiny as safetensors: ");
        var unknown = await HostProcess.Run(folder.Path, "export", "tiny", "--format", "pickle");
        unknown.ExitCode.ShouldBe(ExitCodes.BadInput);
        unknown.Errors.ShouldContain("'pickle' not recognized");
        unknown.Errors.ShouldContain("'torchscript'");
        var missing = await HostProcess.Run(folder.Path, "export", "tiny", "--pick", "middle");
        missing.ExitCode.ShouldBe(ExitCodes.BadInput);
        missing.Errors.ShouldContain("expected heavy, knee, light, base, or at30 and the like (picks.at), found 'middle'");
    }

    [Fact]
    public async Task A_search_whose_criterion_gene_has_no_effect_says_so_when_it_begins()
    {
        string[] evofc =
        [
            "--set", "search.method=evofc", "--set", "evofc.population=2", "--set", "evofc.generations=0", "--set", "evofc.criteria=[l1]",
        ];
        var blind = await HostProcess.Run(folder.Path, ["run", "tiny.conf", .. evofc, "--set", "evofc.inheritance=none"]);
        blind.ExitCode.ShouldBe(ExitCodes.Done, blind.Errors);
        blind.Messages[1].ShouldStartWith("evofc.inheritance = none: ");
        File.ReadAllText(folder.Inside("home", "runs", "tiny", "log")).ShouldContain("the criterion gene has no effect");

        (await HostProcess.Run(folder.Path, ["submit", "tiny.conf", "--name", "other", .. evofc])).Errors.ShouldNotContain("criterion gene");
    }

    [Fact]
    public async Task Ctrl_C_answers_with_the_resume_command_and_code_130_and_the_experiment_can_go_on()
    {
        using var running = HostProcess.Start(folder.Path, "run", "slow.conf", "--home", "a home");
        await running.Until("training, step");
        running.Signal(HostProcess.Interrupt);

        var outcome = await running.End();

        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Errors.ShouldContain("Interrupted: saving checkpoints");
        outcome.Errors.ShouldContain("Go on with: ./actorprune resume slow --home 'a home'");
        (await HostProcess.Run(folder.Path, "list", "--home", "a home")).Output.ShouldContain("stopped");

        using var resumed = HostProcess.Start(folder.Path, "resume", "slow", "--home", "a home");
        (await resumed.Until("Going on with slow")).ShouldContain("phase base");
        await resumed.Until("Base network");
        (await HostProcess.Run(folder.Path, "stop", "slow", "--home", "a home")).ExitCode.ShouldBe(ExitCodes.Done);
        var stopped = await resumed.End();
        stopped.ExitCode.ShouldBe(ExitCodes.Interrupted);
        stopped.Errors.ShouldContain("Stopped. Go on with: ./actorprune resume slow --home 'a home'");
    }

    [Fact]
    public async Task The_end_of_the_terminal_is_an_interruption_unless_it_is_to_be_ignored()
    {
        using var running = HostProcess.Start(folder.Path, "run", "slow.conf");
        await running.Until("training, step");
        running.Signal(HostProcess.HangUp);
        await running.Until("Interrupted: saving checkpoints");
        running.Signal(HostProcess.HangUp);
        var outcome = await running.End();
        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Errors.ShouldContain("Go on with: ./actorprune resume slow");

        // As under nohup.
        using var going = HostProcess.StartDeafToHangUp(folder.Path, "run", "slow.conf");
        await going.Until("Base network");
        going.Signal(HostProcess.HangUp);
        (await HostProcess.Run(folder.Path, "stop", "slow")).ExitCode.ShouldBe(ExitCodes.Done);
        (await going.End()).Errors.ShouldContain("Stopped. Go on with: ");
    }

    [Fact]
    public async Task A_run_directory_of_another_store_is_neither_written_nor_deleted()
    {
        (await HostProcess.Run(folder.Path, "run", "tiny.conf")).ExitCode.ShouldBe(ExitCodes.Done);
        var before = File.ReadAllText(folder.Inside("home", "runs", "tiny", "front.json"));
        string[] other = ["--db", $"sqlite:{folder.Inside("other.db")}"];
        (await HostProcess.Run(folder.Path, ["submit", "tiny.conf", "--set", "experiment.seed=8", .. other])).ExitCode.ShouldBe(ExitCodes.Done);

        foreach (var command in (string[][])[["report", "tiny"], ["delete", "tiny"], ["resume", "tiny"], ["run", "tiny.conf", "--set", "experiment.seed=8"]])
        {
            var refused = await HostProcess.Run(folder.Path, [.. command, .. other]);
            refused.ExitCode.ShouldBe(ExitCodes.BadInput, refused.Errors);
            refused.Errors.ShouldContain($"of another store, sqlite:actorprune.db; this one is sqlite:{folder.Inside("other.db")}.");
        }

        File.ReadAllText(folder.Inside("home", "runs", "tiny", "front.json")).ShouldBe(before);
        (await HostProcess.Run(folder.Path, ["delete", "tiny", "--home", "elsewhere", .. other])).ExitCode.ShouldBe(ExitCodes.Done);

        // One store by another address.
        Directory.CreateSymbolicLink(folder.Inside("alias"), folder.Home);
        var same = await HostProcess.Run(folder.Path, "report", "tiny", "--db", $"sqlite:{folder.Inside("alias", "actorprune.db")}");
        same.ExitCode.ShouldBe(ExitCodes.Done, same.Errors);

        // A home may be moved, and its journal named by its file.
        Directory.Move(folder.Home, folder.Inside("moved"));
        var report = await HostProcess.Run(
            folder.Path, "report", "tiny", "--home", "moved", "--db", $"sqlite:{folder.Inside("moved", "actorprune.db")}");
        report.ExitCode.ShouldBe(ExitCodes.Done, report.Errors);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_removed_is_named_and_the_experiment_stays()
    {
        (await HostProcess.Run(folder.Path, "submit", "tiny.conf")).ExitCode.ShouldBe(ExitCodes.Done);
        Directory.CreateDirectory(folder.Inside("home", "runs"));

        // What is no folder can be removed as one by nobody, whatever his rights.
        folder.Write(Path.Combine("home", "runs", "tiny"), "in the way");
        var refused = await HostProcess.Run(folder.Path, "delete", "tiny");
        refused.ExitCode.ShouldBe(ExitCodes.Failed);
        refused.Messages.ShouldHaveSingleItem().ShouldStartWith($"tiny is not deleted: its files in '{folder.Inside("home", "runs", "tiny")}' cannot");
        (await HostProcess.Run(folder.Path, "list")).Output.ShouldContain("tiny");

        File.Delete(folder.Inside("home", "runs", "tiny"));
        (await HostProcess.Run(folder.Path, "delete", "tiny")).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task A_report_to_standard_output_is_the_report_alone()
    {
        (await HostProcess.Run(folder.Path, "submit", "tiny.conf")).ExitCode.ShouldBe(ExitCodes.Done);

        var report = await HostProcess.Run(folder.Path, "report", "tiny", "-o", "/dev/stdout");

        report.ExitCode.ShouldBe(ExitCodes.Done, report.Errors);
        report.Output.TrimEnd().ShouldEndWith("</html>");
        (await HostProcess.Run(folder.Path, "report", "tiny", "-o", "/dev/fd/1")).Output.TrimEnd().ShouldEndWith("</html>");
    }

    [Fact]
    public async Task A_second_Ctrl_C_ends_the_process_at_once_and_the_experiment_can_go_on()
    {
        // Steps of some seconds: work is handed back between two of them, so the second signal comes first.
        string[] wide = ["--set", "network.width=6", "--set", "training.base.batch=256", "--set", "training.base.threads=1"];
        using (var running = HostProcess.Start(folder.Path, ["run", "slow.conf", .. wide]))
        {
            await running.Until("training, step");
            running.Signal(HostProcess.Interrupt);
            await running.Until("once more: stop at once");
            running.Signal(HostProcess.Interrupt);

            var outcome = await running.End();

            outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
            outcome.Messages[^1].ShouldBe("Stopped at once.");
        }

        using var again = HostProcess.Start(folder.Path, ["run", "slow.conf", .. wide]);
        (await again.Until("Going on with slow")).ShouldEndWith("work of 1 dead process taken back");
        again.Signal(HostProcess.Kill);
        (await again.End()).ExitCode.ShouldBe(128 + HostProcess.Kill);
    }

    [Fact]
    public async Task After_kill_9_the_same_command_takes_the_dead_processs_work_back_at_once()
    {
        using (var killed = HostProcess.Start(folder.Path, "run", "slow.conf"))
        {
            await killed.Until("Base network");
            killed.Signal(HostProcess.Kill);
            (await killed.End()).ExitCode.ShouldBe(128 + HostProcess.Kill);
        }

        using var again = HostProcess.Start(folder.Path, "run", "slow.conf");
        (await again.Until("Going on with slow")).ShouldEndWith("work of 1 dead process taken back");
        again.Signal(HostProcess.Interrupt);
        (await again.End()).ExitCode.ShouldBe(ExitCodes.Interrupted);
    }

    [Fact]
    public async Task A_second_process_on_the_same_experiment_joins_and_both_end_well()
    {
        using var one = HostProcess.Start(folder.Path, "run", "tiny.conf");
        using var two = HostProcess.Start(folder.Path, "run", "tiny.conf");

        var outcomes = await Task.WhenAll(one.End(), two.End());

        outcomes.ShouldAllBe(o => o.ExitCode == ExitCodes.Done);
        outcomes[0].Messages[^1].ShouldBe(outcomes[1].Messages[^1]);
        Directory.GetFiles(folder.Inside("home", "runs", "tiny"), "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_home_that_is_a_file_is_a_clear_error()
    {
        folder.Write("home", "not a folder");

        var outcome = await HostProcess.Run(folder.Path, "run", "tiny.conf");

        outcome.ExitCode.ShouldBe(ExitCodes.Failed);
        outcome.Messages.ShouldHaveSingleItem().ShouldContain(folder.Home);
    }
}
