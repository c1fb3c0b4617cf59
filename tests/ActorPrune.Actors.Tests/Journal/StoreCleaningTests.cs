using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

[Collection(PostgresCollection.Name)]
public sealed class StoreCleaningTests(PostgresServer server) : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public void What_a_deleted_experiment_left_is_freed_and_nothing_else(string kind)
    {
        using var store = Open(kind);
        var (own, shared, orphan) = (store.Artifacts.Put(new byte[1000]), store.Artifacts.Put([2]), store.Artifacts.Put([3, 4]));
        Evaluated(store, "alpha", ("a", own), ("b", shared));
        Evaluated(store, "beta", ("b", shared));
        store.Journal.Delete("alpha");

        StoreCleaning.Preview(store.Journal, store.Artifacts).ShouldBe(new Freed(2, 1002));
        store.Artifacts.Contains(own).ShouldBeTrue();
        StoreCleaning.Clean(store.Journal, store.Artifacts).ShouldBe(new Freed(2, 1002));

        store.Artifacts.All().Select(a => a.Id).ShouldBe([shared]);
        store.Artifacts.Contains(orphan).ShouldBeFalse();
        store.Journal.FindJob(Job("a").Key).ShouldBeNull();
        store.Journal.FindJob(Job("b").Key).ShouldNotBeNull();
        StoreCleaning.Clean(store.Journal, store.Artifacts).ShouldBe(new Freed(0, 0));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public void Nothing_is_freed_while_a_node_lives(string kind)
    {
        using var store = Open(kind);
        var orphan = store.Artifacts.Put([1]);
        var node = new NodeInfo(new NodeId("n1"), "n1", "host/boot", 100, 4711, ["islands"], "1.0", "cpu");
        store.Journal.Join(node, TimeSpan.FromMinutes(1)).ShouldBeTrue();

        StoreCleaning.Clean(store.Journal, store.Artifacts).ShouldBeNull();
        store.Artifacts.Contains(orphan).ShouldBeTrue();

        store.Journal.Leave(node.Id);
        StoreCleaning.Clean(store.Journal, store.Artifacts).ShouldBe(new Freed(1, 1));
    }

    private Store Open(string kind) =>
        new StoreFactory().Open(kind == "sqlite" ? null : server.Url(server.NewSchema()), new StoreOptions(directory.Path));

    private static JobSpec Job(string genome) => new(JobKinds.Evaluate, $"{{\"genome\":\"{genome}\"}}");

    /// <summary>An experiment that asked for jobs, all of which are done.</summary>
    private static void Evaluated(Store store, string experiment, params (string Genome, ArtifactId Weights)[] jobs)
    {
        var (journal, node, lease) = (store.Journal, new NodeId("node"), TimeSpan.FromMinutes(1));
        journal.TryCreate(experiment, "{}", "1.0", new OutgoingMessage(new ActorId(experiment, "experiment"), "start", "{}")).ShouldBeTrue();
        var actor = journal.ClaimActors(node, 10, lease).Single(a => a.Actor.Experiment == experiment);
        var requests = jobs.Select(j => new JobRequest(Job(j.Genome), 0)).ToImmutableArray();
        journal.Commit(new Turn(actor, 0, [], [], [], requests, null, null)).ShouldBe(CommitOutcome.Committed);
        while (journal.ClaimJob(node, lease) is { } claimed)
        {
            var weights = jobs.Single(j => Job(j.Genome) == claimed.Spec).Weights;
            var measures = ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, 0.5);
            journal.Complete(claimed, new JobResult(measures, ImmutableSortedDictionary<string, ArtifactId>.Empty.Add("weights", weights), "{}"), 1).ShouldBeTrue();
        }
    }
}
