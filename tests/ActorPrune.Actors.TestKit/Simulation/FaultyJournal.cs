using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>What happens to one call that writes.</summary>
public enum Fault
{
    None,

    /// <summary>The store is away: nothing took effect.</summary>
    Before,

    /// <summary>The answer is lost: it took effect, and the caller does not know.</summary>
    After,
}

/// <summary>A journal as one node sees it: calls fail when <paramref name="fault"/> says so, and all of them once it is
/// <see cref="Cut"/>.</summary>
/// <param name="inner">The store.</param>
/// <param name="fault">Told the name of each call that writes; null: none fails.</param>
public sealed class FaultyJournal(IJournal inner, Func<string, Fault>? fault = null) : IJournal
{
    private volatile bool cut;
    private long eventsRead;

    /// <summary>Events that readers were given, those of recoveries not counted.</summary>
    public long EventsRead => Interlocked.Read(ref eventsRead);

    /// <summary>Nothing comes through any more, as for a process that has died or lost its network.</summary>
    public void Cut() => cut = true;

    /// <summary>Takes <see cref="Cut"/> back.</summary>
    public void Mend() => cut = false;

    public bool TryCreate(string name, string configuration, string engine, OutgoingMessage first) =>
        Write(nameof(TryCreate), () => inner.TryCreate(name, configuration, engine, first));

    public Experiment? Find(string name) => Read(() => inner.Find(name));

    public ImmutableArray<Experiment> Experiments() => Read(inner.Experiments);

    public ImmutableArray<Experiment> RunningExperiments() => Read(inner.RunningExperiments);

    public bool SetStatus(string name, ExperimentStatus status, string? reason) =>
        Write(nameof(SetStatus), () => inner.SetStatus(name, status, reason));

    public bool Delete(string name) => Write(nameof(Delete), () => inner.Delete(name));

    public ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null) =>
        Write(nameof(ClaimActors), () => inner.ClaimActors(node, most, lease, scope));

    public int FairShare(string experiment) => Read(() => inner.FairShare(experiment));

    public void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held) =>
        Write(nameof(FreeActorsExcept), () => inner.FreeActorsExcept(node, held));

    public void Release(ActorLease lease) => Write(nameof(Release), () => inner.Release(lease));

    public StoredActor Load(ActorId actor) => Read(() => inner.Load(actor));

    public ImmutableArray<StoredEvent> Events(ActorId actor) => Counted(Read(() => inner.Events(actor)));

    public ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) =>
        Counted(Read(() => inner.EventsAfter(actor, sequence)));

    public ImmutableArray<Envelope> Inbox(ActorId actor, int most) => Read(() => inner.Inbox(actor, most));

    public CommitOutcome Commit(Turn turn) => Write(nameof(Commit), () => inner.Commit(turn));

    public JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null) =>
        Write(nameof(ClaimJob), () => inner.ClaimJob(node, lease, scope));

    public ImmutableArray<long> UnwantedJobs(NodeId node) => Read(() => inner.UnwantedJobs(node));

    public void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held) =>
        Write(nameof(FreeJobsExcept), () => inner.FreeJobsExcept(node, held));

    public bool Checkpoint(JobLease lease, ArtifactId checkpoint) => Write(nameof(Checkpoint), () => inner.Checkpoint(lease, checkpoint));

    public bool Complete(JobLease lease, JobResult result, double seconds) =>
        Write(nameof(Complete), () => inner.Complete(lease, result, seconds));

    public bool Fail(JobLease lease, string reason, int maxAttempts) => Write(nameof(Fail), () => inner.Fail(lease, reason, maxAttempts));

    public bool Release(JobLease lease) => Write(nameof(Release), () => inner.Release(lease));

    public int RetryFailed(string experiment) => Write(nameof(RetryFailed), () => inner.RetryFailed(experiment));

    public JobRow? FindJob(JobKey key) => Read(() => inner.FindJob(key));

    public ImmutableArray<JobRow> Jobs(string experiment) => Read(() => inner.Jobs(experiment));

    public EvaluationCounts Counts(string experiment) => Read(() => inner.Counts(experiment));

    public ImmutableHashSet<ArtifactId> NamedArtifacts() => Read(inner.NamedArtifacts);

    public bool DeleteUnaskedJobs() => Write(nameof(DeleteUnaskedJobs), inner.DeleteUnaskedJobs);

    public bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act) => Write(nameof(WithoutNodes), () => inner.WithoutNodes(act));

    public bool Join(NodeInfo node, TimeSpan lease) => Write(nameof(Join), () => inner.Join(node, lease));

    public bool Renew(NodeId node, TimeSpan lease) => Write(nameof(Renew), () => inner.Renew(node, lease));

    public void Leave(NodeId node) => Write(nameof(Leave), () => inner.Leave(node));

    public JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null) =>
        Write(nameof(ClaimStraggler), () => inner.ClaimStraggler(node, lease, rule, scope));

    public void DeclareDead(NodeId node) => Write(nameof(DeclareDead), () => inner.DeclareDead(node));

    public ImmutableArray<NodeRow> Nodes() => Read(inner.Nodes);

    public Activity Activity(TimeSpan window) => Read(() => inner.Activity(window));

    public IDisposable OnChange(Action wake) => inner.OnChange(wake);

    /// <summary>Leaves the store alone: other nodes use it.</summary>
    public void Dispose()
    {
    }

    private static JournalUnavailableException Away(string what) => new($"The simulated store is away ({what}): wait.");

    public long? QueuedJobs() => Read(inner.QueuedJobs);

    private ImmutableArray<StoredEvent> Counted(ImmutableArray<StoredEvent> events)
    {
        Interlocked.Add(ref eventsRead, events.Length);
        return events;
    }

    private T Read<T>(Func<T> call) => cut ? throw Away("read") : call();

    private void Write(string name, Action call) => Write(name, () =>
    {
        call();
        return true;
    });

    private T Write<T>(string name, Func<T> call)
    {
        var planned = cut ? Fault.Before : fault?.Invoke(name) ?? Fault.None;

        // A fault may itself have cut the connection: "after" still means that this call takes effect.
        if (planned == Fault.Before || (cut && planned != Fault.After))
        {
            throw Away(name);
        }

        var result = call();
        return planned == Fault.After ? throw Away($"after {name}") : result;
    }
}
