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
    private readonly ConcurrentDictionary<string, Reading> readings = new();

    public IPersistentActor Recover(ActorLease lease)
    {
        var study = Study(lease.Actor.Experiment);
        return Addresses.IslandName(lease.Actor) is { } island
            ? new PersistentActor<IslandState>(journal, lease, new IslandDecider(lease.Actor.Experiment, island, study))
            : new PersistentActor<ExperimentState>(journal, lease, new ExperimentDecider(lease.Actor.Experiment, study));
    }

    /// <summary>
    /// The experiment's state as the journal has it now, history included; for readers. The first call reads all events, later ones those
    /// that came since.
    /// </summary>
    public ExperimentState Read(string experiment)
    {
        var stored = Stored(experiment);
        var reading = readings.AddOrUpdate(
            experiment, _ => new Reading(stored), (_, known) => known.IsOf(stored) ? known : new Reading(stored));
        return reading.Follow(journal, new ExperimentDecider(experiment, Study(stored), keepsHistory: true));
    }

    /// <summary>The plan of an experiment. Kept under its configuration's hash, since a name may be deleted and used again.</summary>
    public IStudy Study(string experiment) => Study(Stored(experiment));

    private IStudy Study(Experiment stored) => studies.GetOrAdd(stored.ConfigurationHash, _ => studyOf(stored));

    private Experiment Stored(string experiment) =>
        journal.Find(experiment) ?? throw new InvalidOperationException($"There is no experiment '{experiment}' in this store.");

    /// <summary>How far an experiment's events have been read.</summary>
    private sealed class Reading(Experiment experiment)
    {
        private readonly Lock gate = new();
        private ExperimentState state = ExperimentState.Empty;
        private long sequence;

        public bool IsOf(Experiment other) =>
            other.CreatedAt == experiment.CreatedAt && other.ConfigurationHash == experiment.ConfigurationHash;

        public ExperimentState Follow(IJournal journal, ExperimentDecider decider)
        {
            lock (gate)
            {
                foreach (var happened in journal.EventsAfter(Addresses.Experiment(experiment.Name), sequence))
                {
                    (state, sequence) = (decider.Apply(state, new NewEvent(happened.Kind, happened.Body)).State, happened.Sequence);
                }

                return state;
            }
        }
    }
}
