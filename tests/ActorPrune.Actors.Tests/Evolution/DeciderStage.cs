using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Actors.Tests.Evolution;

/// <summary>
/// Plays an experiment's deciders without journal, kernel or clock: each message waits until a seed picks it, messages of one sender to one
/// receiver in their order, outcomes of jobs in any.
/// </summary>
internal sealed class DeciderStage
{
    public const string Name = "toy";

    private readonly IStudy study;
    private readonly CounterRandom random;
    private readonly MemoryArtifactStore artifacts = new();
    private readonly Dictionary<ActorId, IPlayer> players = [];
    private readonly List<Envelope> mail = [];
    private long messages;

    public DeciderStage(IStudy study, long order)
    {
        this.study = study;
        random = CounterRandom.For(order, "stage", 0, 0, "order");
        Post(new OutgoingMessage(Addresses.Experiment(Name), MessageKinds.Start, string.Empty), null);
    }

    /// <summary>Jobs that fail for good.</summary>
    public Func<JobSpec, bool> Failing { get; set; } = _ => false;

    /// <summary>Changes what a job measures.</summary>
    public Func<JobSpec, JobResult, JobResult> Measured { get; init; } = (_, result) => result;

    /// <summary>Every message comes twice.</summary>
    public bool Duplicates { get; init; }

    /// <summary>After each turn the actor is put away as a snapshot and read again, with this probability.</summary>
    public double SnapshotRate { get; init; }

    /// <summary>Every status that was set, with its reason.</summary>
    public List<(ExperimentStatus Status, string? Reason)> Statuses { get; } = [];

    /// <summary>Jobs asked for by all actors, equal ones counted each time.</summary>
    public List<JobSpec> Asked { get; } = [];

    public ExperimentState Experiment => ((Player<ExperimentState>)players[Addresses.Experiment(Name)]).State;

    public string Digest => Front.Digest(Experiment.Archive);

    public IReadOnlyCollection<ActorId> Actors => players.Keys;

    /// <summary>Plays until no message is left, or until <paramref name="until"/> says so.</summary>
    public DeciderStage Play(Func<DeciderStage, bool>? until = null)
    {
        while (mail.Count > 0 && until?.Invoke(this) != true)
        {
            var next = mail[random.NextInt(mail.Count)];

            // Per sender and receiver the oldest comes first; a job's outcome has no sender.
            if (next.From is not null)
            {
                next = mail.First(m => m.From == next.From && m.To == next.To);
            }

            mail.Remove(next);
            Deliver(next);
            if (Duplicates && next.Kind is JobMessages.Outcome or MessageKinds.Parcel)
            {
                Deliver(next);
            }
        }

        return this;
    }

    /// <summary>Delivers <paramref name="outcome"/> to <paramref name="actor"/> once more, as a job that was tried again does.</summary>
    public void Post(ActorId actor, JobOutcome outcome) => Post(new OutgoingMessage(actor, JobMessages.Outcome, outcome.ToJson()), null);

    /// <summary>The outcome that the jobs of this stage have.</summary>
    public JobOutcome OutcomeOf(JobSpec job) => Failing(job)
        ? new JobOutcome(job.Key, null, "out of memory")
        : new JobOutcome(job.Key, Measured(job, ToyEvaluator.Compute(job, artifacts)), null);

    /// <summary>Each actor's snapshot text now, and the one that a replay of its events gives.</summary>
    public IEnumerable<(ActorId Actor, string Now, string Replayed)> Replays() =>
        players.Select(p => (p.Key, p.Value.Text, p.Value.Replayed()));

    private void Deliver(Envelope message)
    {
        if (!players.TryGetValue(message.To, out var player))
        {
            players.Add(message.To, player = Addresses.IslandName(message.To) is { } island
                ? new Player<IslandState>(new IslandDecider(Name, island, study))
                : new Player<ExperimentState>(new ExperimentDecider(Name, study, keepsHistory: true)));
        }

        var effects = player.Receive(message);
        foreach (var outgoing in effects.Messages)
        {
            Post(outgoing, message.To);
        }

        foreach (var request in effects.Jobs)
        {
            Asked.Add(request.Spec);
            Post(message.To, OutcomeOf(request.Spec));
        }

        if (effects.Status is { } status)
        {
            Statuses.Add(status);
        }

        if (random.NextDouble() < SnapshotRate)
        {
            player.PutAway();
        }
    }

    private void Post(OutgoingMessage message, ActorId? from) =>
        mail.Add(new Envelope(++messages, from, message.To, message.Kind, message.Body));

    private interface IPlayer
    {
        string Text { get; }

        Effects Receive(Envelope message);

        void PutAway();

        string Replayed();
    }

    private sealed class Player<TState>(IDecider<TState> decider) : IPlayer
    {
        private readonly List<NewEvent> events = [];

        public TState State { get; private set; } = decider.Initial;

        public string Text => decider.WriteSnapshot(State);

        public Effects Receive(Envelope message)
        {
            var effects = Effects.None;
            foreach (var happened in decider.Decide(State, message))
            {
                events.Add(happened);
                var transition = decider.Apply(State, happened);
                (State, effects) = (transition.State, effects.Then(transition.Effects));
            }

            return effects;
        }

        public void PutAway() => State = decider.ReadSnapshot(decider.WriteSnapshot(State));

        public string Replayed() => decider.WriteSnapshot(events.Aggregate(decider.Initial, (s, e) => decider.Apply(s, e).State));
    }
}
