using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>Tells the witness what the store answers to one node: also what the node itself never hears.</summary>
internal sealed class WitnessJournal(IJournal inner, string name, Witness witness) : JournalDecorator(inner)
{
    public override bool SetStatus(string experiment, ExperimentStatus status, string? reason)
    {
        Say($"sets the status {status}: {reason}");
        return Inner.SetStatus(experiment, status, reason);
    }

    public override ImmutableArray<ActorLease> ClaimActors(NodeId node, int most, TimeSpan lease, WorkScope? scope = null)
    {
        var claimed = Inner.ClaimActors(node, most, lease, scope);
        foreach (var actor in claimed)
        {
            Say($"claims {actor.Actor} under token {actor.Token}");
            witness.Actors.Granted(actor.Actor, node, actor.Token, lease);
        }

        return claimed;
    }

    public override void FreeActorsExcept(NodeId node, ImmutableArray<ActorLease> held)
    {
        Inner.FreeActorsExcept(node, held);
        witness.Actors.Freed(node, held.Select(l => l.Token));
    }

    public override void Release(ActorLease lease)
    {
        Inner.Release(lease);
        Say($"gives {lease.Actor} back, token {lease.Token}");
        witness.Actors.Ended(lease.Actor, lease.Node, lease.Token);
    }

    public override CommitOutcome Commit(Turn turn)
    {
        var outcome = Inner.Commit(turn);
        if (witness.Trace.IsOn)
        {
            Say($"commits {Text(turn)}: {outcome}");
        }

        if (outcome == CommitOutcome.Committed)
        {
            witness.Committed(turn);
        }

        return outcome;
    }

    public override JobLease? ClaimJob(NodeId node, TimeSpan lease, WorkScope? scope = null)
    {
        var claimed = Inner.ClaimJob(node, lease, scope);
        if (claimed is not null)
        {
            Say($"claims {Text(claimed)}, attempt {claimed.Attempt}{(claimed.Checkpoint is null ? string.Empty : " with a checkpoint")}");
            witness.Jobs.Granted(claimed.Spec.Key, node, claimed.Token, lease);
        }

        return claimed;
    }

    public override JobLease? ClaimStraggler(NodeId node, TimeSpan lease, StragglerRule rule, WorkScope? scope = null)
    {
        var claimed = Inner.ClaimStraggler(node, lease, rule, scope);
        if (claimed is not null)
        {
            Say($"claims {Text(claimed)} beside its holder, attempt {claimed.Attempt}");
            witness.Jobs.GrantedSecond(claimed.Spec.Key, node, claimed.Token, lease);
        }

        return claimed;
    }

    public override void FreeJobsExcept(NodeId node, ImmutableArray<JobLease> held)
    {
        Inner.FreeJobsExcept(node, held);
        witness.Jobs.Freed(node, held.Select(l => l.Token));
    }

    public override bool Checkpoint(JobLease lease, ArtifactId checkpoint)
    {
        var taken = Inner.Checkpoint(lease, checkpoint);
        Say($"saves a checkpoint of {Text(lease)}: {Word(taken)}");
        if (taken)
        {
            witness.Jobs.Accepted("a checkpoint", lease.Spec.Key, lease.Node, lease.Token);
        }

        return taken;
    }

    public override bool Complete(JobLease lease, JobResult result, double seconds)
    {
        var taken = Inner.Complete(lease, result, seconds);
        Say($"writes the result of {Text(lease)}: {Word(taken)}");
        if (taken)
        {
            witness.Completed(lease);
        }

        return taken;
    }

    public override bool Fail(JobLease lease, string reason, int maxAttempts)
    {
        var taken = Inner.Fail(lease, reason, maxAttempts);
        Say($"writes the failure of {Text(lease)} ({reason}): {Word(taken)}");
        if (taken)
        {
            witness.Failed(lease);
        }

        return taken;
    }

    public override bool Release(JobLease lease)
    {
        var taken = Inner.Release(lease);
        Say($"hands back {Text(lease)}: {Word(taken)}");
        if (taken)
        {
            witness.GivenBack(lease);
        }

        return taken;
    }

    public override bool Join(NodeInfo node, TimeSpan lease)
    {
        var joined = Inner.Join(node, lease);
        Say($"joins as {node.Id}: {(joined ? "welcome" : "the name is taken")}");
        if (joined)
        {
            witness.Joined(node);
        }

        return joined;
    }

    public override bool Renew(NodeId node, TimeSpan lease)
    {
        var renewed = Inner.Renew(node, lease);
        if (renewed)
        {
            witness.Actors.Renewed(node, lease);
            witness.Jobs.Renewed(node, lease);
        }
        else
        {
            Say("hears that it was declared dead");
        }

        return renewed;
    }

    public override void Leave(NodeId node)
    {
        Inner.Leave(node);
        Say($"takes the row of {node} away");
        witness.Gone(node);
    }

    public override void DeclareDead(NodeId node)
    {
        Inner.DeclareDead(node);
        Say($"takes the row of {node}, which is dead, away");
        witness.Gone(node);
    }

    private static string Word(bool taken) => taken ? "accepted" : "refused";

    private static string Text(JobLease lease) => $"{lease.Spec.Kind} {lease.Spec.Key.Hex[..8]} under token {lease.Token}";

    private static string Text(Turn turn)
    {
        var parts = new List<string> { $"{turn.Consumed.Length} messages", $"{turn.Events.Length} events" };
        parts.AddRange(turn.Messages.GroupBy(m => (m.Kind, m.To)).Select(g => $"{g.Count()} {g.Key.Kind} to {g.Key.To.Role}"));
        if (turn.Jobs.Length > 0)
        {
            parts.Add($"asks for {string.Join(' ', turn.Jobs.Select(j => j.Spec.Key.Hex[..8]))}");
        }

        if (turn.Snapshot is not null)
        {
            parts.Add("a snapshot");
        }

        if (turn.Status is { } status)
        {
            parts.Add($"status {status.Status}");
        }

        return $"{turn.Lease.Actor} under token {turn.Lease.Token} ({string.Join(", ", parts)})";
    }

    private void Say(string what) => witness.Trace.Write(name, what);
}
