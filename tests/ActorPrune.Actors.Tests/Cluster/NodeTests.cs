using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Cluster;

/// <summary>The node as the program starts it: thread pool, evaluator threads, lease keeper, real time. Tests wait for what happens,
/// never for a while.</summary>
public sealed class NodeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SqliteJournal store = new(SqliteJournalOptions.InMemory);
    private readonly MemoryArtifactStore artifacts = new();
    private readonly ToyStudy study = new(ToyStudy.SmallMethods[0], 1);
    private readonly BlockingCollection<string> log = [];
    private readonly BlockingCollection<string> stuck = [];

    public NodeTests() =>
        store.TryCreate("toy", "{}", "1.0", new OutgoingMessage(Addresses.Experiment("toy"), MessageKinds.Start, string.Empty));

    public void Dispose()
    {
        store.Dispose();
        log.Dispose();
        stuck.Dispose();
    }

    [Fact]
    public async Task Nodes_bring_an_experiment_to_the_simulated_clusters_front_and_leave()
    {
        using var ended = Ended();
        await using (Start(store, "one", evaluators: 1))
        await using (Start(store, "two", evaluators: 3))
        {
            ended.Wait(Patience).ShouldBeTrue(State());
        }

        store.Find("toy")!.Status.ShouldBe(ExperimentStatus.Finished);
        using var cluster = new SimulatedCluster(1, study);
        cluster.Start();
        cluster.RunToEnd();
        Front.Digest(Reader().Read("toy").Archive).ShouldBe(cluster.Digest);
        store.Nodes().ShouldBeEmpty();
        stuck.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_node_that_stops_hands_running_jobs_back_with_their_checkpoints()
    {
        var checkpoint = artifacts.Put([1, 2, 3]);
        using var begun = new ManualResetEventSlim();
        var node = Start(store, "one", evaluators: 1, hook: (_, context) =>
        {
            context.SaveCheckpoint(checkpoint);
            begun.Set();
            context.Cancellation.WaitHandle.WaitOne(Patience).ShouldBeTrue();
            context.Cancellation.ThrowIfCancellationRequested();
        });
        begun.Wait(Patience).ShouldBeTrue(State());
        (await node.Look()).ShouldHaveSingleItem().Job.ShouldNotBeNull().Spec.ShouldBe(study.Base);

        await node.StopAsync(Patience);

        store.Nodes().ShouldBeEmpty();
        store.FindJob(study.Base.Key)!.Status.ShouldBe(JobStatus.Queued);
        store.ClaimJob(new NodeId("next"), TimeSpan.FromMinutes(1)).ShouldNotBeNull().Checkpoint.ShouldBe(checkpoint);
        (await node.Look()).ShouldBeEmpty();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_was_declared_dead_joins_again_also_while_the_store_is_away_for_a_moment()
    {
        var joins = 0;
        using var journal = new FaultyJournal(
            store, call => call == nameof(IJournal.Join) && Interlocked.Increment(ref joins) is 2 or 3 ? Fault.Before : Fault.None);
        using var ended = Ended();
        using var begun = new ManualResetEventSlim();
        await using var node = Start(journal, "one", evaluators: 2, hook: (_, context) =>
        {
            // Until it hears that it is dead the lost incarnation may claim what it was freed of: it is not to finish with that.
            if (Volatile.Read(ref joins) < 4)
            {
                begun.Set();
                context.Cancellation.WaitHandle.WaitOne(Patience).ShouldBeTrue();
                context.Cancellation.ThrowIfCancellationRequested();
            }
        });
        begun.Wait(Patience).ShouldBeTrue(State());
        var old = store.Nodes().ShouldHaveSingleItem().Info.Id;

        store.Leave(old);

        ended.Wait(Patience).ShouldBeTrue(State());
        store.Find("toy")!.Status.ShouldBe(ExperimentStatus.Finished);
        store.Nodes().ShouldHaveSingleItem().Info.Id.ShouldNotBe(old);
        log.ShouldContain(line => line.StartsWith("This node was declared dead"));
        joins.ShouldBe(4);
    }

    [Fact]
    public async Task A_node_whose_join_was_not_answered_is_not_in_its_own_way()
    {
        var joins = 0;
        using var journal = new FaultyJournal(
            store, call => call == nameof(IJournal.Join) && Interlocked.Increment(ref joins) == 2 ? Fault.After : Fault.None);
        await using var node = Start(journal, "one", evaluators: 2);
        var old = store.Nodes().ShouldHaveSingleItem().Info.Id;

        store.Leave(old);

        SpinWait.SpinUntil(() => Volatile.Read(ref joins) >= 3, Patience).ShouldBeTrue(State());
        SpinWait.SpinUntil(() => stuck.Count > 0 || node.Look().GetAwaiter().GetResult().Length == 2, Patience).ShouldBeTrue(State());
        stuck.ShouldBeEmpty();
        store.Nodes().ShouldHaveSingleItem().Info.Id.ShouldNotBe(old);
    }

    [Fact]
    public async Task A_node_may_be_stopped_while_it_tries_to_join_again()
    {
        using var tried = new ManualResetEventSlim();
        var joins = 0;
        using var journal = new FaultyJournal(store, call =>
        {
            if (call != nameof(IJournal.Join) || Interlocked.Increment(ref joins) == 1)
            {
                return Fault.None;
            }

            tried.Set();
            return Fault.Before;
        });
        var node = Start(journal, "one", evaluators: 1);
        store.Leave(store.Nodes().Single().Info.Id);
        tried.Wait(Patience).ShouldBeTrue(State());

        await node.StopAsync(Patience);

        store.Nodes().ShouldBeEmpty();
        (await node.Look()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_node_whose_name_was_taken_while_it_was_paused_tells_a_person()
    {
        await using var node = Start(store, "one", evaluators: 1);
        var own = store.Nodes().Single().Info;
        store.Leave(own.Id);
        store.Join(own with { Id = new NodeId("usurper") }, TimeSpan.FromHours(1)).ShouldBeTrue();

        stuck.TryTake(out var reason, Patience).ShouldBeTrue(State());
        reason.ShouldNotBeNull().ShouldContain("'one'");
    }

    [Fact]
    public async Task A_node_stops_also_while_the_store_is_away()
    {
        using var begun = new ManualResetEventSlim();
        using var journal = new FaultyJournal(store);
        var node = Start(journal, "one", evaluators: 1, hook: (_, _) => begun.Set());
        begun.Wait(Patience).ShouldBeTrue(State());
        journal.Cut();

        await node.StopAsync(TimeSpan.FromMilliseconds(1));

        store.Nodes().ShouldHaveSingleItem().Info.Name.ShouldBe("one");
    }

    [Fact]
    public void A_second_node_of_the_same_name_is_refused()
    {
        store.Join(new NodeInfo(new NodeId("living"), "one", "elsewhere", 1, 1, [], "1.0", string.Empty), TimeSpan.FromHours(1))
            .ShouldBeTrue();

        Should.Throw<NodeNameTakenException>(() => Start(store, "one", evaluators: 1)).Message.ShouldContain("choose another name");
    }

    [Fact]
    public async Task A_store_that_no_writing_helps_is_told_to_a_person_with_its_reason()
    {
        using var journal = new FaultyJournal(store, call => call == nameof(IJournal.Commit)
            ? throw new JournalUnavailableException("The disk is full.") { Cause = UnavailableCause.Full } : Fault.None);
        await using var node = Start(journal, "one", evaluators: 1);

        stuck.TryTake(out var reason, Patience).ShouldBeTrue(State());
        reason.ShouldBe("The disk is full.");
    }

    [Fact]
    public async Task A_node_whose_process_on_this_machine_is_gone_is_taken_away_at_once_and_others_are_left_alone()
    {
        NodeInfo Row(string name, string host, int process, long start) =>
            new(new NodeId(name), name, host, process, start, [], "1.0", string.Empty);
        var self = Environment.ProcessId;
        var start = HostIdentity.ProcessStart(self) ?? 0;
        store.Join(Row("used-again", HostIdentity.Host, self, start + 1), TimeSpan.FromHours(1)).ShouldBeTrue();
        store.Join(Row("other-host", "elsewhere", self, start + 1), TimeSpan.FromHours(1)).ShouldBeTrue();
        store.Join(Row("living", HostIdentity.Host, self, start), TimeSpan.FromHours(1)).ShouldBeTrue();

        await using var node = Start(store, "one", evaluators: 1);

        // Where the system does not tell when processes began, nobody is known to be dead.
        store.Nodes().Select(n => n.Info.Name).Order(StringComparer.Ordinal)
            .ShouldBe(start == 0 ? ["living", "one", "other-host", "used-again"] : ["living", "one", "other-host"]);
    }

    [Fact]
    public void A_process_that_may_not_be_seen_is_not_taken_for_dead()
    {
        if (!Directory.Exists("/proc/self"))
        {
            return;
        }

        // As where the system hides the processes of other users.
        using var hidden = new TemporaryDirectory();
        HostIdentity.ProcessStart(Environment.ProcessId, hidden.Path).ShouldBe(0);
        HostIdentity.ProcessStart(int.MaxValue, hidden.Path).ShouldBeNull();
        HostIdentity.ProcessStart(int.MaxValue).ShouldBeNull();
    }

    [Fact]
    public void Leases_are_renewed_from_a_thread_of_their_own_also_after_failures_until_the_node_is_lost()
    {
        var threads = new ConcurrentQueue<(int Id, string? Name, bool OfPool)>();
        using var lost = new ManualResetEventSlim();
        using var journal = new FaultyJournal(store, call =>
        {
            threads.Enqueue((Environment.CurrentManagedThreadId, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
            return threads.Count == 2 ? Fault.Before : Fault.None;
        });
        var node = new NodeId("kept");
        store.Join(new NodeInfo(node, "kept", "here", 1, 1, [], "1.0", string.Empty), TimeSpan.FromHours(1)).ShouldBeTrue();
        using var keeper = new LeaseKeeper(journal, node, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(5), lost.Set);
        SpinWait.SpinUntil(() => threads.Count >= 5, Patience).ShouldBeTrue();

        store.Leave(node);

        lost.Wait(Patience).ShouldBeTrue();
        threads.Distinct().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            t => t.OfPool.ShouldBeFalse(), t => t.Name.ShouldBe("lease keeper"));
    }

    [Fact]
    public async Task A_look_for_dead_nodes_that_fails_for_an_unforeseen_reason_is_told_once_and_tried_again()
    {
        var looks = 0;
        using var journal = new NodesFail(store, () => Interlocked.Increment(ref looks) is > 1 and < 5);
        await using (Start(journal, "one", evaluators: 1))
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref looks) >= 6, Patience).ShouldBeTrue();
        }

        log.Count(line => line.Contains("unforeseen", StringComparison.Ordinal)).ShouldBe(1);
    }

    private sealed class NodesFail(IJournal inner, Func<bool> fails) : JournalDecorator(inner)
    {
        public override ImmutableArray<NodeRow> Nodes() => fails() ? throw new InvalidOperationException("unforeseen") : Inner.Nodes();
    }

    [Fact]
    public void A_renewal_that_fails_for_an_unforeseen_reason_is_told_once_and_tried_again()
    {
        var calls = 0;
        using var journal = new FaultyJournal(
            store, _ => Interlocked.Increment(ref calls) is 2 or 3 ? throw new InvalidOperationException("unforeseen") : Fault.None);
        var node = new NodeId("kept");
        store.Join(new NodeInfo(node, "kept", "here", 1, 1, [], "1.0", string.Empty), TimeSpan.FromHours(1)).ShouldBeTrue();

        using (new LeaseKeeper(journal, node, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(5), () => { }, log.Add))
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref calls) >= 6, Patience).ShouldBeTrue();
        }

        log.ShouldHaveSingleItem().ShouldContain("unforeseen");
    }

    private Node Start(IJournal journal, string name, int evaluators, Action<JobSpec, IJobContext>? hook = null) => Node.Start(
        journal, artifacts, new ActorRecovery(journal, _ => study), new NodeOptions
        {
            Name = name,
            Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
            Engine = "1.0",
            Device = "cpu",
            Evaluators = evaluators,
            CreateEvaluator = () => new ToyEvaluator(hook),
            Lease = TimeSpan.FromMinutes(5),
            Heartbeat = TimeSpan.FromMilliseconds(50),
            Log = log.Add,
            Stuck = stuck.Add,
        });

    private ActorRecovery Reader() => new(store, _ => study);

    /// <summary>Set when the experiment does not run any more.</summary>
    private ManualResetEventSlim Ended()
    {
        var ended = new ManualResetEventSlim();
        store.OnChange(() =>
        {
            if (store.Find("toy")!.Status != ExperimentStatus.Running)
            {
                ended.Set();
            }
        });
        return ended;
    }

    private string State() => $"phase {Reader().Read("toy").Phase}; log: {string.Join(" | ", log)}; stuck: {string.Join(" | ", stuck)}";
}
