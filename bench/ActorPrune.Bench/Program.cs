using System.CommandLine;
using ActorPrune.Bench;

// A program of its own rather than BenchmarkDotNet: what counts is how many clients together get out of one store, for stores in turn, so
// that a drift of the machine's speed hits all of them. BenchmarkDotNet times one operation after the other in a process that it starts
// anew for each case, which tells neither. Medians over rounds with their spread stand in for its statistics.
var seconds = new Option<double>("--seconds") { Description = "Length of one measurement", DefaultValueFactory = _ => 2 };
var rounds = new Option<int>("--rounds") { Description = "Measurements of each case, in turn", DefaultValueFactory = _ => 3 };
var only = new Option<string>("--only")
{
    Description = "turns, jobs, idle, artifacts or growth; all by default",
    DefaultValueFactory = _ => "",
};
var jobs = new Option<int>("--stored") { Description = "Stored jobs in the larger case of growth", DefaultValueFactory = _ => 80_000 };
var command = new RootCommand(
    """
    Measures the journal on a private PostgreSQL on loopback and on SQLite, in one run. Both flush every commit to the disk.
      nice -n 5 dotnet run -c Release --project bench/ActorPrune.Bench
    """)
{
    seconds, rounds, only, jobs,
};
command.SetAction(parsed =>
{
    var wanted = parsed.GetValue(only)!;
    bool Wants(string part) => wanted.Length == 0 || wanted == part;
    using var bed = new TestBed();
    var schedule = new Schedule(bed, TimeSpan.FromSeconds(parsed.GetValue(seconds)), Math.Clamp(parsed.GetValue(rounds), 1, 100));
    bed.Describe();
    if (Wants("turns"))
    {
        schedule.Run("turns committed a second (one message in, one event, one message out)", "turns/s", Turns.Cases(batch: 1, 1, 8));
        schedule.Run("events a second (64 to a turn)", "events/s", Turns.Cases(batch: 64, 1, 8));
    }

    if (Wants("jobs"))
    {
        schedule.Run("jobs claimed and completed a second", "jobs/s", Jobs.Cases(1, 8, 64));
        schedule.Run("the same behind 1,000 jobs that others hold", "jobs/s", Jobs.BehindHeld(1_000, 8));
    }

    if (Wants("idle"))
    {
        schedule.Run("claims that find nothing a second", "claims/s", Jobs.Empty(8));
        schedule.Run("heartbeats a second", "heartbeats/s", Jobs.Heartbeats(8));
    }

    if (Wants("artifacts"))
    {
        schedule.Run("artifacts of 1 MiB written and read", "MiB/s", Artifacts.Cases());
    }

    if (Wants("growth"))
    {
        Growth.Run(bed, 1_000, Math.Clamp(parsed.GetValue(jobs), 1_000, 10_000_000));
    }
});
return command.Parse(args).Invoke();
