using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Telemetry;

/// <summary>
/// Passes every call on to another journal, which it owns, and counts what happens. Nothing else sees all that a process does to
/// the store, so nothing else has to be touched for the figures.
/// </summary>
public sealed class MeteredJournal : IJournal
{
    private const string KindOfJob = "actorprune.job.kind";
    private const string Outcome = "actorprune.outcome";

    private readonly IJournal inner;
    private readonly EngineMeter meter;

    public MeteredJournal(IJournal inner, EngineMeter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        this.inner = inner;
        this.meter = meter;
        meter.CountQueueBy(inner.QueuedJobs);
    }

    // ---- experiments

    public bool TryCreate(string name, string configuration, string engine, OutgoingMessage first) =>
        Timed("create", () => inner.TryCreate(name, configuration, engine, first));

    public Experiment? Find(string name) => Timed("find", () => inner.Find(name));

    public ImmutableArray<Experiment> Experiments() => Timed("experiments", inner.Experiments);

    public ImmutableArray<Experiment> RunningExperiments() => Timed("running_experiments", inner.RunningExperiments);

    public bool SetStatus(string name, ExperimentStatus status, string? reason) =>
        Timed("set_status", () => inner.SetStatus(name, status, reason));

    public bool Delete(string name) => Timed("delete", () => inner.Delete(name));

    // ---- persistent actors

