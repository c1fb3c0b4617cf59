using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>Jobs that are computed in a process of their own, with real trainings and real kills.</summary>
public sealed class IsolationTests : IDisposable
{
    /// <summary>Only what hangs needs this long, also on a machine that is busy with other things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Folder folder = new();

    public IsolationTests()
    {
        folder.Write("slow.conf", $"{Folder.Slow}\nevaluation {{ isolate-after = 0, max-attempts = 1, checkpoint-interval = 1s }}");
        folder.Write("killed.conf", Folder.Tiny.Replace(
            "training.base { epochs = 1, batch = 32,", "training.base { epochs = 60, batch = 16,", StringComparison.Ordinal));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_job_during_which_its_process_was_killed_three_times_completes_isolated_and_the_front_is_the_same()
    {
        string[] run = ["run", "killed.conf"];
        (await HostProcess.Run(folder.Path, [.. run, "--home", "undisturbed"])).ExitCode.ShouldBe(ExitCodes.Done);
        using (var workplace = Workplace.Open(folder.Home, null))
        {
            for (var kill = 1; kill <= 2; kill++)
            {
                using var killed = HostProcess.Start(folder.Path, run);
                Wait(() => workplace.Journal.Find("killed") is not null
                    && workplace.Journal.Jobs("killed").Any(j => j.Status == JobStatus.Leased && j.Attempts == kill));
                killed.Signal(HostProcess.Kill);
                (await killed.End()).ExitCode.ShouldBe(128 + HostProcess.Kill);
            }
        }

        using (var third = HostProcess.Start(folder.Path, run))
        {
            await third.Until("2 times so far: it is computed in a process of its own");
            using var child = Child(third);
            third.Signal(HostProcess.Kill);
            await third.End();
            child.WaitForExit(Patience).ShouldBeTrue("it does not outlive its parent");
        }

        var last = await HostProcess.Run(folder.Path, run);

        last.ExitCode.ShouldBe(ExitCodes.Done, last.Errors);
        last.Errors.ShouldContain("3 times so far: it is computed in a process of its own");
        var shown = await Shown("killed");
        shown["digest"]!.GetValue<string>().ShouldBe((await Shown("killed", "--home", "undisturbed"))["digest"]!.GetValue<string>());
        shown["evaluations"]!["failed"]!.GetValue<int>().ShouldBe(0);
        File.ReadAllText(folder.Inside("home", "runs", "killed", "front.json"))
            .ShouldBe(File.ReadAllText(folder.Inside("undisturbed", "runs", "killed", "front.json")));
    }

    [Fact]
    public async Task An_evaluators_process_that_is_killed_is_the_failure_of_its_job_told_with_its_reason()
    {
        using var running = HostProcess.Start(folder.Path, "run", "slow.conf");
        await running.Until("training, step");
        using (var child = Child(running))
        {
            var command = File.ReadAllText($"/proc/{child.Id}/cmdline").Split('\0');
            command.ShouldContain("evaluator");
            child.Kill();
        }

        var outcome = await running.End();

        outcome.ExitCode.ShouldBe(ExitCodes.Failed);
        outcome.Errors.ShouldContain(
            "The evaluator's process was ended by signal 9 (SIGKILL) while it computed this job. Probably memory ran out");
    }

    [Fact]
    public async Task A_node_works_on_an_experiments_jobs_as_the_experiment_says()
    {
        (await HostProcess.Run(folder.Path, "submit", "slow.conf")).ExitCode.ShouldBe(ExitCodes.Done);
        using var node = HostProcess.Start(folder.Path, "node", "--evaluators", "1");
        await node.Until("Took a job of experiment slow");
        using (var workplace = Workplace.Open(folder.Home, null))
        {
            // A process that dies before it has taken the job is not that job's failure: a checkpoint, the first artifact of all, shows that
            // it has.
            Wait(() => Directory.Exists(folder.Inside("home", "artifacts"))
                && Directory.EnumerateFiles(folder.Inside("home", "artifacts"), "*", SearchOption.AllDirectories).Any());
            using (var child = Child(node))
            {
                child.Kill();
            }

            // In a process of its own from the first time, and failed for good after one attempt: neither is the default.
            Wait(() => workplace.Journal.Find("slow")!.Status == ExperimentStatus.Failed);
            workplace.Journal.Jobs("slow").ShouldHaveSingleItem().Failure.ShouldNotBeNull().ShouldContain("signal 9");
        }

        node.Signal(HostProcess.Terminate);
        (await node.End()).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task Ctrl_C_takes_an_isolated_job_back_and_its_process_ends()
    {
        using var running = HostProcess.Start(folder.Path, "run", "slow.conf");
        await running.Until("training, step");
        using var child = Child(running);
        running.Signal(HostProcess.Interrupt);

        (await running.End()).ExitCode.ShouldBe(ExitCodes.Interrupted);
        child.WaitForExit(Patience).ShouldBeTrue();
        (await HostProcess.Run(folder.Path, "list")).Output.ShouldContain("stopped");
    }

    [Fact]
    public void An_evaluators_process_is_told_nothing_of_a_database()
    {
        Environment.SetEnvironmentVariable("PGAPPNAME", "isolation");

        var start = EvaluatorProgram.Starting("/home/me/.actorprune", ["/data"], 4);

        start.Environment.Keys.ShouldNotContain(k => k.StartsWith("PG", StringComparison.Ordinal));
        start.ArgumentList.TakeLast(7).ShouldBe(["evaluator", "--home", "/home/me/.actorprune", "--data", "/data", "--memory", "4"]);
    }

    [Fact]
    public async Task People_are_not_shown_the_command_that_only_programs_use() =>
        (await HostProcess.Run(folder.Path, "--help")).Output.ShouldNotContain("evaluator ", Case.Sensitive);

    private async Task<JsonNode> Shown(string name, params string[] where) =>
        JsonNode.Parse((await HostProcess.Run(folder.Path, ["show", name, "--json", .. where])).Output)!;

    /// <summary>The only process that <paramref name="parent"/> has started, once it is there.</summary>
    private static Process Child(HostProcess parent)
    {
        var found = 0;
        Wait(() => (found = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .FirstOrDefault(id => id > 0 && ParentOf(id) == parent.Id)) > 0);
        return Process.GetProcessById(found);
    }

    private static int? ParentOf(int process)
    {
        try
        {
            // The command's name stands in parentheses and may itself hold any character: fields are counted after the last one.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Wait(Func<bool> condition) => SpinWait.SpinUntil(condition, Patience).ShouldBeTrue();
}
