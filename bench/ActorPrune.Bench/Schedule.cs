using System.Diagnostics;
using System.Globalization;

namespace ActorPrune.Bench;

/// <summary>One thing to measure: prepares a store and returns what each client does over and over.</summary>
/// <param name="Name">For people: "8 clients".</param>
/// <param name="Processes">Journals that share the store.</param>
/// <param name="Prepare">Returns one action for each client; an action returns what it got done, 0 when there is nothing left.</param>
internal sealed record Case(string Name, int Processes, Func<BenchStore, Func<int>[]> Prepare);

/// <summary>Measures cases in rounds, stores in turn, and prints medians, spread and the ratio.</summary>
internal sealed class Schedule(TestBed bed, TimeSpan length, int rounds)
{
    public void Run(string title, string unit, IEnumerable<Case> cases)
    {
        Console.WriteLine($"\n{title}");
        foreach (var one in cases)
        {
            var rates = TestBed.Stores.ToDictionary(s => s, _ => new List<double>());
            var costs = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                foreach (var store in TestBed.Stores)
                {
                    var (rate, cost) = Measure(store, one);
                    rates[store].Add(rate);
                    if (store == "PostgreSQL")
                    {
                        costs.Add(cost);
                    }
                }
            }

            var ratio = Median(rates["PostgreSQL"]) / Median(rates["SQLite"]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {one.Name,-12} {string.Join("   ", rates.Select(r => $"{r.Key} {Shown(r.Value)} {unit}"))}   ratio {ratio:F2}   "
                    + $"PostgreSQL's processor time {Median(costs):F2} ms each"));
        }
    }

    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Shown(List<double> rates) => string.Create(
        CultureInfo.InvariantCulture, $"{Median(rates),7:F0} ({rates.Min():F0}–{rates.Max():F0})");

    private (double Rate, double Milliseconds) Measure(string kind, Case one)
    {
        using var store = bed.Open(kind, one.Processes);
        var clients = one.Prepare(store);

        // Statements are prepared and code is compiled before the clock starts.
        foreach (var client in clients)
        {
            for (var i = 0; i < 5; i++)
            {
                client();
            }
        }

        long done = 0;
        using var start = new Barrier(clients.Length + 1);
        var clock = new Stopwatch();
        var threads = clients.Select(client => new Thread(() =>
        {
            start.SignalAndWait();
            while (clock.Elapsed < length && client() is var got and > 0)
            {
                Interlocked.Add(ref done, got);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        var before = bed.ProcessorTime();
        clock.Start();
        start.SignalAndWait();
        clock.Restart();
        threads.ForEach(t => t.Join());
        var elapsed = clock.Elapsed;
        return (done / elapsed.TotalSeconds, (bed.ProcessorTime() - before).TotalMilliseconds / Math.Max(1, done));
    }
}