    public ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null) =>
        Timed("claim_actors", () => inner.ClaimActors(node, most, lease, scope));

    public int FairShare(string experiment) => Timed("fair_share", () => inner.FairShare(experiment));

    public void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held) =>
        Timed("free_actors", () => inner.FreeActorsExcept(node, held));

    public void Release(ActorLease lease) => Timed("release_actor", () => inner.Release(lease));

    public StoredActor Load(ActorId actor) => Timed("load", () => inner.Load(actor));

    public ImmutableArray<StoredEvent> Events(ActorId actor) => Timed("events", () => inner.Events(actor));

    public ImmutableArray<StoredEvent> EventsAfter(ActorId actor, long sequence) =>
        Timed("events", () => inner.EventsAfter(actor, sequence));

    public ImmutableArray<Envelope> Inbox(ActorId actor, int most)
    {
        var mail = Timed("inbox", () => inner.Inbox(actor, most));
        meter.InboxLength.Record(mail.Length);
        return mail;
    }

    public CommitOutcome Commit(Turn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        var outcome = Timed("commit", () => inner.Commit(turn));
        meter.Turns.Add(1, new KeyValuePair<string, object?>(Outcome, outcome == CommitOutcome.Committed ? "committed" : "fenced"));
        if (outcome == CommitOutcome.Committed)
        {
            meter.Messages.Add(turn.Consumed.Length);
            foreach (var parcel in turn.Messages.Where(m => m.Kind == MessageKinds.Parcel))
            {
                meter.Migrants.Add(MigrantsIn(parcel.Body));
            }
        }

        return outcome;
    }

    // ---- jobs

    public JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null) =>
        Held(Timed("claim_job", () => inner.ClaimJob(node, lease, scope)));

    public JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null) =>
        Held(Timed("claim_straggler", () => inner.ClaimStraggler(node, lease, rule, scope)));

    public ImmutableArray<long> UnwantedJobs(NodeId node) => Timed("unwanted_jobs", () => inner.UnwantedJobs(node));

    public void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held)
    {
        Timed("free_jobs", () => inner.FreeJobsExcept(node, held));
        meter.DropExcept(node, held);
    }

    public bool Checkpoint(JobLease lease, ArtifactId checkpoint) => Timed("checkpoint", () => inner.Checkpoint(lease, checkpoint));

    public bool Complete(JobLease lease, JobResult result, double seconds)
    {
        var isOurs = Ended(lease, "completed", Timed("complete_job", () => inner.Complete(lease, result, seconds)));
        if (isOurs)
        {
            meter.JobDuration.Record(seconds, Kind(lease));
        }

        return isOurs;
    }

    public bool Fail(JobLease lease, string reason, int maxAttempts) =>
        Ended(lease, "failed", Timed("fail_job", () => inner.Fail(lease, reason, maxAttempts)));

    public bool Release(JobLease lease) => Ended(lease, "released", Timed("release_job", () => inner.Release(lease)));

    public int RetryFailed(string experiment) => Timed("retry_failed", () => inner.RetryFailed(experiment));

    public JobRow? FindJob(JobKey key) => Timed("find_job", () => inner.FindJob(key));

    public ImmutableArray<JobRow> Jobs(string experiment) => Timed("jobs", () => inner.Jobs(experiment));

    public EvaluationCounts Counts(string experiment) => Timed("counts", () => inner.Counts(experiment));

    public long? QueuedJobs() => inner.QueuedJobs();

    // ---- cleaning

    public ImmutableHashSet<ArtifactId> NamedArtifacts() => Timed("named_artifacts", inner.NamedArtifacts);

    public bool DeleteUnaskedJobs() => Timed("delete_unasked_jobs", inner.DeleteUnaskedJobs);

    public bool WithoutNodes(Action<ImmutableHashSet<ArtifactId>> act) => Timed("without_nodes", () => inner.WithoutNodes(act));

    // ---- nodes

    public bool Join(NodeInfo node, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(node);
        var joined = Timed("join", () => inner.Join(node, lease));
        if (joined)
        {
            meter.Renewed(node.Id);
        }

        return joined;
    }

    public bool Renew(NodeId node, TimeSpan lease)
    {
        var renewed = Timed("renew", () => inner.Renew(node, lease));
        meter.Renewals.Add(1, new KeyValuePair<string, object?>(Outcome, renewed ? "renewed" : "lost"));
        if (renewed)
        {
            meter.Renewed(node);
        }
        else
        {
            meter.DropAll(node);
        }

        return renewed;
    }

    public void Leave(NodeId node)
    {
        Timed("leave", () => inner.Leave(node));
        meter.DropAll(node);
    }

    public void DeclareDead(NodeId node)
    {
        Timed("declare_dead", () => inner.DeclareDead(node));
        meter.DropAll(node);
    }

    public ImmutableArray<NodeRow> Nodes() => Timed("nodes", inner.Nodes);

    public Journal.Activity Activity(TimeSpan window) => Timed("activity", () => inner.Activity(window));

    // ---- wake-ups

    public IDisposable OnChange(Action wake) => inner.OnChange(wake);

    public void Dispose() => inner.Dispose();

    private JobLease? Held(JobLease? claimed)
    {
        if (claimed is not null)
        {
            meter.Hold(claimed);
            meter.JobsClaimed.Add(1, Kind(claimed));
        }

        return claimed;
    }

    private bool Ended(JobLease lease, string how, bool isOurs)
    {
        meter.Drop(lease);
        meter.JobsEnded.Add(1, Kind(lease), new KeyValuePair<string, object?>(Outcome, isOurs ? how : "fenced"));
        return isOurs;
    }

    private static KeyValuePair<string, object?> Kind(JobLease lease) => new(KindOfJob, lease.Spec.Kind);

    private void Timed(string operation, Action call) => Timed(operation, () =>
    {
        call();
        return true;
    });

    private T Timed<T>(string operation, Func<T> call)
    {
        var start = Stopwatch.GetTimestamp();
        var tags = new TagList { { "actorprune.journal.operation", operation } };
        try
        {
            return call();
        }
        catch (Exception e)
        {
            tags.Add("error.type", e is JournalUnavailableException away ? away.Cause.ToString().ToLowerInvariant() : e.GetType().Name);
            throw;
        }
        finally
        {
            meter.CallDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        }
    }

    /// <summary>A parcel's text is read for its number alone: whether it is a parcel, its receiver decides.</summary>
    private static int MigrantsIn(string parcel)
    {
        try
        {
            using var document = JsonDocument.Parse(parcel);
            return document.RootElement.TryGetProperty(nameof(Genetics.Searches.Parcel.Migrants), out var migrants)
                && migrants.ValueKind == JsonValueKind.Array ? migrants.GetArrayLength() : 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return 0;
        }
    }
}
