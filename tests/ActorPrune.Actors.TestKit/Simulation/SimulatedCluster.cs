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
/// pause or
/// lose the store when a test says so. The deciders, the actors and the journal are the real ones.
/// </summary>
public sealed class SimulatedCluster : IDisposable
{
    public const string Experiment = "toy";
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(4);

    private const long MostSteps = 2_000_000;

    private readonly CounterRandom random;
    private readonly List<SimulatedNode> nodes = [];

    public SimulatedCluster(long seed, IStudy study)
    {
        Seed = seed;
        random = CounterRandom.For(seed, "cluster", 0, 0, "turns");
        Store = new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = Clock });
        Study = study;
        Reader = new ActorRecovery(Store, _ => study);
        var start = new OutgoingMessage(Addresses.Experiment(Experiment), MessageKinds.Start, string.Empty);
        Store.TryCreate(Experiment, "{}", "1.0", start);
    }

    public long Seed { get; }

    public VirtualTimeProvider Clock { get; } = new();

    public IJournal Store { get; }

    public IStudy Study { get; }

    public MemoryArtifactStore Artifacts { get; } = new();

    public ActorRecovery Reader { get; }

    /// <summary>How often each job was begun on an evaluator.</summary>
    public Dictionary<JobKey, int> Begun { get; } = [];

    /// <summary>Called where a job is computed, before it is; what it throws is how the attempt ends.</summary>
    public Action<JobSpec, IJobContext>? OnEvaluate { get; set; }

    public ExperimentState State => Reader.Read(Experiment);

    public ExperimentStatus Status => Store.Find(Experiment)!.Status;

    public string Digest => Front.Digest(State.Archive);

    public ImmutableArray<SimulatedNode> Nodes => [.. nodes];

    /// <param name="evaluators">0: the node owns actors only.</param>
    /// <param name="fault">See <see cref="FaultyJournal"/>.</param>
    /// <param name="ownsActors">False: the node evaluates only.</param>
    public SimulatedNode Start(int evaluators = 2, Func<string, Fault>? fault = null, bool ownsActors = true)
    {
        var node = new SimulatedNode(this, $"node-{nodes.Count + 1}", evaluators, ownsActors, fault);
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

            var ready = nodes.Where(n => n.IsReady).ToArray();
            if (ready.Length > 0)
            {
                ready[random.NextInt(ready.Length)].RunOne();
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

    /// <summary>How long the next job takes: so that jobs end in another order than they began.</summary>
    internal TimeSpan NextDuration() => TimeSpan.FromMilliseconds(200 + random.NextInt(5000));
}
