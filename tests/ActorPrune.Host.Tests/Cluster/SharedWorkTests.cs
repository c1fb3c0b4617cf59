using System.Text.Json.Nodes;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Tests.Commands;

namespace ActorPrune.Host.Tests.Cluster;

/// <summary>Nodes as processes at work on one PostgreSQL, against what one process on SQLite computes.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SharedWorkTests(PostgresServer server) : IDisposable
{
    private readonly ClusterStage stage = new(server);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Three_nodes_give_the_digest_of_run_and_the_report_leaves_all_that_run_leaves()
    {
        var nodes = await Task.WhenAll(
            stage.Join("one", "--evaluators", "1"),
            stage.Join("two", "--evaluators", "1", "--roles", "evaluators"),
            stage.Join("three", "--roles", "islands"));
        var submitted = await stage.Run("submit", "tiny.conf");
        submitted.Output.ShouldContain($"./actorprune node --db '{stage.Url}'");
        stage.AwaitEnd("tiny");

        var reference = await HostProcess.Run(stage.Folder.Path, "run", "tiny.conf", "--home", "reference");
        reference.ExitCode.ShouldBe(ExitCodes.Done, reference.Errors);
        var report = await stage.Run("report", "tiny");

        var directory = stage.Folder.Inside("home", "runs", "tiny");
        report.Output.Trim().ShouldBe(Path.Combine(directory, "report.html"));
        var expected = stage.Folder.Inside("reference", "runs", "tiny");
        Names(directory).ShouldBe(Names(expected).Where(n => n != "log"));
        foreach (var same in (string[])["front.json", "knee.graph.json", "knee.safetensors"])
        {
            File.ReadAllBytes(Path.Combine(directory, same)).ShouldBe(File.ReadAllBytes(Path.Combine(expected, same)), same);
        }

        (await stage.Run("export", "tiny", "--pick", "light", "-o", "light.safetensors")).Output.ShouldContain("light.safetensors");
        (await stage.Run("list")).Output.ShouldContain("finished");
        var listed = JsonNode.Parse((await stage.Run("nodes", "--json")).Output)!["nodes"]!.AsArray();
        listed.Select(n => $"{n!["name"]} {n["alive"]} {n["evaluators"]}").Order()
            .ShouldBe(["one true 1 × cpu", "three true no evaluators", "two true 1 × cpu"]);
        listed.Sum(n => (long)n!["completed"]!).ShouldBe(stage.Journal.Jobs("tiny").Length);
        var left = await Task.WhenAll(nodes.Select(stage.Leave));
        left.ShouldAllBe(o => o.Errors.Contains(" left after ", StringComparison.Ordinal));
        stage.Journal.Nodes().ShouldBeEmpty();
        File.ReadAllText(stage.Folder.Inside("home", "nodes", "one.log")).ShouldContain("Node one joined");
    }

    [Fact]
    public async Task A_node_that_was_killed_and_one_that_was_paused_beyond_its_lease_change_nothing()
    {
        var doomed = await stage.Join("doomed", "--evaluators", "1", "--lease", "1s");
        var paused = await stage.Join("paused", "--evaluators", "1", "--lease", "1s");
        await stage.Run("submit", "tiny.conf");
        stage.Await(j => j.Counts("tiny").Computed >= 5, "no evaluation is computed");

        doomed.Signal(HostProcess.Kill);
        paused.Signal(HostProcess.Stop);
        var steady = await stage.Join("steady", "--evaluators", "1");
        stage.Await(
            j => Seen(j).Any(n => n.Node is { Alive: false, Info.Name: "paused" } && n.Jobs.IsEmpty), "nobody takes over");
        paused.Signal(HostProcess.Continue);
        stage.AwaitEnd("tiny");

        var reference = await HostProcess.Run(stage.Folder.Path, "run", "tiny.conf", "--home", "reference");
        reference.ExitCode.ShouldBe(ExitCodes.Done, reference.Errors);
        var shown = JsonNode.Parse((await stage.Run("show", "tiny", "--json")).Output)!;
        var alone = JsonNode.Parse((await HostProcess.Run(stage.Folder.Path, "show", "tiny", "--home", "reference", "--json")).Output)!;
        shown["digest"]!.GetValue<string>().ShouldBe(alone["digest"]!.GetValue<string>());
        shown["evaluations"]!["computed"]!.GetValue<long>().ShouldBe(alone["evaluations"]!["computed"]!.GetValue<long>());
        await stage.Leave(paused);
        await stage.Leave(steady);
    }

    [Fact]
    public async Task Stop_makes_nodes_drop_the_experiments_work_and_stay_and_resume_goes_on_with_it()
    {
        var node = await stage.Join("one", "--evaluators", "1");
        await stage.Run("submit", "slow.conf");
        await node.Until("Took a job of experiment slow");

        await stage.Run("stop", "slow");
        stage.Await(j => Seen(j).Single() is { Jobs.IsEmpty: true, Actors: 0 }, "the node does not drop it");
        await stage.Run("submit", "tiny.conf");
        stage.AwaitEnd("tiny");
        stage.Journal.Find("slow")!.Status.ShouldBe(ExperimentStatus.Stopped);

        var resumed = stage.Start("resume", "slow", "--evaluators", "1");
        await resumed.Until("Going on with slow");
        stage.Await(j => Seen(j).Any(n => n.Jobs.Any(job => job.Experiment == "slow")), "nobody goes on");
        resumed.Signal(HostProcess.Interrupt);
        (await resumed.End()).ExitCode.ShouldBe(ExitCodes.Interrupted);

        // The node works on: interrupting one helper does not stop the experiment.
        stage.Journal.Find("slow")!.Status.ShouldBe(ExperimentStatus.Running);
        (await stage.Start("delete", "slow").End()).Errors.ShouldContain("stop it first");
        await stage.Leave(node);
        stage.Journal.Jobs("slow").ShouldHaveSingleItem().Status.ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task A_node_without_the_data_set_says_so_and_leaves_the_experiment_to_one_that_has_it()
    {
        var images = TinyCifar.Write(stage.Folder.Inside("images"));
        stage.Folder.Write("images.conf", ClusterStage.Tiny.Replace(
            "data.name = shapes", "data { name = cifar10, checksum = any }", StringComparison.Ordinal));
        var empty = Directory.CreateDirectory(stage.Folder.Inside("empty")).FullName;
        var elsewhere = new Dictionary<string, string>(stage.Environment) { [DataRoot.Variable] = empty };
        var without = stage.Start(elsewhere, "node", "--name", "without");
        await without.Until("joined");
        var with = new Dictionary<string, string>(stage.Environment) { [DataRoot.Variable] = images };
        (await stage.Start(with, "submit", "images.conf").End()).ExitCode.ShouldBe(ExitCodes.Done);

        (await without.Until("is left to other nodes")).ShouldSatisfyAllConditions(
            l => l.ShouldContain("Experiment images"), l => l.ShouldContain("CIFAR-10"), l => l.ShouldContain(empty));
        var node = stage.Start(with, "node", "--name", "with", "--evaluators", "1", "--roles", NodeRoles.Evaluators);
        stage.AwaitEnd("images");

        var done = Seen(stage.Journal).ToDictionary(n => n.Node.Info.Name, n => n.Completed);
        done["without"].ShouldBe(0);
        done["with"].ShouldBe(stage.Journal.Jobs("images").Length);
        stage.Journal.Counts("images").Failed.ShouldBe(0);
        await stage.Leave(without);
        await stage.Leave(node);
    }

    private static IEnumerable<NodeActivity> Seen(IJournal journal) => journal.Activity(TimeSpan.FromHours(1)).Nodes;

    private static IEnumerable<string> Names(string directory) =>
        Directory.GetFiles(directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);
}
