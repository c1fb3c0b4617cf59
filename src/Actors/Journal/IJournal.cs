using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal;

/// <summary>
/// The durable side of everything: experiments, persistent actors with their inboxes, content-addressed jobs, nodes. Implementations share
/// one conformance kit. All methods are synchronous, safe for use from several threads, and each is one transaction: after an exception
/// nothing of it took effect unless the message says that the outcome is unknown. The store's clock is the only one that leases use.
/// </summary>
/// <remarks>All methods throw <see cref="JournalUnavailableException"/> when the store cannot be reached or written for now (busy beyond
/// the time-out, disk full, connection lost): what was committed stays, and the call may be repeated.</remarks>
public interface IJournal : IDisposable
{
    // ---- experiments

    /// <summary>
    /// Creates the experiment together with its first message, delivered to the actor "name/experiment". False, and nothing changed, when
    /// the name is taken.
    /// </summary>
    bool TryCreate(string name, string configuration, string engine, OutgoingMessage first);

    Experiment? Find(string name);

    ImmutableArray<Experiment> Experiments();

    /// <summary>Those that run, for nodes that look often.</summary>
    ImmutableArray<Experiment> RunningExperiments();

    /// <summary>
    /// Stops or resumes: actors and jobs of an experiment that does not run are not handed out. False: no such experiment.
    /// </summary>
    bool SetStatus(string name, ExperimentStatus status, string? reason);

    /// <summary>
    /// Removes the experiment, its actors and its requests; jobs and their results stay for others. False: no such experiment.
    /// </summary>
    bool Delete(string name);

    // ---- persistent actors

