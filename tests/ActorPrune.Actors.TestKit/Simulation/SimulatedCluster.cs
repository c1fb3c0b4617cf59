using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>
/// Nodes on one store in one thread: a seed decides whose turn it is and how long each job takes, the clock is virtual, and nodes crash,
/// pause or lose the store when a test says so. The deciders, the actors and the journal are the real ones.
/// </summary>
public sealed class SimulatedCluster : IDisposable
{
    public const string Experiment = "toy";
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(4);
    public const int MaxAttempts = 3;

    private const long MostSteps = 2_000_000;

    private readonly CounterRandom random;
    private readonly List<SimulatedNode> nodes = [];
    private readonly Dictionary<string, int> incarnations = [];
    private readonly SqliteJournal store;
    private ExperimentStatus status;
    private bool statusIsOld = true;

    public SimulatedCluster(long seed, IStudy study)
    {
        Seed = seed;
        random = CounterRandom.For(seed, "cluster", 0, 0, "turns");
        StoreClock = new StoreClock(Clock);
        store = new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = StoreClock });
        store.OnChange(() => statusIsOld = true);
        Study = study;
        Reader = new ActorRecovery(Store, _ => study);
        var start = new OutgoingMessage(Addresses.Experiment(Experiment), MessageKinds.Start, string.Empty);
        Store.TryCreate(Experiment, "{}", "1.0", start);
    }

    public long Seed { get; }

    public VirtualTimeProvider Clock { get; } = new();

    /// <summary>The clock of <see cref="Store"/>.</summary>
    public StoreClock StoreClock { get; }

    public IJournal Store => store;

    public IStudy Study { get; }

    public MemoryArtifactStore Artifacts { get; } = new();

    public ActorRecovery Reader { get; }

    /// <summary>How often each job was begun on an evaluator.</summary>
    public Dictionary<JobKey, int> Begun { get; } = [];

    /// <summary>Called where a job is computed, before it is; what it throws is how the attempt ends.</summary>
    public Action<JobSpec, IJobContext>? OnEvaluate { get; set; }

    /// <summary>How long an attempt at a job takes. Null: 0.2 to 5.2 s.</summary>
    public Func<JobLease, TimeSpan>? Duration { get; set; }

    /// <summary>Jobs that take at least so long save a checkpoint half way, and an attempt that finds one takes half the time.</summary>
    public TimeSpan CheckpointFrom { get; set; } = TimeSpan.MaxValue;

    /// <summary>Whether an attempt, at its end, takes its process along.</summary>
    public Func<JobLease, bool>? KillsProcess { get; set; }

    /// <summary>Called with the node whose process <see cref="KillsProcess"/> has ended.</summary>
    public Action<SimulatedNode>? OnProcessKilled { get; set; }

    /// <summary>Told what happens, for people: the node's name and a line.</summary>
    public Action<string, string>? Trace { get; set; }

    public ExperimentState State => Reader.Read(Experiment);

    /// <summary>Looked up again only after the store has changed: it is asked for at every step.</summary>
    public ExperimentStatus Status
    {
        get
        {
            if (statusIsOld)
            {
                (status, statusIsOld) = (Store.Find(Experiment)!.Status, false);
            }

            return status;
        }
    }

    /// <summary>Actors and jobs that somebody holds.</summary>
    public long HeldLeases => Count("actor WHERE owner IS NOT NULL") + Count("job WHERE status = 'leased'");

    /// <summary>Actors that wait for a job.</summary>
    public long OpenSubscriptions => Count("subscription");

    public string Digest => Front.Digest(State.Archive);

    public ImmutableArray<SimulatedNode> Nodes => [.. nodes];

    /// <param name="evaluators">0: the node owns actors only.</param>
    /// <param name="fault">See <see cref="FaultyJournal"/>.</param>
    /// <param name="ownsActors">False: the node evaluates only.</param>
    public SimulatedNode Start(int evaluators = 2, Func<string, Fault>? fault = null, bool ownsActors = true) =>
        Start(new SimulatedNodeOptions { Evaluators = evaluators, Fault = fault, OwnsActors = ownsActors });

    public SimulatedNode Start(SimulatedNodeOptions options)
    {
        var node = new SimulatedNode(this, options.Name ?? $"node-{nodes.Count + 1}", options);
        nodes.Add(node);
        return node;
    }

    /// <summary>Runs until the experiment has ended; throws when it does not within <paramref name="limit"/> of virtual time.</summary>
    public void RunToEnd(TimeSpan? limit = null)
    {
        if (!RunUntil(() => Status != ExperimentStatus.Running, limit))
        {
            var open = Store.Jobs(Experiment).Where(j => j.Result is null).Select(j => $"{j.Spec.Kind} {j.Status} of {j.Node}");
            throw new Xunit.Sdk.XunitException($"The experiment did not end (seed {Seed}): phase {State.Phase}, "
                + $"virtual time {Clock.Elapsed}, jobs {string.Join(", ", open)}.");
        }
    }

    /// <summary>Runs until <paramref name="condition"/> holds, which is asked after every step.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan? limit = null)
    {
        var end = Clock.GetUtcNow() + (limit ?? TimeSpan.FromHours(2));
        for (var steps = 0L; steps < MostSteps; steps++)
        {
            if (condition())
            {
                return true;
            }

            if (NextReady() is { } ready)
            {
                ready.RunOne();
                continue;
            }

            var fired = false;
            DeterministicDispatcher.Inline(() => fired = Clock.FireNextInstant(end));
            if (!fired)
            {
                return condition();
            }
        }

        throw new InvalidOperationException($"Still busy after {MostSteps} steps (seed {Seed}).");
    }

    public void Dispose()
    {
        nodes.ForEach(n => n.Dispose());
        Store.Dispose();
    }

    /// <summary>So that jobs end in another order than they began.</summary>
    internal TimeSpan NextDuration(JobLease lease) => Duration?.Invoke(lease) ?? TimeSpan.FromMilliseconds(200 + random.NextInt(5000));

    /// <summary>Ids count over all processes that had the name.</summary>
    internal NodeId NextIncarnation(string name) => new($"{name}.{incarnations[name] = incarnations.GetValueOrDefault(name) + 1}");

    private SimulatedNode? NextReady()
    {
        var ready = 0;
        foreach (var node in nodes)
        {
            ready += node.IsReady ? 1 : 0;
        }

        if (ready == 0)
        {
            return null;
        }

        var chosen = random.NextInt(ready);
        foreach (var node in nodes)
        {
            if (node.IsReady && chosen-- == 0)
            {
                return node;
            }
        }

        return null;
    }

    private long Count(string rows) => store.Writer.Integer($"SELECT count(*) FROM {rows}")!.Value;
}
