using System.Diagnostics;

namespace ActorPrune.Simulation;

/// <summary>Many seeds over the cores.</summary>
internal sealed class Campaign(Plant plant, int mostFailures, TextWriter output)
{
    private readonly Lock gate = new();
    private readonly Tally tally = new();
    private readonly SortedDictionary<string, long> methods = new(StringComparer.Ordinal);
    private readonly List<SeedReport> failing = [];
    private TimeSpan virtualTime;
    private long next;
    private long done;
    private long jobs;
    private long commits;

    /// <returns>The exit code.</returns>
    public int Run(long first, long count, int threads)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        next = first;
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() => Work(first + count)) { Name = $"seeds {i}" }).ToArray();
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        process.Refresh();
        Summarize(clock.Elapsed, process.TotalProcessorTime - before, threads);
        return failing.Count > 0 ? 1 : 0;
    }

    private void Work(long end)
    {
        while (Volatile.Read(ref next) is var seed && seed < end)
        {
            lock (gate)
            {
                if (next >= end || failing.Count >= mostFailures)
                {
                    return;
                }

                seed = next++;
            }

            var report = SeedRun.Of(seed, plant);
            lock (gate)
            {
                Note(report);
            }
        }
    }

    private void Note(SeedReport report)
    {
        done++;
        tally.Add(report.Tally);
        virtualTime += report.VirtualTime;
        jobs += report.Jobs;
        commits += report.Commits;
        methods[report.Method] = methods.GetValueOrDefault(report.Method) + 1;
        if (report.Violation is not null)
        {
            failing.Add(report);
            output.WriteLine($"Seed {report.Seed} ({report.Method}): {report.Violation}");
            output.WriteLine($"  replay: {Replay.Command(report.Seed, plant)}");
        }
    }

    private void Summarize(TimeSpan wall, TimeSpan processor, int threads)
    {
        output.WriteLine($"{done} seeds, {failing.Count} failing, in {wall.TotalSeconds:F1} s on {threads} threads: "
            + $"{done / wall.TotalSeconds:F1} seeds/s, {processor.TotalMilliseconds / done:F1} ms of processor time a seed");
        output.WriteLine($"{virtualTime.TotalHours:F0} virtual hours, {jobs} computations, {commits} turns committed");
        output.WriteLine($"methods: {string.Join(", ", methods.Select(m => $"{m.Key} {m.Value}"))}");
        output.WriteLine($"faults: {string.Join(", ", Enum.GetValues<FaultKind>().Select(k => $"{k} {tally[k]}"))}");
    }
}
