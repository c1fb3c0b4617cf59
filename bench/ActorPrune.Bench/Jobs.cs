using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Bench;

/// <summary>Evaluators that compute nothing: claim, complete, claim… The jobs were asked for by eight islands.</summary>
internal static class Jobs
{
    private const int Islands = 8;
    private const int Queued = 12_000;

    public static JobResult Result { get; } = new(
        ImmutableSortedDictionary<string, double>.Empty.Add("error", 0.125).Add("macs", 20_123_456).Add("params", 123_456),
        ImmutableSortedDictionary<string, ArtifactId>.Empty,
        $$"""{"seconds":12.5,"epochs":[{{string.Join(',', Enumerable.Range(0, 20).Select(i => $"0.{i:D3}"))}}]}""");

    /// <summary>The form and the length of an evaluation's body.</summary>
    public static string Body(int number) =>
        $$"""{"genome":"{{new string('1', 700)}}","number":{{number}},"recipe":"{{new string('r', 500)}}"}""";

    public static IEnumerable<Case> Cases(params int[] clients) => clients.Select(count => new Case(
        count == 1 ? "1 client" : $"{count} clients",
        Math.Min(count, 8),
        store =>
        {
            Ask(store, Queued);
            return Clients(store, count);
        }));

    /// <summary>The head of the queue is taken by others that compute for long.</summary>
    public static IEnumerable<Case> BehindHeld(int held, int clients) =>
    [
        new Case(
            $"{clients} clients",
            clients,
            store =>
            {
                Ask(store, Queued + held);
                Parallel.For(0, held, new ParallelOptions { MaxDegreeOfParallelism = clients }, i =>
                    _ = store.Processes[i % clients].ClaimJob(new NodeId("other"), BenchStore.Lease));
                return Clients(store, clients);
            }),
    ];

    /// <summary>What idle evaluators do at each wake-up while a generation waits for its last results.</summary>
    public static IEnumerable<Case> Empty(int clients) =>
    [
        new Case(
            $"{clients} clients",
            clients,
            store => [.. store.Processes.Select(p => (Func<int>)(() => p.ClaimJob(BenchStore.Node, BenchStore.Lease) is null ? 1 : 0))]),
    ];

    /// <summary>One heartbeat renews all leases of a node.</summary>
    public static IEnumerable<Case> Heartbeats(int clients) =>
    [
        new Case(
            $"{clients} clients",
            clients,
            store => [.. store.Processes.Select((p, i) =>
            {
                var node = new NodeId($"node {i}");
                p.Join(new NodeInfo(node, $"node {i}", "h", 1, 1, [], "1", ""), BenchStore.Lease);
                return (Func<int>)(() => p.Renew(node, BenchStore.Lease) ? 1 : 0);
            })]),
    ];

    private static Func<int>[] Clients(BenchStore store, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (Func<int>)(() => Work(store.Processes[i % store.Processes.Length])))];

    private static int Work(IJournal journal)
    {
        if (journal.ClaimJob(BenchStore.Node, BenchStore.Lease) is not { } job)
        {
            return 0;
        }

        if (!journal.Complete(job, Result, 1))
        {
            throw new InvalidOperationException("A result was refused that nobody competed with.");
        }

        return 1;
    }

    /// <summary>Queues jobs, asked for in turns of some hundreds.</summary>
    public static void Ask(BenchStore store, int count)
    {
        foreach (var (island, lease) in store.Actors("jobs", Islands).Index())
        {
            var share = Enumerable.Range(0, count)
                .Where(i => i % Islands == island)
                .Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, Body(i)), 0));
            foreach (var chunk in share.Chunk(500))
            {
                store.First.Commit(new Turn(lease, 0, [], [], [], [.. chunk], null, null));
            }
        }
    }
}
