using System.Collections.Immutable;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Cluster;

/// <summary>How a node works.</summary>
public sealed record NodeOptions
{
    /// <summary>For people; unique among the living nodes of a store.</summary>
    public required string Name { get; init; }

    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>Version of the engine.</summary>
    public required string Engine { get; init; }

    /// <summary>"cpu", "cuda:0".</summary>
    public required string Device { get; init; }

    public required int Evaluators { get; init; }

    public required Func<IEvaluator> CreateEvaluator { get; init; }

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between renewals of the lease.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(4);

    public int MaxAttempts { get; init; } = 3;

    public required Action<string> Log { get; init; }

    /// <summary>Called when the store cannot be written for a reason that waiting does not cure (disk full, no permission): somebody has to act.</summary>
    public Action<string>? Stuck { get; init; }
}

/// <summary>Roles of a node.</summary>
public static class NodeRoles
{
    /// <summary>Owns persistent actors.</summary>
    public const string Islands = "islands";

    /// <summary>Computes jobs.</summary>
    public const string Evaluators = "evaluators";
}

/// <summary>A living node with that name is in the store already.</summary>
public sealed class NodeNameTakenException(string message) : Exception(message);

/// <summary>
/// One process at work on a store: joins, keeps its leases, owns persistent actors, computes jobs, leaves. A node that was declared dead while it
/// was paused drops all that it held and joins again as a new incarnation.
/// </summary>
public sealed class Node : IAsyncDisposable
{
    private readonly IJournal journal;
    private readonly IArtifactStore artifacts;
    private readonly ActorRecovery recovery;
    private readonly NodeOptions options;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Timer reaper;
    private Session? session;
    private bool stopped;

    private Node(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options)
    {
        this.journal = journal;
        this.artifacts = artifacts;
        this.recovery = recovery;
        this.options = options;
        reaper = new Timer(_ => Reap(), null, options.Heartbeat, options.Heartbeat);
    }

    /// <summary>Joins the store and starts to work.</summary>
    /// <exception cref="NodeNameTakenException">Another living node has the name.</exception>
    public static Node Start(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options)
    {
        ReapDead(journal);
        var node = new Node(journal, artifacts, recovery, options);
        node.session = node.Join();
        return node;
    }

    /// <summary>Takes away the nodes whose process on this machine is gone, so that their work need not wait for a lease to lapse.</summary>
    /// <returns>Names of the nodes taken away.</returns>
    public static ImmutableArray<string> ReapDead(IJournal journal)
    {
        var dead = journal.Nodes().Where(n => HostIdentity.IsKnownDead(n.Info)).ToImmutableArray();
        foreach (var node in dead)
        {
            journal.Leave(node.Info.Id);
        }

        return [.. dead.Select(n => n.Info.Name)];
    }

    /// <summary>What each evaluator is doing.</summary>
    public async Task<ImmutableArray<EvaluatorStatus>> Look()
    {
        var pool = session?.Pool;
        return pool is null
            ? []
            : await pool.Ask<ImmutableArray<EvaluatorStatus>>(reply => new PoolMessage.Look(reply), TimeSpan.FromSeconds(5)).ConfigureAwait(false);
    }

    /// <summary>Stops taking work, hands back what runs (with checkpoints), leaves.</summary>
    /// <param name="patience">How long running jobs may take to reach a place where they can stop.</param>
    public async Task StopAsync(TimeSpan patience)
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            stopped = true;
            await reaper.DisposeAsync().ConfigureAwait(false);
            if (session is { } running)
            {
                session = null;
                await running.StopAsync(patience).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        gate.Dispose();
    }

