using System.Collections.Immutable;
using System.Diagnostics;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
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

    /// <summary>How the jobs of an experiment, by its name, are worked on; asked for each job.</summary>
    public Func<string, WorkRules> Rules { get; init; } = _ => new WorkRules();

    /// <summary>When an idle evaluator takes a job that another node holds again; null = never.</summary>
    public StragglerRule? Stragglers { get; init; } = new(Factor: 3, Least: TimeSpan.FromSeconds(10));

    /// <summary>Starts a program that calls <see cref="Evaluation.Isolation.EvaluatorChild.Serve"/>; null = no job is isolated.</summary>
    public Func<ProcessStartInfo>? EvaluatorProcess { get; init; }

    /// <summary>Work on this experiment alone; null = on all that run and were begun by this version of the engine.</summary>
    public string? Experiment { get; init; }

    /// <summary>
    /// The running experiments whose jobs this node can compute: those of its device class, whose data set it has. Asked at every claim;
    /// null = it can compute all. See <see cref="Node.Wake"/>.
    /// </summary>
    public Func<ImmutableArray<string>>? Computes { get; init; }

    public required Action<string> Log { get; init; }

    /// <summary>What computes the jobs. Default: a thread for each evaluator.</summary>
    public CreateJobRunner CreateRunner { get; init; } = (name, create, ended) => new EvaluatorThread(name, create, ended);

    /// <summary>
    /// Called when nothing can be computed or stored here until somebody acts (disk full, no permission, no libtorch); the node tries on.
    /// May be called several times.
    /// </summary>
    public Action<string>? Stuck { get; init; }

    /// <summary>
    /// Called when this node can never go on: a newer program's store, its name taken while it was paused, an actor that fails again and
    /// again. Null: as <see cref="Stuck"/>.
    /// </summary>
    public Action<string>? Lost { get; init; }
}

/// <summary>Roles of a node.</summary>
public static class NodeRoles
{
    /// <summary>Owns persistent actors.</summary>
    public const string Islands = "islands";

    /// <summary>Computes jobs.</summary>
    public const string Evaluators = "evaluators";
}
