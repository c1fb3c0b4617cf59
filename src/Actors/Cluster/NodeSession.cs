using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evaluation.Isolation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Cluster;

/// <summary>One incarnation: from a join to a leave.</summary>
internal sealed class NodeSession : IAsyncDisposable
{
    /// <summary>Turns that can wait for the store at once: fewer than it has connections.</summary>
    private const int StoreThreads = 6;

    private readonly IJournal journal;
    private readonly NodeId id;
    private readonly DedicatedThreadDispatcher dispatcher = new("node", StoreThreads);
    private readonly ActorSystem system;
    private readonly LeaseKeeper keeper;
    private readonly IDisposable subscription;

    public NodeSession(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options, NodeId id, Action lost)
    {
        this.journal = journal;
        this.id = id;
        var scope = new WorkScope { Engine = options.Engine, Experiments = options.Experiment is { } only ? [only] : null };
        system = new ActorSystem("node", new ActorSystemOptions
        {
            Dispatcher = dispatcher,
            OnEvent = happened => Escalate(happened, options),
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
                Scope = () => options.Computes is { } computes && scope.Experiments is null
                    ? scope with { Experiments = computes() }
                    : scope,
                Lease = options.Lease,
                CreateRunner = options.CreateRunner,
                CreateIsolatedRunner = Isolated(options),
                Rules = options.Rules,
                Stragglers = options.Stragglers,
                Log = options.Log,
                Stuck = options.Stuck,
            }), DevicePool.SpawnOptions);
        }

        var shard = options.Roles.Contains(NodeRoles.Islands)
            ? system.Spawn("shard", () => new ActorShard(new ActorShardOptions
            {
                Journal = journal,
                Node = id,
                Scope = scope,
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
        keeper = new LeaseKeeper(journal, id, options.Lease, options.Heartbeat, lost, options.Log);
    }

    public NodeId Id => id;

    public ActorRef<PoolMessage>? Pool { get; }

    private static CreateJobRunner? Isolated(NodeOptions options) => options.EvaluatorProcess is { } command
        ? (name, _, ended) => new IsolatedEvaluator(
            name, new IsolationOptions { Command = command, Log = options.Log }, ended)
        : null;

    /// <summary>An actor that fails on the store is started again for ever; what waiting cannot cure is said to a person.</summary>
    private static void Escalate(KernelEvent happened, NodeOptions options)
    {
        var lost = options.Lost ?? options.Stuck;
        switch (happened)
        {
            case KernelEvent.ActorFailed { Cause: JournalUnavailableException { NeedsPerson: true } } failed:
                options.Stuck?.Invoke(failed.Cause.Message);
                break;
            case KernelEvent.ActorFailed { Cause: JournalIncompatibleException } failed:
                lost?.Invoke(failed.Cause.Message);
                break;
            case KernelEvent.RestartLimitReached reached:
                lost?.Invoke(
                    $"{reached.Path} failed {reached.MaxRestarts} times within {reached.Window}, the last time with: {reached.Cause}");
                break;
            case KernelEvent.GuardianFailed failed:
                lost?.Invoke($"{failed.Path} failed: {failed.Cause}");
                break;
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
        try
        {
            journal.Leave(id);
        }
        catch (JournalUnavailableException)
        {
            // What this node held becomes free when its lease lapses.
        }
    }

    public async ValueTask DisposeAsync()
    {
        subscription.Dispose();
        await system.TerminateAsync().ConfigureAwait(false);
        dispatcher.Dispose();
        keeper.Dispose();
    }
}
