using System.CommandLine;
using ActorPrune.Simulation;

var seeds = new Option<long>("--seeds")
{
    Description = "How many seeds to run", HelpName = "N", DefaultValueFactory = _ => 1000,
};
var first = new Option<long>("--first")
{
    Description = "The first of them", HelpName = "SEED", DefaultValueFactory = _ => 1,
};
var threads = new Option<int>("--threads")
{
    Description = "Seeds that run at a time", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
};
var seed = new Option<long?>("--seed") { Description = "Run this seed alone", HelpName = "SEED" };
var trace = new Option<bool>("--trace") { Description = "Print what happens, with virtual times; with --seed" };
var failures = new Option<int>("--failures")
{
    Description = "Stop after so many failing seeds", HelpName = "N", DefaultValueFactory = _ => 10,
};
var plant = new Option<Plant>("--plant")
{
    Description = $"Plant a fault, to see it found: {string.Join(", ", PlantNames.All)}",
    HelpName = "FAULT",
    CustomParser = result =>
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        if (PlantNames.TryParse(text, out var named))
        {
            return named;
        }

        result.AddError($"--plant: expected one of {string.Join(", ", PlantNames.All)}, found '{text}'");
        return Plant.None;
    },
};
seeds.Validators.Add(r => Require(r.GetValueOrDefault<long>() >= 1, "--seeds: expected a whole number of at least 1", r.AddError));
threads.Validators.Add(
    r => Require(r.GetValueOrDefault<int>() is >= 1 and <= 1024, "--threads: expected a whole number from 1 to 1024", r.AddError));
failures.Validators.Add(r => Require(r.GetValueOrDefault<int>() >= 1, "--failures: expected a whole number of at least 1", r.AddError));

var root = new RootCommand(
    """
    Runs the engine's real parts as a cluster in one thread and in virtual time, with everything going wrong that a seed says, and
    checks that the front is that of an undisturbed run and nothing is lost or counted twice. A seed that fails is printed with the command
    that replays it.
    """)
{
    seeds, first, threads, seed, trace, failures, plant,
};
root.SetAction(parsed => parsed.GetValue(seed) is { } one
    ? Replay.Of(one, parsed.GetValue(plant), parsed.GetValue(trace))
    : new Campaign(parsed.GetValue(plant), parsed.GetValue(failures), Console.Out)
        .Run(parsed.GetValue(first), parsed.GetValue(seeds), parsed.GetValue(threads)));

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    return 2;
}

return parsed.Invoke();

static void Require(bool holds, string otherwise, Action<string> refuse)
{
    if (!holds)
    {
        refuse(otherwise);
    }
}
