using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Tests.Commands;

namespace ActorPrune.Host.Tests.Cluster;

/// <summary>How nodes join, and how they are refused.</summary>
[Collection(ClusterCollection.Name)]
public sealed class JoiningTests(PostgresServer server) : IDisposable
{
    private readonly ClusterStage stage = new(server);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_living_nodes_name_is_refused_and_comes_back_when_that_node_is_gone()
    {
        var first = await stage.Join("worker", "--evaluators", "1");

        var second = await stage.Start("node", "--name", "worker").End();
        second.ExitCode.ShouldBe(ExitCodes.BadInput);
        second.Messages.ShouldHaveSingleItem().ShouldContain("'worker'");

        first.Signal(HostProcess.Kill);
        await first.End();
        var third = await stage.Join("worker", "--evaluators", "1");
        await stage.Leave(third);
        stage.Journal.Nodes().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("not-the-password-7d1f")]
    [InlineData("")]
    public async Task Without_the_right_password_a_node_is_told_so_at_once_and_prints_none(string password)
    {
        _ = stage.Journal;
        var refused = await stage.Start(new Dictionary<string, string> { ["PGPASSWORD"] = password }, "node", "--name", "stranger").End();

        refused.ExitCode.ShouldBe(ExitCodes.Failed);
        refused.Messages.ShouldHaveSingleItem().ShouldContain("PGPASSWORD");
        var written = refused.Errors + refused.Output + File.ReadAllText(stage.Folder.Inside("home", "nodes", "stranger.log"));
        written.ShouldNotContain("not-the-password-7d1f");
        written.ShouldNotContain(server.Password);
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_told_at_once()
    {
        var url = stage.Url.Replace(PostgresServer.Database, "nowhere", StringComparison.Ordinal);
        using var node = HostProcess.Start(stage.Folder.Path, stage.Environment, "node", "--db", url);
        var refused = await node.End();

        refused.ExitCode.ShouldBe(ExitCodes.Failed);
        refused.Messages.ShouldHaveSingleItem().ShouldContain("createdb");
    }

    [Fact]
    public async Task A_database_that_is_down_at_the_start_is_waited_for_and_named_once()
    {
        server.Kill();
        var node = stage.Start("node", "--name", "early", "--evaluators", "1");
        await node.Until("Trying again");
        server.Start();

        await node.Until("Node early joined");

        (await stage.Leave(node)).Errors.ShouldNotContain("Trying again");
    }

    [Fact]
    public async Task A_node_that_waits_for_its_database_ends_when_it_is_told_to()
    {
        using var node = HostProcess.Start(stage.Folder.Path, "node", "--db", "postgresql://nobody@127.0.0.1:1/nothing");
        await node.Until("Trying again");

        (await stage.Leave(node)).Errors.ShouldContain("before the node joined");
    }

    [Fact]
    public async Task A_node_that_is_told_to_end_while_it_looks_for_devices_ends_well()
    {
        using var node = HostProcess.Start(stage.Folder.Path, "node", "--db", "postgresql://nobody@127.0.0.1:1/nothing");
        await node.Until(": node");

        (await stage.Leave(node)).Errors.ShouldContain("before the node joined");
    }

    [Fact]
    public async Task A_database_that_stays_away_is_given_up_after_the_join_timeout()
    {
        var outcome = await HostProcess.Run(
            stage.Folder.Path, "node", "--db", "postgresql://nobody@127.0.0.1:1/nothing", "--join-timeout", "300ms");

        outcome.ExitCode.ShouldBe(ExitCodes.Failed);
        outcome.Messages[^1].ShouldBe("Given up after 0.30 s (--join-timeout).");
        outcome.Messages.Count(m => m.Contains("Trying again", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_schema_from_the_future_is_refused_by_name()
    {
        _ = stage.Journal;
        server.Execute($"INSERT INTO {stage.Schema}.journal_migration (version, name) VALUES (999, 'later')");

        var refused = await stage.Start("node").End();

        refused.ExitCode.ShouldBe(ExitCodes.Failed);
        refused.Messages.ShouldHaveSingleItem().ShouldContain("schema version 999");
        server.Execute($"DELETE FROM {stage.Schema}.journal_migration WHERE version = 999");
    }

    [Fact]
    public async Task An_experiment_of_another_engine_version_is_left_alone_and_named()
    {
        await stage.Run("submit", "tiny.conf");
        server.Execute($"UPDATE {stage.Schema}.experiment SET engine = '0.0.1'");
        var node = stage.Start("node", "--name", "newer", "--evaluators", "1");

        var line = await node.Until("is left to other nodes");
        line.ShouldContain("Experiment tiny");
        line.ShouldContain("begun by version 0.0.1");
        await stage.Run("submit", "tiny.conf", "--name", "ours");
        stage.AwaitEnd("ours");

        stage.Journal.Jobs("tiny").ShouldBeEmpty();
        stage.Journal.Load(ActorId.Parse("tiny/experiment")).Sequence.ShouldBe(0);
        await stage.Leave(node);
    }

    [Theory]
    [InlineData("--roles", "masters", "expected islands or evaluators")]
    [InlineData("--devices", "cuda:99", "this machine has cpu")]
    [InlineData("--devices", "tpu", "not a device")]
    [InlineData("--lease", "15", "a duration with its unit")]
    [InlineData("--name", "a/b", "a name of 1 to 64")]
    [InlineData("--otlp", "localhost:4318", "the address of a collector such as http://localhost:4318")]
    public async Task What_an_option_does_not_take_is_refused_with_what_it_takes(string option, string value, string expected)
    {
        var refused = await stage.Start("node", option, value).End();

        refused.ExitCode.ShouldBe(ExitCodes.BadInput);
        refused.Errors.ShouldContain(expected);
    }
}