    private Session Join()
    {
        var info = new NodeInfo(
            new NodeId(Guid.NewGuid().ToString("N")),
            options.Name,
            HostIdentity.Host,
            Environment.ProcessId,
            HostIdentity.ProcessStart(Environment.ProcessId) ?? 0,
            options.Roles,
            options.Engine,
            $"{options.Evaluators} × {options.Device}");
        if (!journal.Join(info, options.Lease))
        {
            throw new NodeNameTakenException($"A living node is called '{options.Name}' already: choose another name, or wait {options.Lease} for it to lapse.");
        }

        return new Session(journal, artifacts, recovery, options, info.Id, () => _ = Task.Run(RejoinAsync));
    }

    /// <summary>This node was declared dead, so others own its work now: it drops everything and begins anew.</summary>
    private async Task RejoinAsync()
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (stopped)
            {
                return;
            }

            options.Log("This node was declared dead while it was paused; it drops what it held and joins again.");
            await session!.DisposeAsync().ConfigureAwait(false);
            session = Join();
        }
        finally
        {
            gate.Release();
        }
    }

    private void Reap()
    {
        try
        {
            foreach (var name in ReapDead(journal))
            {
                options.Log($"Node {name} is gone; its work is free.");
            }
        }
        catch (JournalUnavailableException)
        {
            // The next tick tries again.
        }
    }

    /// <summary>One incarnation: from a join to a leave.</summary>
    private sealed class Session : IAsyncDisposable
    {
        private readonly IJournal journal;
        private readonly NodeId id;
        private readonly ActorSystem system;
        private readonly LeaseKeeper keeper;
        private readonly IDisposable subscription;

        public Session(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options, NodeId id, Action lost)
        {
            this.journal = journal;
            this.id = id;
            void Stuck(string reason) => options.Stuck?.Invoke(reason);
            system = new ActorSystem("node", new ActorSystemOptions
            {
                OnEvent = happened => Escalate(happened, Stuck),
            });
            if (options.Roles.Contains(NodeRoles.Evaluators))
            {
                Pool = system.Spawn("pool", () => new DevicePool(new DevicePoolOptions
                {
                    Device = options.Device,
                    Evaluators = options.Evaluators,
                    CreateEvaluator = options.CreateEvaluator,
                    Journal = journal,
                    Artifacts = artifacts,
                    Node = id,
                    Lease = options.Lease,
                    MaxAttempts = options.MaxAttempts,
                    Log = options.Log,
                    Stuck = Stuck,
                }));
            }

            var shard = options.Roles.Contains(NodeRoles.Islands)
                ? system.Spawn("shard", () => new ActorShard(new ActorShardOptions
                {
                    Journal = journal,
                    Node = id,
                    Lease = options.Lease,
                    Recover = recovery.Recover,
                    Log = options.Log,
                }), ActorShard.SpawnOptions)
                : null;
            subscription = journal.OnChange(() =>
            {
                shard?.Tell(new ShardMessage.Wake());
                Pool?.Tell(new PoolMessage.Wake());
            });
            keeper = new LeaseKeeper(journal, id, options.Lease, options.Heartbeat, lost);
        }

        public ActorRef<PoolMessage>? Pool { get; }

        /// <summary>An actor that fails on the store is started again for ever; what waiting cannot cure is said to a person.</summary>
        private static void Escalate(KernelEvent happened, Action<string> stuck)
        {
            if (happened is KernelEvent.ActorFailed { Cause: JournalUnavailableException { NeedsPerson: true } cause })
            {
                stuck(cause.Message);
            }
        }

        public async Task StopAsync(TimeSpan patience)
        {
            if (Pool is not null)
            {
                try
                {
                    await Pool.Ask<Drained>(reply => new PoolMessage.Drain(reply), patience).ConfigureAwait(false);
                }
                catch (AskTimeoutException)
                {
                    // What did not come back in time is freed by leaving; its unfinished work is repeated elsewhere.
                }
            }

            await DisposeAsync().ConfigureAwait(false);
            journal.Leave(id);
        }

        public async ValueTask DisposeAsync()
        {
            subscription.Dispose();
            await system.TerminateAsync().ConfigureAwait(false);
            keeper.Dispose();
        }
    }
}
