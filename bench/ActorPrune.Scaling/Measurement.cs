using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Scaling;

/// <summary>One search with a number of evaluators on real threads, spread over nodes as machines would be.</summary>
internal sealed record Measurement(int Nodes, int EvaluatorsPerNode, TimeSpan Wait, int Candidates)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    public int Evaluators => Nodes * EvaluatorsPerNode;

    /// <param name="open">Opens the store once for each node, as each would for itself.</param>
    public async Task<(TimeSpan Took, double Efficiency, CallTimes Times)> Run(Func<IJournal> open)
    {
        var name = $"scaling-{Evaluators}-{Guid.NewGuid():N}";
        var study = new ToyStudy(new RandomSettings { Evaluations = Candidates, Population = Candidates, DensityMin = 0.1 }, 1);
        var distinct = new DistinctStudy(study, name);
        var search = new Search();
        var times = new CallTimes();
        using var journal = open();
        journal.TryCreate(name, "{}", "1", new OutgoingMessage(Addresses.Experiment(name), MessageKinds.Start, string.Empty));
        var stores = Enumerable.Range(0, Nodes).Select(_ => (IJournal)new TimedJournal(open(), times)).ToArray();
        var nodes = stores.Select((store, i) => Node.Start(
            store,
            new MemoryArtifactStore(),
            new ActorRecovery(store, _ => distinct),
            new NodeOptions
            {
                Name = $"{name}-{i}",
                Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
                Engine = "1",
                Device = "cpu",
                Evaluators = EvaluatorsPerNode,
                CreateEvaluator = () => new WaitingEvaluator(Wait, search),
                Log = _ => { },
                Experiment = name,
            })).ToImmutableArray();
        var given = DateTime.UtcNow + Longest;
        while (journal.Find(name)!.Status == ExperimentStatus.Running && DateTime.UtcNow < given)
        {
            await Task.Delay(100).ConfigureAwait(false);
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        Array.ForEach(stores, s => s.Dispose());
        return journal.Find(name)!.Status == ExperimentStatus.Finished
            ? (search.Took, Wait * search.Evaluations / Evaluators / search.Took, times)
            : throw new InvalidOperationException($"The search with {Evaluators} evaluators ended as {journal.Find(name)!.Status}.");
    }
}
