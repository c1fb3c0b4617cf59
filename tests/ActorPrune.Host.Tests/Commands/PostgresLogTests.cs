using System.Text.Json.Nodes;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>A run whose store is a PostgreSQL with a password, as its operator sees it.</summary>
public sealed class PostgresLogTests : IDisposable
{
    private readonly Folder folder = new();
    private readonly PostgresServer server = new();

    public PostgresLogTests() => folder.Write("tiny.conf", Folder.Tiny);

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_run_for_machines_writes_only_json_and_the_password_of_the_environment_nowhere()
    {
        var schema = server.NewSchema();
        using var process = HostProcess.Start(
            folder.Path, new Dictionary<string, string> { ["PGPASSWORD"] = server.Password }, "run", "tiny.conf", "--db", Address(schema),
            "--log-format", "json");
        var outcome = await process.End();

        outcome.ExitCode.ShouldBe(ExitCodes.Done, outcome.Errors);
        var lines = outcome.Errors.TrimEnd().Split('\n').Select(l => JsonNode.Parse(l)!.AsObject()).ToList();
        lines.ShouldAllBe(l => l.ContainsKey("time") && l.ContainsKey("level") && l.ContainsKey("event") && l.ContainsKey("message"));
        lines.ShouldContain(l => (string)l["event"]! == "experiment.ended" && (string)l["experiment"]! == "tiny" && l.ContainsKey("node"));
        var log = File.ReadAllLines(folder.Inside("home", "runs", "tiny", "log")).Select(l => JsonNode.Parse(l)!.AsObject()).ToList();
        log.Select(l => (string)l["event"]!).ShouldBeSubsetOf(lines.Select(l => (string)l["event"]!).Union(["node.joined", "node.left"]));
        log.ShouldContain(l => (string)l["event"]! == "node.joined");

        (outcome.Errors + outcome.Output).ShouldNotContain(Secret);
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).ShouldAllBe(f => !File.ReadAllText(f).Contains(Secret));
        server.Ask(
            $"SELECT count(*) FROM {schema}.experiment WHERE position('{Secret}' IN convert_from(configuration, 'UTF8')) > 0").ShouldBe(0);
        server.Ask($"SELECT count(*) FROM {schema}.experiment WHERE status = 'finished'").ShouldBe(1);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task A_password_that_is_refused_or_stands_in_the_address_is_not_repeated(string format)
    {
        using var process = HostProcess.Start(
            folder.Path, new Dictionary<string, string> { ["PGPASSWORD"] = $"not {server.Password}" }, "list",
            "--db", Address(server.NewSchema()), "--log-format", format);
        var refused = await process.End();
        var written = await HostProcess.Run(
            folder.Path, "list", "--db", server.Url(server.NewSchema()).Replace(Secret, $"{Secret}x"), "--log-format", format);

        foreach (var outcome in (HostOutcome[])[refused, written])
        {
            outcome.ExitCode.ShouldBe(ExitCodes.Failed);
            (outcome.Errors + outcome.Output).ShouldNotContain(Secret);
            var message = format == "json" ? (string)JsonNode.Parse(outcome.Errors)!["message"]! : outcome.Errors;
            message.ShouldContain(PostgresServer.User);
        }
    }

    // The part of the password that no URL escapes.
    private string Secret => server.Password.Split(':')[^1];

    private string Address(string schema) =>
        $"postgresql://{PostgresServer.User}@127.0.0.1:{server.Port}/{PostgresServer.Database}?schema={schema}";
}
