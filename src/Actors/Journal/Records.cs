using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal;

/// <summary>
/// Address of a persistent actor: "experiment/role", for instance "quickstart/island-u1". The part before the slash is the experiment.
/// </summary>
public readonly record struct ActorId(string Experiment, string Role)
{
    public override string ToString() => $"{Experiment}/{Role}";

    /// <exception cref="FormatException">No slash, or an empty part.</exception>
    public static ActorId Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1
            ? new ActorId(text[..slash], text[(slash + 1)..])
            : throw new FormatException($"Expected 'experiment/role' for an actor, found '{text}'.");
    }
}

/// <summary>One incarnation of a node: a process that was started again has another id, whatever its name.</summary>
public readonly record struct NodeId(string Value)
{
    public override string ToString() => Value;
}

public enum ExperimentStatus
{
    /// <summary>Nodes work on it.</summary>
    Running,

    /// <summary>All picks are done.</summary>
    Finished,

    /// <summary>Somebody stopped it; <c>resume</c> goes on.</summary>
    Stopped,

    /// <summary>It cannot go on; <see cref="Experiment.Reason"/> says why.</summary>
    Failed,
}

/// <summary>An experiment as the store knows it.</summary>
/// <param name="Name">Unique in a store.</param>
/// <param name="Status">See <see cref="ExperimentStatus"/>.</param>
/// <param name="Configuration">The resolved configuration, canonical JSON: all that is needed to go on anywhere.</param>
/// <param name="ConfigurationHash">SHA-256 of <paramref name="Configuration"/>: the same name with another hash is refused.</param>
/// <param name="Engine">Version of the engine that created it.</param>
/// <param name="CreatedAt">Store time.</param>
/// <param name="Reason">Why it failed, or null.</param>
public sealed record Experiment(
    string Name, ExperimentStatus Status, string Configuration, string ConfigurationHash, string Engine, DateTimeOffset CreatedAt, string? Reason);

/// <summary>The right to commit turns of one actor, until it lapses or is taken over: then the store refuses the token.</summary>
/// <param name="Actor">Whose turns.</param>
/// <param name="Node">Who holds it.</param>
/// <param name="Token">The fencing token: grows with every acquisition.</param>
public sealed record ActorLease(ActorId Actor, NodeId Node, long Token);

/// <summary>A message in an actor's durable inbox.</summary>
/// <param name="Id">Grows in the order of commits; per sender and receiver it is the order of sending.</param>
public sealed record Envelope(long Id, ActorId? From, ActorId To, string Kind, string Body);

/// <summary>A message to be put into an inbox by a turn. Sending to an actor that does not exist yet creates it.</summary>
public sealed record OutgoingMessage(ActorId To, string Kind, string Body);

/// <summary>
/// An event of an actor: what happened, in the actor's own words. <paramref name="Sequence"/> counts from 1 without gaps.
/// </summary>
public sealed record StoredEvent(long Sequence, string Kind, string Body, DateTimeOffset At);

public sealed record NewEvent(string Kind, string Body);

/// <summary>An actor's state after the event <paramref name="Sequence"/>, so that older events need not be read again.</summary>
public sealed record Snapshot(long Sequence, string Body);

/// <summary>A snapshot (or none) and all events after it.</summary>
public sealed record StoredActor(Snapshot? Snapshot, ImmutableArray<StoredEvent> Events)
{
    /// <summary>Sequence number of the last event; 0 for an actor without any.</summary>
    public long Sequence => Events.Length > 0 ? Events[^1].Sequence : Snapshot?.Sequence ?? 0;
}

/// <summary>
/// A job that a turn asks for. Its outcome arrives in the asking actor's inbox as a message of kind <see cref="JobMessages.Outcome"/>: at
/// once when the store already has it, when it is computed otherwise. A key is computed once, however many ask; only a stored failure is
/// no answer to an experiment that never asked for the job before, which has it computed anew: "begin anew under another name" is of use.
/// </summary>
/// <param name="Spec">The job.</param>
/// <param name="Priority">Larger first; equal priorities in the order of asking.</param>
public sealed record JobRequest(JobSpec Spec, int Priority);

/// <summary>All that one turn of an actor does, committed at once or not at all.</summary>
/// <param name="Lease">Checked: the store refuses the turn when the token is no longer the actor's.</param>
/// <param name="ExpectedSequence">Checked: the number of the last event that the turn was decided on.</param>
/// <param name="Consumed">Ids of the inbox messages that it answers; each must still be there.</param>
/// <param name="Events">Appended in order.</param>
/// <param name="Messages">Delivered in order.</param>
/// <param name="Jobs">Asked for in order.</param>
/// <param name="Snapshot">The state after the last event, or null.</param>
/// <param name="Status">New status of the experiment with a reason, or null.</param>
public sealed record Turn(
    ActorLease Lease,
    long ExpectedSequence,
    ImmutableArray<long> Consumed,
    ImmutableArray<NewEvent> Events,
    ImmutableArray<OutgoingMessage> Messages,
    ImmutableArray<JobRequest> Jobs,
    string? Snapshot,
    (ExperimentStatus Status, string? Reason)? Status);

