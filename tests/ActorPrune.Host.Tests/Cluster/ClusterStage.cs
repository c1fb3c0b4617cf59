using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Host.Tests.Commands;

namespace ActorPrune.Host.Tests.Cluster;

/// <summary>The tests on PostgreSQL share one private server; each has a schema of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "cluster";
}

/// <summary>A folder and a schema for one test, and the processes that it started.</summary>
internal sealed class ClusterStage : IDisposable
{
    /// <summary>Only processes that hang need this long, also on a machine that is busy with other things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <summary>A time's change is not announced: conditions that depend on one are asked this often.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private const string Patient = "&connect_timeout=120&Command%20Timeout=240";

    private readonly PostgresServer server;
    private readonly List<HostProcess> processes = [];
    private readonly Lazy<Store> store;

    public ClusterStage(PostgresServer server)
    {
        this.server = server;
        Schema = server.NewSchema();
        store = new Lazy<Store>(() => new StoreFactory().Open(server.Url(Schema) + Patient, new StoreOptions(Folder.Path)));
        Folder.Write("tiny.conf", Tiny);
        Folder.Write("slow.conf", Folder.Slow);
    }

    /// <summary>Some hundred candidates, of a few milliseconds each, on four islands.</summary>
    public static string Tiny { get; } = Folder.Tiny[..Folder.Tiny.IndexOf("cemba {", StringComparison.Ordinal)]
        + "cemba { epochs = 3, upper-population = 6, upper-generations = 1, lower-population = 3, lower-generations = 1, leaders = 2 }";

    public Folder Folder { get; } = new();

    public string Schema { get; }

    /// <summary>Without a password, and with the patience that a busy machine needs.</summary>
    public string Url => $"postgresql://{PostgresServer.User}@127.0.0.1:{server.Port}/{PostgresServer.Database}?schema={Schema}{Patient}";

    public IJournal Journal => store.Value.Journal;

    public Dictionary<string, string> Environment => new() { ["PGPASSWORD"] = server.Password };

    public HostProcess Start(params string[] arguments) => Start(Environment, arguments);

    public HostProcess Start(Dictionary<string, string> environment, params string[] arguments)
    {
        var process = HostProcess.Start(Folder.Path, environment, [.. arguments, "--db", Url]);
        processes.Add(process);
        return process;
    }

    /// <summary>A node that has joined.</summary>
    public async Task<HostProcess> Join(string name, params string[] arguments)
    {
        var node = Start(["node", "--name", name, .. arguments]);
        await node.Until($"Node {name} joined");
        return node;
    }

    /// <summary>A command that must succeed.</summary>
    public async Task<HostOutcome> Run(params string[] arguments)
    {
        var outcome = await Start(arguments).End();
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome;
    }

    /// <summary>Waits until the store is as described; what it tells wakes the wait.</summary>
    public void Await(Func<IJournal, bool> condition, string what)
    {
        using var changed = new AutoResetEvent(false);
        using var subscription = Journal.OnChange(() => changed.Set());
        var began = TimeProvider.System.GetTimestamp();
        while (!condition(Journal))
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Patience, what);
            changed.WaitOne(Poll);
        }
    }

    public void AwaitEnd(string experiment) =>
        Await(j => j.Find(experiment)?.Status == ExperimentStatus.Finished, $"{experiment} does not finish");

    /// <summary>SIGTERM; the node must leave in good order.</summary>
    public async Task<HostOutcome> Leave(HostProcess node)
    {
        node.Signal(HostProcess.Terminate);
        var outcome = await node.End();
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome;
    }

    public void Dispose()
    {
        processes.ForEach(p => p.Dispose());
        if (store.IsValueCreated)
        {
            store.Value.Dispose();
        }

        Folder.Dispose();
    }
}
