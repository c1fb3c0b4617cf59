using System.Collections.Concurrent;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evolution;

/// <summary>Brings an experiment's actors to life; knows which decider belongs to which address.</summary>
/// <param name="journal">The store.</param>
/// <param name="studyOf">Makes the plan of an experiment from its configuration as stored.</param>
public sealed class ActorRecovery(IJournal journal, Func<Experiment, IStudy> studyOf)
{
    private readonly ConcurrentDictionary<string, IStudy> studies = new();

    public IPersistentActor Recover(ActorLease lease)
    {
        var study = Study(lease.Actor.Experiment);
        return Addresses.IslandName(lease.Actor) is { } island
            ? new PersistentActor<IslandState>(journal, lease, new IslandDecider(lease.Actor.Experiment, island, study))
            : new PersistentActor<ExperimentState>(journal, lease, new ExperimentDecider(lease.Actor.Experiment, study));
    }

    /// <summary>The experiment's state as the journal has it now; for readers.</summary>
    public ExperimentState Read(string experiment) =>
        PersistentActor<ExperimentState>.Read(journal, Addresses.Experiment(experiment), new ExperimentDecider(experiment, Study(experiment)));

    /// <summary>The plan of an experiment. Kept under its configuration's hash, since a name may be deleted and used again.</summary>
    public IStudy Study(string experiment)
    {
        var stored = journal.Find(experiment) ?? throw new InvalidOperationException($"There is no experiment '{experiment}' in this store.");
        return studies.GetOrAdd(stored.ConfigurationHash, _ => studyOf(stored));
    }
}
