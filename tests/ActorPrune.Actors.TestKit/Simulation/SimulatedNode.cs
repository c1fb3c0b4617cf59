using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit.Study;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>One process of a <see cref="SimulatedCluster"/>: the real pool and shard on a dispatcher that may stop running at any
/// moment.</summary>
public sealed class SimulatedNode : IDisposable
{
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(30);

    private readonly SimulatedCluster cluster;
    private readonly SimulatedNodeOptions options;
    private readonly DeterministicDispatcher dispatcher;
    private readonly NodeClock clock;
    private readonly ITimer heartbeat;
    private readonly List<string> log = [];
    private ActorSystem? system;
    private IDisposable? subscription;
    private bool paused;

    internal SimulatedNode(SimulatedCluster cluster, string name, SimulatedNodeOptions options)
    {
        (this.cluster, this.options, Name) = (cluster, options, name);
        dispatcher = new DeterministicDispatcher(cluster.Seed);
        clock = new NodeClock(cluster.Clock, options.ClockSkew);
        Journal = new FaultyJournal(options.Layers?.Invoke(cluster.Store) ?? cluster.Store, options.Fault);
        heartbeat = clock.CreateTimer(_ => dispatcher.Schedule(Beat), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public string Name { get; }

    public FaultyJournal Journal { get; }

    /// <summary>Present incarnation; that of the last join once the process is gone.</summary>
    public NodeId Id { get; private set; } = new("nobody");

    public ActorRef<PoolMessage>? Pool { get; private set; }

    public ActorSystem System => system ?? throw new InvalidOperationException($"{Name} has not joined.");

    /// <summary>How often it joined.</summary>
    public int Joins { get; private set; }

    /// <summary>Ended: crashed, or left in good order.</summary>
    public bool IsGone { get; private set; }

    public bool IsPaused => paused && !IsGone;

    public bool IsLeaving { get; private set; }

    /// <summary>Lines that a person would have read.</summary>
    public ImmutableArray<string> Log => [.. log];

    /// <summary>Reasons for which a person was asked to act.</summary>
    public List<string> Stuck { get; } = [];

    /// <summary>What its actors failed with.</summary>
    public List<Exception> Failures { get; } = [];

    private ImmutableArray<string> Roles =>
        [.. options.OwnsActors ? [NodeRoles.Islands] : (string[])[], .. options.Evaluators > 0 ? [NodeRoles.Evaluators] : (string[])[]];

    internal bool IsReady => !IsGone && !paused && dispatcher.HasWork;

    internal void RunOne() => dispatcher.RunOne();

    /// <summary>The process is gone, as by kill -9: nothing of it runs or writes any more.</summary>
    public void Crash()
    {
        IsGone = true;
        Journal.Cut();
        heartbeat.Dispose();
        clock.Dispose();
        subscription?.Dispose();
    }

    public void Dispose() => Crash();

    /// <summary>Stopped in its tracks, as by SIGSTOP; timers go on to fall due.</summary>
    public void Pause() => paused = true;

    public void Continue() => paused = false;

    /// <summary>Stops in good order, as at SIGTERM: hands back what runs, then takes its row away and is gone.</summary>
    public void Leave()
    {
        if (!IsGone && !IsLeaving)
        {
            IsLeaving = true;
            dispatcher.Schedule(BeginLeave);
        }
    }

    private void Say(string what)
    {
        log.Add(what);
        cluster.Trace?.Invoke(Name, what);
    }

    /// <summary>What the lease keeper of a real node does on its thread: sooner again while the store is away.</summary>
    private void Beat()
    {
        var next = SimulatedCluster.Heartbeat;
        try
        {
            if (system is null || !Journal.Renew(Id, SimulatedCluster.Lease))
            {
                Join();
            }
        }
        catch (JournalUnavailableException)
        {
            next /= 4;
        }

        if (!IsGone)
        {
            heartbeat.Change(next, Timeout.InfiniteTimeSpan);
        }
    }

    private void Join()
    {
        subscription?.Dispose();
        _ = system?.TerminateAsync();
        system = null;
        if (IsLeaving)
        {
            Depart();
            return;
        }

        // Until it heard that it was dead, the lost incarnation may have claimed more.
        Journal.Leave(Id);
        if (options.Dead is { } dead)
        {
            Journal.DeclareDead(dead);
        }

        var id = cluster.NextIncarnation(Name);
        if (!Journal.Join(new NodeInfo(id, Name, "simulated", 1, 1, Roles, "1.0", string.Empty), SimulatedCluster.Lease))
        {
            return;
        }

        Joins++;
        Id = id;
        system = new ActorSystem(
            Name, new ActorSystemOptions { Clock = clock, Dispatcher = dispatcher, Throughput = 1, OnEvent = Hear });
        var shard = options.OwnsActors ? system.Spawn("shard", MakeShard, ActorShard.SpawnOptions) : null;
        var pool = Pool = options.Evaluators > 0 ? system.Spawn("pool", MakePool, DevicePool.SpawnOptions) : null;
        void Wake()
        {
            shard?.Tell(new ShardMessage.Wake());
            pool?.Tell(new PoolMessage.Wake());
        }

        subscription = Journal.OnChange(() =>
        {
            if (options.Notify is { } notify)
            {
                notify(Wake);
            }
            else
            {
                Wake();
            }
        });
    }

    private void BeginLeave()
    {
        if (system is null || Pool is not { } pool)
        {
            Depart();
            return;
        }

        var waiter = system.Spawn("leaver", () => new Leaver(Depart));
        pool.Tell(new PoolMessage.Drain(waiter));
        clock.CreateTimer(_ => dispatcher.Schedule(Depart), null, LeavePatience, Timeout.InfiniteTimeSpan);
    }

    private void Depart()
    {
        if (IsGone)
        {
            return;
        }

        var ended = system;
        system = null;
        subscription?.Dispose();
        if (ended is null)
        {
            End();
        }
        else
        {
            // In the dispatcher's own thread: a continuation elsewhere would be out of the seeded order.
            _ = ended.TerminateAsync().ContinueWith(
                _ => End(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void End()
    {
        if (IsGone)
        {
            return;
        }

        try
        {
            Journal.Leave(Id);
        }
        catch (JournalUnavailableException)
        {
            // What this node held becomes free when its lease lapses.
        }

        Crash();
    }

    private ActorShard MakeShard() => new(new ActorShardOptions
    {
        Journal = Journal,
        Node = Id,
        Lease = SimulatedCluster.Lease,
        Recover = options.Recover is { } recover
            ? lease => recover(Journal, lease)
            : new ActorRecovery(Journal, _ => cluster.Study).Recover,
        Log = Say,
    });

    private DevicePool MakePool() => new(new DevicePoolOptions
    {
        Device = "cpu",
        Evaluators = options.Evaluators,
        CreateEvaluator = () => new ToyEvaluator(cluster.OnEvaluate),
        CreateRunner = (_, create, ended) => new SimulatedRunner(cluster, this, clock, dispatcher, create, ended),
        Journal = Journal,
        Artifacts = cluster.Artifacts,
        Node = Id,
        Lease = SimulatedCluster.Lease,
        Stragglers = options.Stragglers,
        Rules = _ => new WorkRules { MaxAttempts = SimulatedCluster.MaxAttempts },
        Clock = clock,
        Log = Say,
        Stuck = Stuck.Add,
    });

    private void Hear(KernelEvent happened)
    {
        if (happened is KernelEvent.ActorFailed failed)
        {
            Failures.Add(failed.Cause);
        }
    }

    private sealed class Leaver(Action left) : Actor<Drained>
    {
        protected override void Receive(Drained message) => left();
    }
}
