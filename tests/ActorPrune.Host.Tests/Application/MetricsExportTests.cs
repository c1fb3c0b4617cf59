using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Telemetry;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Tests.Application;

public sealed class MetricsExportTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private static readonly NodeOptions Node = new()
    {
        Name = "node-7",
        Roles = [NodeRoles.Evaluators],
        Engine = "9.8.7",
        Device = "cpu",
        Evaluators = 3,
        CreateEvaluator = () => throw new NotSupportedException(),
        Log = _ => { },
    };

    [Fact]
    public async Task A_collector_receives_what_a_node_counted_at_its_end_at_the_latest()
    {
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var received = Receive(collector);
        using var meter = new EngineMeter();
        using (MetricsExport.Start(meter, Node, address))
        {
            using var journal = new MeteredJournal(new SqliteJournal(SqliteJournalOptions.InMemory), meter);
            var root = Addresses.Experiment("toy");
            journal.TryCreate("toy", "{}", "1", new OutgoingMessage(root, MessageKinds.Start, ""));
            var actor = journal.ClaimActors(new NodeId("n"), 1, Lease)[0];
            journal.Commit(new Turn(actor, 0, [], [], [], [new JobRequest(new JobSpec(JobKinds.Evaluate, "g"), 0)], null, null));
            journal.Fail(journal.ClaimJob(new NodeId("n"), Lease)!, "bad", 1).ShouldBeTrue();
        }

        var (path, body) = await received.WaitAsync(TimeSpan.FromMinutes(3));
        path.ShouldBe("/v1/metrics");
        foreach (var word in (string[])[
            "actorprune.job.claimed", "actorprune.job.ended", "{job}", "evaluate", "failed", "actorprune.evaluator.count",
            "actorprune.journal.operation.duration", "service.instance.id", "node-7", "9.8.7"])
        {
            body.ShouldContain(word);
        }

        meter.Evaluators.ShouldBe(3);
    }

    [Fact]
    public void A_collector_that_is_away_holds_nothing_up_and_without_one_nothing_is_sent()
    {
        using var meter = new EngineMeter();
        using (MetricsExport.Start(meter, Node, $"http://127.0.0.1:{FreePort()}"))
        {
            meter.CountRetry();
        }

        using (MetricsExport.Start(meter, Node with { Roles = [NodeRoles.Islands] }, ""))
        {
            meter.Evaluators.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("http://localhost:4318", "http://localhost:4318/v1/metrics")]
    [InlineData("https://otel.example/put/here", "https://otel.example/put/here")]
    [InlineData("", null)]
    [InlineData("localhost:4318", null)]
    [InlineData("ftp://localhost", null)]
    [InlineData("http://user:password@localhost:4318", null)]
    public void A_collector_is_named_by_a_web_address_without_a_user(string endpoint, string? expected) =>
        (MetricsExport.Collector(endpoint)?.ToString()).ShouldBe(expected);

    private static async Task<(string Path, string Body)> Receive(HttpListener collector)
    {
        var context = await collector.GetContextAsync();
        using var content = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(content);
        context.Response.StatusCode = (int)HttpStatusCode.OK;
        context.Response.Close();
        return (context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(content.ToArray()));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
