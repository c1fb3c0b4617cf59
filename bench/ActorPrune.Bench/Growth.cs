using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Bench;

/// <summary>Whether the store slows with the number of finished jobs in it: time of each call, one client.</summary>
internal static class Growth
{
    private const string Experiment = "jobs-0";
    private const int Calls = 100;

    private static readonly string[] Measured = ["claim", "complete", "find", "counts", "jobs"];

    public static void Run(TestBed bed, int few, int many)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nmilliseconds a call with {few:N0} and with {many:N0} finished jobs of one experiment (medians; show reads counts and jobs)"));
        foreach (var kind in TestBed.Stores)
        {
            var small = Measure(bed, kind, few);
            var large = Measure(bed, kind, many);
            Console.WriteLine($"  {kind,-12} " + string.Join("   ", Measured.Select(m => string.Create(
                CultureInfo.InvariantCulture, $"{m} {small[m]:F2} → {large[m]:F2}"))));
        }
    }

    private static Dictionary<string, double> Measure(TestBed bed, string kind, int stored)
    {
        using var store = bed.Open(kind, 1);
        Jobs.Ask(store, 2 * Calls);
        Fill(bed, store, stored);
        var journal = store.First;
        var times = Measured.ToDictionary(m => m, _ => new List<double>());
        T Timed<T>(string call, Func<T> run)
        {
            var clock = Stopwatch.StartNew();
            var result = run();
            times[call].Add(clock.Elapsed.TotalMilliseconds);
            return result;
        }

        for (var i = 0; i < Calls; i++)
        {
            var job = Timed("claim", () => journal.ClaimJob(BenchStore.Node, BenchStore.Lease)!);
            Timed("complete", () => journal.Complete(job, Jobs.Result, 1));
            Timed("find", () => journal.FindJob(job.Spec.Key));
        }

        for (var i = 0; i < 5; i++)
        {
            Timed("counts", () => journal.Counts(Experiment));
            Timed("jobs", () => journal.Jobs(Experiment));
        }

        return times.ToDictionary(t => t.Key, t => Schedule.Median(t.Value));
    }

    /// <summary>As years of work would have left them: finished jobs with results, each asked for once.</summary>
    private static void Fill(TestBed bed, BenchStore store, int count)
    {
        var outcome = new JobOutcome(new JobKey(new string('0', 64)), Jobs.Result, null).ToJson();
        if (store.First is SqliteJournal sqlite)
        {
            sqlite.Writer.Script(
                $"""
                BEGIN IMMEDIATE;
                INSERT INTO job (key, kind, status, wanted, priority, position, attempts, seconds, experiment, outcome, body)
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                    SELECT lower(hex(randomblob(32))), 'evaluate', 'done', 0, 0, -i, 1, 1.5, '{Experiment}', '{outcome}', '{Jobs.Body(0)}'
                    FROM n;
                INSERT INTO request (actor_id, job_id, cached)
                    SELECT a.id, j.id, 0 FROM job j, actor a JOIN experiment e ON e.id = a.experiment_id
                    WHERE j.status = 'done' AND e.name = '{Experiment}';
                COMMIT;
                """);
            return;
        }

        static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));
        bed.Server.Execute(
            $"""
            SET search_path = {store.Schema};
            INSERT INTO job (key, kind, status, wanted, priority, position, attempts, seconds, experiment, outcome, body)
                SELECT md5(i::text) || md5((-i)::text), 'evaluate', 'done', false, 0, -i, 1, 1.5, '{Experiment}', '\x{Hex(outcome)}',
                    '\x{Hex(Jobs.Body(0))}'
                FROM generate_series(1, {count}) i;
            INSERT INTO request (actor_id, job_id, cached)
                SELECT a.id, j.id, false FROM job j, actor a JOIN experiment e ON e.id = a.experiment_id
                WHERE j.status = 'done' AND e.name = '{Experiment}';
            """);
        bed.Server.Execute("VACUUM ANALYZE");
    }
}
