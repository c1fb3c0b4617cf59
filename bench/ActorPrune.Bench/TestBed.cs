using System.Diagnostics;
using System.Globalization;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Bench;

/// <summary>A private PostgreSQL and a folder for SQLite's files, on one disk; both make every commit durable.</summary>
internal sealed class TestBed : IDisposable
{
    private readonly PostgresServer server = PostgresServer.Durable();
    private readonly string folder = Directory.CreateTempSubdirectory("actorprune-bench-").FullName;
    private int files;

    public static string[] Stores { get; } = ["PostgreSQL", "SQLite"];

    public PostgresServer Server => server;

    /// <summary>Opens a fresh store as often as there are processes that work on it.</summary>
    /// <param name="kind">One of <see cref="Stores"/>.</param>
    /// <param name="processes">Journals on the one store, each as a process of its own would have it.</param>
    public BenchStore Open(string kind, int processes)
    {
        if (kind == "SQLite")
        {
            var file = Path.Combine(folder, $"{Interlocked.Increment(ref files)}.db");
            return new BenchStore(
                kind, [.. Enumerable.Range(0, processes).Select(_ => new SqliteJournal(file))], "", Path.Combine(folder, "artifacts"));
        }

        var schema = server.NewSchema();
        var url = $"{server.Url(schema)}&connect_timeout=60";
        return new BenchStore(kind, [.. Enumerable.Range(0, processes).Select(_ => new PostgresJournal(url))], schema, "");
    }

    /// <summary>The machine, and what its disk takes to make 8 KiB durable: a floor for every commit.</summary>
    public void Describe()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var durable = server.Ask("SELECT (current_setting('synchronous_commit') = 'on' AND current_setting('fsync') = 'on')::int") == 1;
        Console.WriteLine($"{processor?.Split(':')[1].Trim()}, {Environment.ProcessorCount} cores, load {load} at the start; "
            + $"a flush of 8 KiB takes {Flush().ToString("F2", CultureInfo.InvariantCulture)} ms; "
            + $"PostgreSQL {server.Ask("SELECT current_setting('server_version_num')::int / 10000")}, "
            + $"synchronous_commit and fsync {(durable ? "on" : "OFF")}");
    }

    /// <summary>Processor time that the server's processes have used so far, those that have ended not counted.</summary>
    public TimeSpan ProcessorTime()
    {
        var postmaster = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        var ticks = Directory.GetDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), out var process) ? Fields(process) : [])
            .Where(f => f.Length > 12 && f[1] == postmaster)
            .Sum(f => long.Parse(f[11], CultureInfo.InvariantCulture) + long.Parse(f[12], CultureInfo.InvariantCulture));

        // USER_HZ is 100 on Linux, whatever the kernel's own clock is.
        return TimeSpan.FromSeconds(ticks / 100.0);
    }

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>/proc/PID/stat behind the name: state, parent, …, user and system ticks at 11 and 12; empty when it has ended.</summary>
    private static string[] Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private double Flush()
    {
        using var file = new FileStream(Path.Combine(folder, "flush"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            file.Write(new byte[8192]);
            var clock = Stopwatch.StartNew();
            file.Flush(flushToDisk: true);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        return times.Order().ElementAt(times.Count / 2);
    }
}

/// <summary>One store, seen by several processes.</summary>
internal sealed record BenchStore(string Kind, IJournal[] Processes, string Schema, string ArtifactFolder) : IDisposable
{
    public static TimeSpan Lease { get; } = TimeSpan.FromHours(1);

    public static NodeId Node { get; } = new("bench");

    public IJournal First => Processes[0];

    /// <summary>A running experiment with one actor for each role, all held by <see cref="Node"/>.</summary>
    public ActorLease[] Actors(string experiment, int count)
    {
        for (var i = 0; i < count; i++)
        {
            First.TryCreate($"{experiment}-{i}", "{}", "1", new OutgoingMessage(new ActorId($"{experiment}-{i}", "island"), "start", "{}"));
        }

        return [.. First.ClaimActors(Node, count, Lease).OrderBy(l => l.Actor.Experiment, StringComparer.Ordinal)];
    }

    public void Dispose() => Array.ForEach(Processes, p => p.Dispose());
}
