using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestNode;

// The commands that tests/cluster.sh needs, by the names that the program has for them.
var place = new Option<string>("--home") { DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ACTORPRUNE_HOME") ?? "." };
var database = new Option<string?>("--db");
var node = new Option<string>("--name") { DefaultValueFactory = _ => "node" };
var evaluators = new Option<int>("--evaluators") { DefaultValueFactory = _ => 2 };
var lease = new Option<string>("--lease") { DefaultValueFactory = _ => "15s" };
var ignored = new Argument<string[]>("ignored") { Arity = ArgumentArity.ZeroOrMore };
var json = new Option<bool>("--json");
var root = new RootCommand("A node whose evaluators compute formulas, for tests with many processes.");

Add("run", async (parsed, store) =>
{
    SyntheticExperiment.Submit(store);
    await using (await Start(parsed, store))
    {
        while (!SyntheticExperiment.IsFinished(store))
        {
            await Task.Delay(100);
        }
    }

    return Report(parsed, store);
});
Add("submit", (_, store) => Task.FromResult(SyntheticExperiment.Submit(store) ? 0 : 1));
Add("node", async (parsed, store) =>
{
    var asked = new TaskCompletionSource();
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        asked.TrySetResult();
    });
    await using var joined = await Start(parsed, store);
    await asked.Task;
    await joined.StopAsync(TimeSpan.FromSeconds(10));
    return 0;
});
Add("show", (_, store) =>
{
    Console.Out.WriteLine(SyntheticExperiment.Result(store).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    return Task.FromResult(0);
});
Add("report", (parsed, store) => Task.FromResult(Report(parsed, store)));

// The library would end the process two seconds after SIGTERM, whatever the node still has to hand back.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

void Add(string name, Func<ParseResult, Store, Task<int>> act)
{
    var command = new Command(name) { ignored, place, database, node, evaluators, lease, json };
    command.SetAction(async (parsed, _) =>
    {
        using var store = await Open(parsed);
        return await act(parsed, store);
    });
    root.Add(command);
}

async Task<Store> Open(ParseResult parsed)
{
    var home = parsed.GetValue(place)!;
    Directory.CreateDirectory(home);
    return await Patiently(() => new StoreFactory().Open(parsed.GetValue(database), new StoreOptions(home)));
}

async Task<Node> Start(ParseResult parsed, Store store)
{
    var name = parsed.GetValue(node)!;
    var time = TimeSpan.FromSeconds(double.Parse(parsed.GetValue(lease)!.TrimEnd('s'), CultureInfo.InvariantCulture));
    var started = await Patiently(() => SyntheticExperiment.Start(store, name, parsed.GetValue(evaluators), time));
    Console.Out.WriteLine($"Node {name} joined {store.Url}");
    return started;
}

// As the program's node: the database may be away just now.
async Task<T> Patiently<T>(Func<T> call)
{
    while (true)
    {
        try
        {
            return call();
        }
        catch (JournalUnavailableException e) when (!e.NeedsPerson)
        {
            Console.Error.WriteLine(e.Message);
            await Task.Delay(500);
        }
    }
}

int Report(ParseResult parsed, Store store)
{
    var folder = Path.Combine(parsed.GetValue(place)!, "runs", SyntheticExperiment.Name);
    Directory.CreateDirectory(folder);
    File.WriteAllText(Path.Combine(folder, "front.json"), SyntheticExperiment.Result(store)["front"]!.ToJsonString());
    return 0;
}
