using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>What must hold once an experiment is over and all nodes have left. Each finding is a sentence.</summary>
internal sealed class Audit(Director director, Reference reference)
{
    private const string Experiment = SimulatedCluster.Experiment;

    private readonly SimulatedCluster cluster = director.Cluster;
    private readonly Dictionary<(ActorId To, string Kind, string Body), int> mail = [];
    private readonly Dictionary<(ActorId Actor, JobKey Job), int> outcomes = [];

    /// <summary>The first finding, or null.</summary>
    public string? Finding() => Findings().FirstOrDefault();

    private IEnumerable<string> Findings() =>
        [.. Front(), .. Logs(), .. Leases(), .. Computations(), .. Processes()];

    private IEnumerable<string> Front()
    {
        if (cluster.Status != reference.Status)
        {
            yield return $"the experiment is {cluster.Status} ({cluster.Store.Find(Experiment)!.Reason}), expected {reference.Status}";
        }

        if (cluster.Digest != reference.Digest)
        {
            yield return $"the front's digest is {cluster.Digest[..12]}, expected {reference.Digest[..12]}";
        }

        if (cluster.Store.Counts(Experiment).Requested is var requested && requested != reference.Evaluations)
        {
            yield return $"{requested} evaluations were asked for, expected {reference.Evaluations}";
        }
    }

    /// <summary>
    /// Replays every actor's log with its decider: each event must be what that state decides, and what the events sent and asked for must
    /// have arrived once each.
    /// </summary>
    private IEnumerable<string> Logs()
    {
        List<string> findings = [];
        var address = Addresses.Experiment(Experiment);
        mail[(address, MessageKinds.Start, string.Empty)] = 1;
        var end = Replay(address, new ExperimentDecider(Experiment, cluster.Study), findings);
        foreach (var island in end.Islands.Keys)
        {
            Replay(Addresses.Island(Experiment, island), new IslandDecider(Experiment, island, cluster.Study), findings);
        }

        foreach (var ((to, kind, body), open) in mail.Where(m => m.Value != 0))
        {
            findings.Add($"a message '{kind}' to {to} was {(open > 0 ? "lost" : "counted twice")}: {body[..Math.Min(body.Length, 80)]}");
        }

        foreach (var ((actor, job), open) in outcomes.Where(o => o.Value != 0))
        {
            findings.Add($"the outcome of {job.Hex[..8]} was {(open > 0 ? "never told to" : "counted twice by")} {actor}");
        }

        return findings;
    }

    private TState Replay<TState>(ActorId actor, IDecider<TState> decider, List<string> findings)
    {
        var state = decider.Initial;
        foreach (var stored in cluster.Store.Events(actor))
        {
            var happened = new NewEvent(stored.Kind, stored.Body);
            var isOutcome = stored.Kind is "outcome" or JobMessages.Outcome;
            var kind = isOutcome ? JobMessages.Outcome : stored.Kind;
            if (decider.Decide(state, new Envelope(0, null, actor, kind, stored.Body)) is not [var decided] || decided != happened)
            {
                findings.Add($"{actor}: event {stored.Sequence} ('{stored.Kind}') does not follow from the events before it");
            }

            Arrived(actor, kind, stored.Body);
            var next = decider.Apply(state, happened);
            state = next.State;
            foreach (var message in next.Effects.Messages)
            {
                Add(mail, (message.To, message.Kind, message.Body), 1);
            }

            foreach (var job in next.Effects.Jobs)
            {
                Add(outcomes, (actor, job.Spec.Key), 1);
            }
        }

        // What nobody needed to read any more when the experiment was over.
        foreach (var message in cluster.Store.Inbox(actor, int.MaxValue))
        {
            Arrived(actor, message.Kind, message.Body);
        }

        return state;
    }

    private void Arrived(ActorId actor, string kind, string body)
    {
        if (kind == JobMessages.Outcome)
        {
            Add(outcomes, (actor, JobOutcome.Parse(body).Key), -1);
        }
        else
        {
            Add(mail, (actor, kind, body), -1);
        }
    }

    private static void Add<TKey>(Dictionary<TKey, int> counts, TKey key, int by)
        where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + by;

    private IEnumerable<string> Leases()
    {
        if (cluster.HeldLeases is var held && held > 0)
        {
            yield return $"{held} leases are held although all nodes have left";
        }

        if (cluster.OpenSubscriptions is var open && open > 0)
        {
            yield return $"{open} subscriptions are open although the experiment is over";
        }

        if (cluster.Store.Nodes() is { IsEmpty: false } nodes)
        {
            yield return $"{string.Join(", ", nodes.Select(n => n.Info.Name))} left, but is in the store";
        }
    }

    private IEnumerable<string> Computations()
    {
        var repeated = 0L;
        foreach (var (job, begun) in cluster.Begun)
        {
            var failed = director.Witness.Failures.GetValueOrDefault(job);
            var interrupted = director.Witness.HandedBack.GetValueOrDefault(job)
                + director.Witness.Jobs.Interruptions.GetValueOrDefault(job);
            var seconds = director.Witness.Jobs.Seconds.GetValueOrDefault(job);
            repeated += Math.Max(0, begun - 1 - failed - seconds);
            if (begun > 1 + failed + interrupted + seconds)
            {
                yield return $"job {job.Hex[..8]} was begun {begun} times, failed {failed} times, was interrupted {interrupted} times "
                    + $"and was a straggler {seconds} times";
            }
        }

        if (repeated > director.Excuses)
        {
            yield return $"{repeated} computations were repeated, but what went wrong explains {director.Excuses} at most";
        }
    }

    private IEnumerable<string> Processes()
    {
        foreach (var node in cluster.Nodes)
        {
            if (node.Failures.FirstOrDefault(f => f is not JournalUnavailableException) is { } failure)
            {
                yield return $"an actor of {node.Name} failed: {failure}";
            }

            if (node.Stuck.FirstOrDefault() is { } stuck)
            {
                yield return $"{node.Name} asked for a person: {stuck}";
            }
        }
    }
}