public enum CommitOutcome
{
    Committed,

    /// <summary>Another node owns the actor now, or the sequence moved: drop what is in memory and load again.</summary>
    Fenced,
}

/// <summary>Messages that the store itself puts into inboxes.</summary>
public static class JobMessages
{
    /// <summary>Body: a <see cref="JobOutcome"/> as JSON (<see cref="JobOutcome.ToJson"/>).</summary>
    public const string Outcome = "job-outcome";
}

public enum JobStatus
{
    Queued,
    Leased,
    Done,
    Failed,
}

/// <summary>The right to compute a job, until it lapses or is taken over.</summary>
/// <param name="Spec">The job.</param>
/// <param name="Node">Who holds it.</param>
/// <param name="Token">The fencing token.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Checkpoint">What an earlier attempt saved, or null.</param>
/// <param name="Experiment">The experiment that asked first, for people.</param>
/// <param name="Deaths">Earlier leases that ended because their node died or fell silent, for whatever reason.</param>
public sealed record JobLease(
    JobSpec Spec, NodeId Node, long Token, int Attempt, ArtifactId? Checkpoint, string Experiment, int Deaths = 0);

/// <summary>When a job takes unusually long.</summary>
/// <param name="Factor">It was begun this many times longer ago than jobs of its kind and experiment take in the median,</param>
/// <param name="Least">and at least this long ago.</param>
public sealed record StragglerRule(double Factor, TimeSpan Least)
{
    /// <summary>Of fewer completed jobs of a kind nobody can tell what is usual.</summary>
    public const int FewestCompleted = 3;

    /// <summary>The median is that of the latest ones, at most so many.</summary>
    public const int Sample = 99;

    /// <summary>Seconds beyond which a job takes too long, where the median one takes <paramref name="median"/>.</summary>
    internal double Patience(double median) => Math.Max(Factor * median, Least.TotalSeconds);
}

/// <summary>A job as the store knows it, for <c>show</c> and the report.</summary>
public sealed record JobRow(
    JobSpec Spec, JobStatus Status, int Attempts, JobResult? Result, string? Failure, NodeId? Node, DateTimeOffset? StartedAt, double Seconds);

/// <summary>
/// How an experiment's evaluations came about (kind <see cref="JobKinds.Evaluate"/> only). Requested = computed + cached + failed + those
/// that have no outcome yet.
/// </summary>
/// <param name="Requested">Asked for by its islands, equal ones counted each time.</param>
/// <param name="Computed">Results that were computed because this experiment asked first.</param>
/// <param name="Cached">Answered by a result, or a running job, that was there already.</param>
/// <param name="Failed">Failed for good.</param>
/// <param name="Attempts">Computations started for this experiment: more than computed plus failed where a crash repeated one, or a
/// straggler was begun again.</param>
public sealed record EvaluationCounts(long Requested, long Computed, long Cached, long Failed, long Attempts);

/// <summary>A node's row.</summary>
/// <param name="Id">This incarnation.</param>
/// <param name="Name">For people; unique among the living.</param>
/// <param name="Host">Identifies the machine and its boot, so that a dead process is told from a living one at once.</param>
/// <param name="Process">Process id on that host.</param>
/// <param name="ProcessStart">Start time of that process in kernel ticks: process ids are used again.</param>
/// <param name="Roles">"islands", "evaluators".</param>
/// <param name="Engine">Version.</param>
/// <param name="Description">Devices and evaluator count, for people.</param>
public sealed record NodeInfo(
    NodeId Id, string Name, string Host, int Process, long ProcessStart, ImmutableArray<string> Roles, string Engine, string Description)
{
    /// <summary>The one experiment that it works on; null = on all that run.</summary>
    public string? Experiment { get; init; }
}

/// <summary>A node as seen by others.</summary>
public sealed record NodeRow(NodeInfo Info, DateTimeOffset JoinedAt, DateTimeOffset HeartbeatUntil, bool Alive)
{
    /// <summary>Its last heartbeat, by the store's clock.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>Whether it lives and may work on the experiment.</summary>
    public bool Serves(string experiment) => Alive && (Info.Experiment is null || Info.Experiment == experiment);
}