    /// <summary>
    /// Leases to <paramref name="node"/> up to <paramref name="most"/> actors of running experiments that nobody holds and that have mail,
    /// oldest mail first, and only as many of an experiment as <see cref="FairShare"/> leaves room for. Each gets a new fencing token.
    /// </summary>
    /// <param name="node">Who claims.</param>
    /// <param name="most">Actors at most.</param>
    /// <param name="lease">Until the first renewal.</param>
    /// <param name="scope">Of which experiments; null = of all.</param>
    ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null);

    /// <summary>
    /// How many actors of the experiment one node may hold: all of them, divided by the living nodes that may own them (the role, the
    /// experiment's engine, not bound to another experiment), rounded up. 0 when the experiment does not run.
    /// </summary>
    int FairShare(string experiment);

    /// <summary>
    /// Frees the actors that the store holds for <paramref name="node"/> and that are none of <paramref name="held"/>: those of a claim
    /// whose answer was lost, which the node renews without knowing of them. A store whose outcomes are always definite may do nothing.
    /// </summary>
    void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held)
    {
    }

    /// <summary>Gives an actor back. Nothing happens when the lease is no longer valid.</summary>
    void Release(ActorLease lease);

    StoredActor Load(ActorId actor);

    /// <summary>All events of an actor from the first, for reports.</summary>
    ImmutableArray<StoredEvent> Events(ActorId actor);

    /// <summary>The events of an actor after <paramref name="sequence"/>, for readers that follow it.</summary>
    ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) => [.. Events(actor).Where(e => e.Sequence > sequence)];

    /// <summary>The oldest messages in the inbox, in order of their ids, at most <paramref name="most"/>.</summary>
    ImmutableArray<Envelope> Inbox(ActorId actor, int most);

    /// <summary>Commits a turn, or says that the lease or the sequence has moved on. See <see cref="Turn"/>.</summary>
    CommitOutcome Commit(Turn turn);

    // ---- jobs

    /// <summary>
    /// The most urgent queued (or lapsed) job of a running experiment, leased to <paramref name="node"/>; null when there is none. With
    /// <paramref name="scope"/> only jobs that an experiment in it waits for. A lapsed one never goes to the node that holds it, which may be
    /// computing it: its next renewal makes the lease good again, and what it does not know of it frees (<see cref="FreeJobsExcept"/>).
    /// </summary>
    JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null);

    /// <summary>Tokens of the jobs that <paramref name="node"/> holds and that no running experiment waits for any more.</summary>
    ImmutableArray<long> UnwantedJobs(NodeId node);

    /// <summary>
    /// A second lease on a job that another node holds for unusually long, so that an idle evaluator need not wait for it; null when there
    /// is none. To be asked when <see cref="ClaimJob"/> has nothing. The first holder's lease stays good: whoever of the two completes
    /// first writes the result, and the other's lease ends with it. A store without second leases has none.
    /// </summary>
    JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null) => null;

    /// <summary>As <see cref="FreeActorsExcept"/>, for jobs.</summary>
    void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held)
    {
    }

    /// <summary>Makes the job resumable from <paramref name="checkpoint"/>. False: the lease is no longer valid.</summary>
    bool Checkpoint(JobLease lease, ArtifactId checkpoint);

    /// <summary>Writes the result and delivers it to all that asked. False: the lease is no longer valid, nothing was written.</summary>
    bool Complete(JobLease lease, JobResult result, double seconds);

    /// <summary>
    /// Records a failure: queued again while fewer than <paramref name="maxAttempts"/> attempts failed, failed for good (and delivered)
    /// otherwise. Attempts that ended because a node died do not count. False: the lease is no longer valid.
    /// </summary>
    bool Fail(JobLease lease, string reason, int maxAttempts);

    /// <summary>Puts the job back unharmed. False: the lease is no longer valid.</summary>
    bool Release(JobLease lease);

    /// <summary>
    /// Queues the failed jobs that the experiment asked for anew, with their count of failures at 0, and subscribes those of its actors
    /// that asked: a failure that still lies in an inbox is taken back, and the new outcome is delivered, also to an actor that was told of
    /// the failure before. Askers of other experiments keep the failure that they were told. Returns the number of jobs.
    /// </summary>
    int RetryFailed(string experiment);

    JobRow? FindJob(JobKey key);

    /// <summary>All jobs that the experiment asked for, in the order of asking, each once.</summary>
    ImmutableArray<JobRow> Jobs(string experiment);

    EvaluationCounts Counts(string experiment);

    /// <summary>Jobs of running experiments that wait for an evaluator; null where the store does not count them.</summary>
    long? QueuedJobs() => null;

    // ---- cleaning

    /// <summary>Artifacts that an experiment's configuration, or a job that it asked for, its checkpoint or its result names.</summary>
    ImmutableHashSet<ArtifactId> NamedArtifacts();

    /// <summary>
    /// Deletes the jobs that no experiment asked for, with their results: those of deleted experiments. Nodes that have lapsed are declared
    /// dead. False, and nothing changed: a node lives.
    /// </summary>
    bool DeleteUnaskedJobs();

    /// <summary>
    /// Calls <paramref name="act"/> with the artifacts that are named, while nodes wait to join; nodes that have lapsed are declared dead
    /// before. It may be called again from the start, and must not use the journal. False, and not called: a node lives.
    /// </summary>
    bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act);

    // ---- nodes

    /// <summary>Announces a node and starts its heartbeat. False: a living node has that name. Takes away nodes that have been silent for
    /// longer than <see cref="JournalLimits.LongestSilence"/>, as <see cref="DeclareDead"/> does.</summary>
    bool Join(NodeInfo node, TimeSpan lease);

    /// <summary>
    /// Moves the node's heartbeat and all its leases ahead by <paramref name="lease"/> from now, in one transaction. False: the node was
    /// declared dead; all that it held is lost.
    /// </summary>
    bool Renew(NodeId node, TimeSpan lease);

    /// <summary>A node's own leave, in good order: takes its row away and frees all that it held.</summary>
    void Leave(NodeId node);

    /// <summary>As <see cref="Leave"/>, for a node that is known to be dead: each job that it held counts one death more
    /// (<see cref="JobLease.Deaths"/>), as one that is taken over after its lease lapsed does.</summary>
    void DeclareDead(NodeId node);

    ImmutableArray<NodeRow> Nodes();

    /// <summary>What the nodes do now, and how many jobs each completed within <paramref name="window"/>: one state of the store.</summary>
    Activity Activity(TimeSpan window);

    // ---- wake-ups

    /// <summary>
    /// Calls <paramref name="wake"/> soon after any process committed mail, jobs or a change of status. Calls may be lost, late or
    /// spurious: whoever waits also polls.
    /// </summary>
    IDisposable OnChange(Action wake);
}

/// <summary>The store cannot be used for now; the message says which store, what failed and what to do.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>For callers that repeat some calls and give up on others.</summary>
    public UnavailableCause Cause { get; init; }

    /// <summary>Waiting does not cure it: somebody has to free space or give a permission.</summary>
    public bool NeedsPerson => Cause is UnavailableCause.Full or UnavailableCause.NotWritable;
}

/// <summary>Why a store cannot be used for now.</summary>
public enum UnavailableCause
{
    /// <summary>It cannot be reached, read or written; waiting may help.</summary>
    Unreachable,

    /// <summary>Others held its locks beyond the time-out: repeating helps.</summary>
    Busy,

    /// <summary>The disk is full: repeating helps only after somebody freed space.</summary>
    Full,

    /// <summary>It is read-only, or its path cannot be opened: somebody has to change that.</summary>
    NotWritable,
}

/// <summary>The store can never be used by this program: another schema version, or not a store at all.</summary>
public sealed class JournalIncompatibleException(string message) : Exception(message);
