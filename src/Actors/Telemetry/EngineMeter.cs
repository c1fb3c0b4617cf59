using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Telemetry;

/// <summary>
/// What one process counts of its work: the meter "ActorPrune". Names, units and attributes follow OpenTelemetry's conventions; they are
/// listed in docs/cluster.md. <see cref="MeteredJournal"/> and <see cref="MeteredArtifactStore"/> feed it.
/// </summary>
public sealed class EngineMeter : IDisposable
{
    /// <summary>The meter's name, for exporters and listeners.</summary>
    public const string Name = "ActorPrune";

    /// <summary>The queue is in the store: it is counted at most so often by each process.</summary>
    public static readonly TimeSpan QueueInterval = TimeSpan.FromSeconds(10);

    private static readonly InstrumentAdvice<double> Calls = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    private static readonly InstrumentAdvice<double> Computations = new()
    {
        HistogramBucketBoundaries = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400],
    };

    private static readonly InstrumentAdvice<long> Inboxes = new() { HistogramBucketBoundaries = [0, 1, 2, 4, 8, 16, 32, 63] };

    private readonly Meter meter = new(Name, typeof(EngineMeter).Assembly.GetName().Version?.ToString());
    private readonly ConcurrentDictionary<(NodeId Node, long Token), byte> held = new();
    private readonly ConcurrentDictionary<NodeId, long> renewals = new();
    private readonly Lock sampling = new();
    private Func<long?>? queue;
    private long sampledAt;
    private long? sample;

    public EngineMeter()
    {
        JobsClaimed = meter.CreateCounter<long>("actorprune.job.claimed", "{job}", "Jobs that this process took from the queue.");
        JobsEnded = meter.CreateCounter<long>(
            "actorprune.job.ended", "{job}", "Attempts whose end was written, or refused because others had taken over.");
        JobDuration = meter.CreateHistogram(
            "actorprune.job.duration", "s", "Time for which a completed job was computed.", advice: Computations);
        Turns = meter.CreateCounter<long>("actorprune.turn.ended", "{turn}", "Turns of persistent actors.");
        Messages = meter.CreateCounter<long>("actorprune.message.consumed", "{message}", "Messages that committed turns answered.");
        Migrants = meter.CreateCounter<long>("actorprune.migrant.sent", "{individual}", "Individuals sent to other islands.");
        InboxLength = meter.CreateHistogram(
            "actorprune.inbox.length", "{message}", "Messages found when an inbox was read, at most 64.", advice: Inboxes);
        CallDuration = meter.CreateHistogram("actorprune.journal.operation.duration", "s", "Time of a call to the journal.", advice: Calls);
        Retries = meter.CreateCounter<long>("actorprune.journal.retry", "{retry}", "Calls repeated because the database was away or busy.");
        Renewals = meter.CreateCounter<long>("actorprune.lease.renewal", "{renewal}", "Heartbeats; each renews all leases of its node.");
        Lateness = meter.CreateHistogram(
            "actorprune.lease.renewal.lateness", "s", "How much later than planned a heartbeat was written.", advice: Calls);
        ArtifactBytes = meter.CreateCounter<long>("actorprune.artifact.io", "By", "Bytes of weights and checkpoints read and written.");
        _ = meter.CreateObservableUpDownCounter(
            "actorprune.evaluator.count", ObserveEvaluators, "{evaluator}", "Evaluators of this process; busy ones hold a job.");
        _ = meter.CreateObservableGauge(
            "actorprune.job.queue.length", ObserveQueue, "{job}", "Jobs of running experiments that wait for an evaluator.");
    }

    /// <summary>Evaluators that this process has.</summary>
    public int Evaluators { get; set; }

    /// <summary>Time between two heartbeats as configured; lateness is measured against it. Zero: it is not measured.</summary>
    public TimeSpan Heartbeat { get; set; }

    internal Counter<long> JobsClaimed { get; }

    internal Counter<long> JobsEnded { get; }

    internal Histogram<double> JobDuration { get; }

    internal Counter<long> Turns { get; }

    internal Counter<long> Messages { get; }

    internal Counter<long> Migrants { get; }

    internal Histogram<long> InboxLength { get; }

    internal Histogram<double> CallDuration { get; }

    internal Counter<long> Retries { get; }

    internal Counter<long> Renewals { get; }

    internal Histogram<double> Lateness { get; }

    internal Counter<long> ArtifactBytes { get; }

    /// <summary>For listeners that watch one process among several in one.</summary>
    public bool Owns(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return ReferenceEquals(instrument.Meter, meter);
    }

    /// <summary>A call was repeated.</summary>
    public void CountRetry() => Retries.Add(1);

    public void Dispose() => meter.Dispose();

    internal void CountQueueBy(Func<long?> count) => queue = count;

    internal void Hold(JobLease lease) => held[(lease.Node, lease.Token)] = 0;

    internal void Drop(JobLease lease) => held.TryRemove((lease.Node, lease.Token), out _);

    /// <summary>All that the node held is free again.</summary>
    internal void DropAll(NodeId node)
    {
        renewals.TryRemove(node, out _);
        foreach (var key in held.Keys.Where(k => k.Node == node))
        {
            held.TryRemove(key, out _);
        }
    }

    /// <summary>Of what the node held, all but these leases is free again.</summary>
    internal void DropExcept(NodeId node, IEnumerable<JobLease> kept)
    {
        var known = kept.Select(l => l.Token).ToHashSet();
        foreach (var key in held.Keys.Where(k => k.Node == node && !known.Contains(k.Token)))
        {
            held.TryRemove(key, out _);
        }
    }

    /// <summary>A heartbeat, or the join that stands for the first, was written now.</summary>
    internal void Renewed(NodeId node)
    {
        var now = Stopwatch.GetTimestamp();
        if (renewals.TryGetValue(node, out var last) && Heartbeat > TimeSpan.Zero)
        {
            Lateness.Record(Math.Max(0, (Stopwatch.GetElapsedTime(last, now) - Heartbeat).TotalSeconds));
        }

        renewals[node] = now;
    }

    private IEnumerable<Measurement<long>> ObserveEvaluators()
    {
        var busy = held.Count;
        return
        [
            new(busy, new KeyValuePair<string, object?>("actorprune.evaluator.state", "busy")),
            new(Math.Max(0, Evaluators - busy), new KeyValuePair<string, object?>("actorprune.evaluator.state", "idle")),
        ];
    }

    private IEnumerable<Measurement<long>> ObserveQueue()
    {
        lock (sampling)
        {
            if (sampledAt == 0 || Stopwatch.GetElapsedTime(sampledAt) >= QueueInterval)
            {
                try
                {
                    sample = queue?.Invoke();
                }
                catch (Exception e) when (e is JournalUnavailableException or JournalIncompatibleException or ObjectDisposedException)
                {
                    // Not known now; the durations of the other calls say why.
                    sample = null;
                }

                sampledAt = Stopwatch.GetTimestamp();
            }

            return sample is { } length ? [new Measurement<long>(length)] : [];
        }
    }
}
