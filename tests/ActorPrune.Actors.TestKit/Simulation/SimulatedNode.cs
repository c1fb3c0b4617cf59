using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit.Study;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>One node of a <see cref="SimulatedCluster"/>: the real pool and shard on a dispatcher that may stop running at any
/// moment.</summary>
public sealed class SimulatedNode : IDisposable
{
    private readonly SimulatedCluster cluster;
    private readonly string name;
    private readonly int evaluators;
    private readonly bool ownsActors;
    private readonly DeterministicDispatcher dispatcher;
    private readonly ITimer heartbeat;
    private readonly List<string> log = [];
    private ActorSystem? system;
    private IDisposable? subscription;
    private int incarnation;
    private bool paused;
    private bool dead;

    internal SimulatedNode(SimulatedCluster cluster, string name, int evaluators, bool ownsActors, Func<string, Fault>? fault)
    {
        (this.cluster, this.name, this.evaluators, this.ownsActors) = (cluster, name, evaluators, ownsActors);
        dispatcher = new DeterministicDispatcher(cluster.Seed);
        Journal = new FaultyJournal(cluster.Store, fault);
        heartbeat = cluster.Clock.CreateTimer(_ => dispatcher.Schedule(Beat), null, TimeSpan.Zero, SimulatedCluster.Heartbeat);
    }

    public FaultyJournal Journal { get; }

    public NodeId Id { get; private set; } = new("nobody");

    public ActorRef<PoolMessage>? Pool { get; private set; }

    public ActorSystem System => system ?? throw new InvalidOperationException($"{name} has not joined.");

    /// <summary>How often it joined.</summary>
    public int Joins => incarnation;

    /// <summary>Lines that a person would have read.</summary>
    public ImmutableArray<string> Log => [.. log];

    /// <summary>Reasons for which a person was asked to act.</summary>
    public List<string> Stuck { get; } = [];

    /// <summary>What its actors failed with.</summary>
    public List<Exception> Failures { get; } = [];

    internal bool IsReady => !dead && !paused && dispatcher.HasWork;

    internal void RunOne() => dispatcher.RunOne();

    /// <summary>The process is gone, as by kill -9: nothing of it runs or writes any more.</summary>
    public void Crash()
    {
        dead = true;
        Journal.Cut();
        heartbeat.Dispose();
        subscription?.Dispose();
    }

    public void Dispose() => Crash();

    /// <summary>Stopped in its tracks, as by SIGSTOP; timers go on to fall due.</summary>
    public void Pause() => paused = true;

    public void Continue() => paused = false;

    /// <summary>What the lease keeper of a real node does on its thread.</summary>
    private void Beat()
    {
        try
        {
            if (system is null || !Journal.Renew(Id, SimulatedCluster.Lease))
            {
                Join();
            }
        }
        catch (JournalUnavailableException)
        {
            // The next beat tries again.
        }
    }

    private void Join()
    {
        subscription?.Dispose();
        _ = system?.TerminateAsync();
        system = null;
        Journal.Leave(Id);
        var id = new NodeId($"{name}.{incarnation + 1}");
        if (!Journal.Join(new NodeInfo(id, name, "simulated", 1, 1, [], "1.0", string.Empty), SimulatedCluster.Lease))
        {
            return;
        }

        incarnation++;
        Id = id;
        system = new ActorSystem(
            name, new ActorSystemOptions { Clock = cluster.Clock, Dispatcher = dispatcher, Throughput = 1, OnEvent = Hear });
        var shard = ownsActors ? system.Spawn("shard", MakeShard, ActorShard.SpawnOptions) : null;
        var pool = Pool = evaluators > 0 ? system.Spawn("pool", MakePool) : null;
        subscription = Journal.OnChange(() =>
        {
            shard?.Tell(new ShardMessage.Wake());
            pool?.Tell(new PoolMessage.Wake());
        });
    }

    private ActorShard MakeShard() => new(new ActorShardOptions
    {
        Journal = Journal,
        Node = Id,
        Lease = SimulatedCluster.Lease,
        Recover = new ActorRecovery(Journal, _ => cluster.Study).Recover,
        Log = log.Add,
    });

    private DevicePool MakePool() => new(new DevicePoolOptions
    {
        Device = "cpu",
        Evaluators = evaluators,
        CreateEvaluator = () => new ToyEvaluator(cluster.OnEvaluate),
        CreateRunner = (_, create, ended) => new SimulatedRunner(cluster, dispatcher, create, ended),
        Journal = Journal,
        Artifacts = cluster.Artifacts,
        Node = Id,
        Lease = SimulatedCluster.Lease,
        MaxAttempts = 3,
        Stragglers = new StragglerRule(Factor: 3, Least: TimeSpan.FromSeconds(10)),
        Clock = cluster.Clock,
        Log = log.Add,
        Stuck = Stuck.Add,
    });

    private void Hear(KernelEvent happened)
    {
        if (happened is KernelEvent.ActorFailed failed)
        {
            Failures.Add(failed.Cause);
        }
    }
}
