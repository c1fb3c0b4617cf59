using System.Collections.Immutable;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Cluster;

/// <summary>A living node with that name is in the store already.</summary>
public sealed class NodeNameTakenException(string message) : Exception(message);

/// <summary>
/// One process at work on a store: joins, keeps its leases, owns persistent actors, computes jobs, leaves. A node that was declared dead
/// while it was paused drops all that it held and joins again as a new incarnation.
/// </summary>
public sealed class Node : IAsyncDisposable
{
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstRejoin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRejoin = TimeSpan.FromSeconds(10);

    private readonly IJournal journal;
    private readonly IArtifactStore artifacts;
    private readonly ActorRecovery recovery;
    private readonly NodeOptions options;
    private readonly CancellationTokenSource stopping = new();

    // Held while an incarnation begins or ends. Never disposed of: a late rejoin may still come to it.
    private readonly SemaphoreSlim gate = new(1);
    private Timer? reaper;
    private string? reaperTrouble;
    private volatile NodeSession? session;

    private Node(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options)
    {
        this.journal = journal;
        this.artifacts = artifacts;
        this.recovery = recovery;
        this.options = options;
    }

    /// <summary>Joins the store and starts to work.</summary>
    /// <exception cref="NodeNameTakenException">Another living node has the name.</exception>
    public static Node Start(IJournal journal, IArtifactStore artifacts, ActorRecovery recovery, NodeOptions options)
    {
        ReapDead(journal);
        var node = new Node(journal, artifacts, recovery, options);
        node.session = node.Join(NewId());
        node.reaper = new Timer(_ => node.Reap(), null, options.Heartbeat, Timeout.InfiniteTimeSpan);
        return node;
    }

    /// <summary>Takes away the nodes whose process on this machine is gone, so that their work need not wait for a lease to
    /// lapse.</summary>
    /// <returns>Names of the nodes taken away.</returns>
    public static ImmutableArray<string> ReapDead(IJournal journal)
    {
        var dead = journal.Nodes().Where(n => HostIdentity.IsKnownDead(n.Info)).ToImmutableArray();
        foreach (var node in dead)
        {
            journal.DeclareDead(node.Info.Id);
        }

        return [.. dead.Select(n => n.Info.Name)];
    }

    /// <summary>There may be work that there was not: <see cref="NodeOptions.Computes"/> has grown.</summary>
    public void Wake() => session?.Pool?.Tell(new PoolMessage.Wake());

    /// <summary>What each evaluator is doing; empty while nobody can tell, for instance because a store that is away holds everything
    /// up.</summary>
    public async Task<ImmutableArray<EvaluatorStatus>> Look()
    {
        try
        {
            return session?.Pool is { } pool
                ? await pool.Ask<ImmutableArray<EvaluatorStatus>>(reply => new PoolMessage.Look(reply), LookPatience).ConfigureAwait(false)
                : [];
        }
        catch (AskTimeoutException)
        {
            return [];
        }
    }

    /// <summary>Stops taking work, hands back what runs (with checkpoints), leaves. A second call waits for the first.</summary>
    /// <param name="patience">How long running jobs may take to reach a place where they can stop.</param>
    public async Task StopAsync(TimeSpan patience)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            reaper?.Dispose();
            if (session is { } running)
            {
                session = null;
                await running.StopAsync(patience).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

    private static NodeId NewId() => new(Guid.NewGuid().ToString("N"));

    private NodeSession Join(NodeId id)
    {
        var info = new NodeInfo(
            id,
            options.Name,
            HostIdentity.Host,
            Environment.ProcessId,
            HostIdentity.ProcessStart(Environment.ProcessId) ?? 0,
            options.Roles,
            options.Engine,
            options.Roles.Contains(NodeRoles.Evaluators) ? $"{options.Evaluators} × {options.Device}" : "no evaluators")
        {
            Experiment = options.Experiment,
        };
        if (!journal.Join(info, options.Lease))
        {
            throw new NodeNameTakenException(
                $"A living node is called '{options.Name}' already: choose another name, or wait {options.Lease.TotalSeconds:0.#} s for it to lapse.");
        }

        return new NodeSession(journal, artifacts, recovery, options, info.Id, () => _ = Task.Run(RejoinAsync));
    }

    /// <summary>This node was declared dead, so others own its work now: it drops everything and begins anew.</summary>
    private async Task RejoinAsync()
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (session is not { } lost)
            {
                return;
            }

            options.Log("This node was declared dead while it was paused; it drops what it held and joins again.");
            session = null;
            await lost.DisposeAsync().ConfigureAwait(false);

            // One for all attempts: a join whose answer was lost may have taken effect, and then stands in the way of no name but its own.
            var id = NewId();
            for (var wait = FirstRejoin; session is null; wait = wait * 2 < LastRejoin ? wait * 2 : LastRejoin)
            {
                session = TryJoin(lost.Id, id);
                if (session is null)
                {
                    await Task.Delay(wait, stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped before it could join again: there is nothing to leave.
        }
#pragma warning disable CA1031 // nobody awaits this task: whatever went wrong must be said
        catch (Exception e)
#pragma warning restore CA1031
        {
            options.Log(e.Message);
            (options.Lost ?? options.Stuck)?.Invoke(e.Message);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <returns>Null while the store is away.</returns>
    private NodeSession? TryJoin(NodeId lost, NodeId id)
    {
        stopping.Token.ThrowIfCancellationRequested();
        try
        {
            // Until it heard that it was dead, the lost incarnation may have claimed more.
            journal.Leave(lost);
            return Join(id);
        }
        catch (JournalUnavailableException)
        {
            return null;
        }
    }

    private void Reap()
    {
        try
        {
            foreach (var name in ReapDead(journal))
            {
                options.Log($"Node {name} is gone; its work is free.");
            }
        }
        catch (Exception e) when (e is JournalUnavailableException or JournalIncompatibleException or ObjectDisposedException)
        {
            // The next tick tries again; a store that is of no use any more is told by the actors.
        }
#pragma warning disable CA1031 // a timer's thread: it would end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (e.Message != reaperTrouble)
            {
                options.Log($"Whether nodes on this machine are gone could not be found out; it is tried again with each heartbeat. {e}");
            }

            reaperTrouble = e.Message;
        }

        try
        {
            // One tick after the other, however slow the store is.
            reaper?.Change(options.Heartbeat, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // Stopped meanwhile.
        }
    }
}
