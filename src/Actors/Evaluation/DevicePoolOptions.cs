using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation;

/// <summary>How a device's evaluators work.</summary>
public sealed record DevicePoolOptions
{
    /// <summary>"cpu", "cuda:0".</summary>
    public required string Device { get; init; }

    /// <summary>Number of evaluators, each on its own thread.</summary>
    public required int Evaluators { get; init; }

    /// <summary>Makes one evaluator; called on its own thread.</summary>
    public required Func<IEvaluator> CreateEvaluator { get; init; }

    public required IJournal Journal { get; init; }

    public required IArtifactStore Artifacts { get; init; }

    public required NodeId Node { get; init; }

    /// <summary>Whose jobs; asked at every claim.</summary>
    public Func<WorkScope> Scope { get; init; } = () => WorkScope.All;

    public required TimeSpan Lease { get; init; }

    /// <summary>What computes the jobs. Default: a thread for each evaluator.</summary>
    public CreateJobRunner CreateRunner { get; init; } = (name, create, ended) => new EvaluatorThread(name, create, ended);

    /// <summary>
    /// What computes a job that is suspected of bringing its process down, made when the first one comes; null = the same as all others.
    /// Its evaluator is of its own making.
    /// </summary>
    public CreateJobRunner? CreateIsolatedRunner { get; init; }

    /// <summary>How the jobs of an experiment, by its name, are worked on; asked for each job.</summary>
    public Func<string, WorkRules> Rules { get; init; } = _ => new WorkRules();

    /// <summary>When an idle evaluator takes a job that another node holds again; null = never.</summary>
    public StragglerRule? Stragglers { get; init; }

    /// <summary>Wake-ups may be lost: look for jobs at least this often.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public required Action<string> Log { get; init; }

    /// <summary>Called when nothing can be computed or stored here for a reason that waiting does not cure.</summary>
    public Action<string>? Stuck { get; init; }
}
