using System.CommandLine;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Scaling;

var store = new Option<string>("--store")
{
    Description = "sqlite or postgresql", DefaultValueFactory = _ => "sqlite",
};
store.AcceptOnlyFromAmong("sqlite", "postgresql");
var seconds = new Option<double>("--seconds") { Description = "What an evaluation waits", DefaultValueFactory = _ => 1 };
var rounds = new Option<int>("--rounds") { Description = "Candidates for each evaluator", DefaultValueFactory = _ => 8 };
var nodes = new Option<int>("--nodes")
{
    Description = "Nodes that share the evaluators, at most", DefaultValueFactory = _ => 1,
};
var first = new Option<int>("--first") { Description = "Evaluators to begin with", DefaultValueFactory = _ => 1 };
var most = new Option<int>("--most") { Description = "Evaluators at most", DefaultValueFactory = _ => 64 };
seconds.Validators.Add(
    r => Require(r.GetValueOrDefault<double>() is > 0 and <= 3600, "--seconds: expected above 0 and at most 3600", r.AddError));
foreach (var count in new[] { rounds, nodes, first, most })
{
    count.Validators.Add(
        r => Require(r.GetValueOrDefault<int>() is >= 1 and <= 1024, $"{count.Name}: expected a whole number from 1 to 1024", r.AddError));
}

var root = new RootCommand(
    """
    How well evaluators are kept busy: one search with 1, 2, 4 … evaluators whose fitness only waits, on real threads and a real store.
    Efficiency is evaluations · wait / evaluators, divided by the time from the first evaluation's begin until all results are told.
    """)
{
    store, seconds, rounds, nodes, first, most,
};
root.SetAction(async (parsed, _) =>
{
    using var place = new TemporaryDirectory();
    using var server = parsed.GetValue(store) == "postgresql" ? new PostgresServer() : null;
    var schema = server?.NewSchema();
    IJournal Open() => server is null
        ? new SqliteJournal(place.File("scaling.db"))
        : new PostgresJournal(server.Url(schema!), new PostgresJournalOptions());

    // Compiles what runs often, and makes the schema.
    await new Measurement(1, 1, TimeSpan.FromMilliseconds(10), 4).Run(Open);
    Console.Out.WriteLine($"{parsed.GetValue(store)}, {parsed.GetValue(seconds)} s an evaluation; {Machine()}");
    Console.Out.WriteLine("| evaluators | nodes | candidates | ideal | took | efficiency | a claim | a result | a turn |");
    Console.Out.WriteLine("|---|---|---|---|---|---|---|---|---|");
    for (var evaluators = parsed.GetValue(first); evaluators <= parsed.GetValue(most); evaluators *= 2)
    {
        var shared = Math.Min(evaluators, parsed.GetValue(nodes));
        var run = new Measurement(
            shared, evaluators / shared, TimeSpan.FromSeconds(parsed.GetValue(seconds)), evaluators * parsed.GetValue(rounds));
        var (took, efficiency, times) = await run.Run(Open);
        var ideal = efficiency * took.TotalSeconds;
        Console.Out.WriteLine(
            $"| {run.Evaluators} | {run.Nodes} | {run.Candidates} | {ideal:F2} s | {took.TotalSeconds:F2} s | {efficiency:P1} "
            + $"| {times.Claims.Milliseconds:F1} ms | {times.Results.Milliseconds:F1} ms | {times.Turns.Milliseconds:F1} ms |");
    }

    Console.Out.WriteLine($"afterwards: {Machine()}");
    return 0;
});
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    return 2;
}

return await parsed.InvokeAsync();

static void Require(bool holds, string otherwise, Action<string> refuse)
{
    if (!holds)
    {
        refuse(otherwise);
    }
}

static string Machine()
{
    const string Model = "model name";
    var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Model, StringComparison.Ordinal))?.Split(": ")[1];
    var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
    return $"{Environment.ProcessorCount} cores of {model ?? "an unknown processor"}, load {load}";
}
