using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>What a whole run has shown so far; the first thing that was wrong ends it.</summary>
internal sealed class Witness(TimeProvider time, Trace trace)
{
    private readonly Dictionary<ActorId, long> committedToken = [];
    private readonly Dictionary<(ActorId Actor, long Token), NodeId> owners = [];
    private readonly HashSet<long> consumed = [];
    private readonly HashSet<JobKey> counted = [];
    private readonly Dictionary<string, NodeId> living = [];

    public LeaseBook<ActorId> Actors => field ??= new(Now, Broken);

    public LeaseBook<JobKey> Jobs => field ??= new(Now, Broken);

    public string? Violation { get; private set; }

    /// <summary>Virtual time of the last write that brought the experiment on.</summary>
    public DateTimeOffset LastProgress { get; private set; } = time.GetUtcNow();

    public long Commits { get; private set; }

    /// <summary>Attempts whose failure was counted.</summary>
    public Dictionary<JobKey, int> Failures { get; } = [];

    /// <summary>Attempts that were broken off in good order.</summary>
    public Dictionary<JobKey, int> HandedBack { get; } = [];

    public Trace Trace => trace;

    /// <summary>Only the first is kept: what comes after follows from it.</summary>
    public void Broken(string what)
    {
        if (Violation is null)
        {
            Violation = what;
            trace.Write("!!", what);
        }
    }

    public void Committed(Turn turn)
    {
        Progress();
        Commits++;
        var (actor, node, token) = (turn.Lease.Actor, turn.Lease.Node, turn.Lease.Token);
        if (committedToken.TryGetValue(actor, out var last) && token < last)
        {
            Broken($"{actor}: {node} committed under token {token} after a commit under token {last}");
        }

        committedToken[actor] = Math.Max(token, committedToken.GetValueOrDefault(actor));
        if (owners.TryGetValue((actor, token), out var owner) && owner != node)
        {
            Broken($"{actor}: {node} and {owner} both committed under token {token}");
        }

        owners[(actor, token)] = node;
        Actors.Accepted("a turn", actor, node, token);
        foreach (var message in turn.Consumed)
        {
            if (!consumed.Add(message))
            {
                Broken($"{actor}: message {message} was answered by two turns");
            }
        }
    }

    public void Completed(JobLease lease)
    {
        Progress();
        Jobs.Accepted("a result", lease.Spec.Key, lease.Node, lease.Token);
        Jobs.Over(lease.Spec.Key);
        if (!counted.Add(lease.Spec.Key))
        {
            Broken($"the result of {lease.Spec.Kind} {lease.Spec.Key.Hex[..8]} was counted twice");
        }
    }

    public void Failed(JobLease lease)
    {
        Progress();
        Jobs.Accepted("a failure", lease.Spec.Key, lease.Node, lease.Token);
        Jobs.Ended(lease.Spec.Key, lease.Node, lease.Token);
        Failures[lease.Spec.Key] = Failures.GetValueOrDefault(lease.Spec.Key) + 1;
    }

    public void GivenBack(JobLease lease)
    {
        Jobs.Accepted("a job handed back", lease.Spec.Key, lease.Node, lease.Token);
        Jobs.Ended(lease.Spec.Key, lease.Node, lease.Token);
        HandedBack[lease.Spec.Key] = HandedBack.GetValueOrDefault(lease.Spec.Key) + 1;
    }

    public void Joined(NodeInfo node)
    {
        if (living.TryGetValue(node.Name, out var former))
        {
            // The store has found its heartbeat lapsed: its leases must be so too, which the next grant of each is checked for.
            Freed(former);
        }

        living[node.Name] = node.Id;
    }

    public void Gone(NodeId node)
    {
        Freed(node);
        foreach (var (name, _) in living.Where(l => l.Value == node).ToArray())
        {
            living.Remove(name);
        }
    }

    private void Freed(NodeId node)
    {
        Actors.Freed(node);
        Jobs.Freed(node);
    }

    private void Progress() => LastProgress = time.GetUtcNow();

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
