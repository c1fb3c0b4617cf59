using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>A journal that passes every call on: for layers that watch or change a few of them.</summary>
public abstract class JournalDecorator(IJournal inner) : IJournal
{
    protected IJournal Inner => inner;

    public virtual bool TryCreate(string name, string configuration, string engine, OutgoingMessage first) =>
        inner.TryCreate(name, configuration, engine, first);

    public virtual Experiment? Find(string name) => inner.Find(name);

    public virtual ImmutableArray<Experiment> Experiments() => inner.Experiments();

    public virtual ImmutableArray<Experiment> RunningExperiments() => inner.RunningExperiments();

    public virtual bool SetStatus(string name, ExperimentStatus status, string? reason) => inner.SetStatus(name, status, reason);

    public virtual bool Delete(string name) => inner.Delete(name);

    public virtual ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null) =>
        inner.ClaimActors(node, most, lease, scope);

    public virtual int FairShare(string experiment) => inner.FairShare(experiment);

    public virtual void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held) => inner.FreeActorsExcept(node, held);

    public virtual void Release(ActorLease lease) => inner.Release(lease);

    public virtual StoredActor Load(ActorId actor) => inner.Load(actor);

    public virtual ImmutableArray<StoredEvent> Events(ActorId actor) => inner.Events(actor);

    public virtual ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) => inner.EventsAfter(actor, sequence);

    public virtual ImmutableArray<Envelope> Inbox(ActorId actor, int most) => inner.Inbox(actor, most);

    public virtual CommitOutcome Commit(Turn turn) => inner.Commit(turn);

    public virtual JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null) => inner.ClaimJob(node, lease, scope);

    public virtual JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null) =>
        inner.ClaimStraggler(node, lease, rule, scope);

    public virtual ImmutableArray<long> UnwantedJobs(NodeId node) => inner.UnwantedJobs(node);

    public virtual void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held) => inner.FreeJobsExcept(node, held);

    public virtual bool Checkpoint(JobLease lease, ArtifactId checkpoint) => inner.Checkpoint(lease, checkpoint);

    public virtual bool Complete(JobLease lease, JobResult result, double seconds) => inner.Complete(lease, result, seconds);

    public virtual bool Fail(JobLease lease, string reason, int maxAttempts) => inner.Fail(lease, reason, maxAttempts);

    public virtual bool Release(JobLease lease) => inner.Release(lease);

    public virtual int RetryFailed(string experiment) => inner.RetryFailed(experiment);

    public virtual JobRow? FindJob(JobKey key) => inner.FindJob(key);

    public virtual ImmutableArray<JobRow> Jobs(string experiment) => inner.Jobs(experiment);

    public virtual EvaluationCounts Counts(string experiment) => inner.Counts(experiment);

    public virtual long? QueuedJobs() => inner.QueuedJobs();

    public virtual ImmutableHashSet<ArtifactId> NamedArtifacts() => inner.NamedArtifacts();

    public virtual bool DeleteUnaskedJobs() => inner.DeleteUnaskedJobs();

    public virtual bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act) => inner.WithoutNodes(act);

    public virtual bool Join(NodeInfo node, TimeSpan lease) => inner.Join(node, lease);

    public virtual bool Renew(NodeId node, TimeSpan lease) => inner.Renew(node, lease);

    public virtual void Leave(NodeId node) => inner.Leave(node);

    public virtual void DeclareDead(NodeId node) => inner.DeclareDead(node);

    public virtual ImmutableArray<NodeRow> Nodes() => inner.Nodes();

    public virtual Activity Activity(TimeSpan window) => inner.Activity(window);

    public virtual IDisposable OnChange(Action wake) => inner.OnChange(wake);

    /// <summary>Leaves the store alone: other layers use it.</summary>
    public void Dispose() => GC.SuppressFinalize(this);
}
