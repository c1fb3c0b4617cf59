using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;

namespace ActorPrune.Actors.Cluster;

/// <summary>What a shard is told.</summary>
public abstract record ShardMessage
{
    private ShardMessage()
    {
    }

    /// <summary>There may be mail, or actors that nobody holds.</summary>
    public sealed record Wake : ShardMessage;

    /// <summary>Other nodes may have come or gone, or experiments ended: give back what is too much.</summary>
    public sealed record Balance : ShardMessage;

    /// <summary>An actor stopped here: taken over, given back, finished or failed.</summary>
    public sealed record Stopped(ActorLease Lease) : ShardMessage;
}

/// <summary>The persistent actors that this node owns. Claims those that have mail and no owner, and passes wake-ups on.</summary>
public sealed class ActorShard(ActorShardOptions options) : Actor<ShardMessage>
{
    /// <summary>A node claims at most this many actors at once, so that nodes that wake at the same moment share them.</summary>
    private const int MaxClaim = 4;

    private readonly Dictionary<ActorId, (ActorLease Lease, ActorRef<CheckMail> Ref)> actors = [];
    private readonly Queue<ActorLease> unreleased = new();

    private Doubt? doubt;
    private bool away;

    /// <summary>How a shard itself is to be spawned. A store that is away may stay away for hours: incarnations are started again, with
    /// back-off, as long as it takes.</summary>
    public static ActorOptions SpawnOptions { get; } = new()
    {
        SupervisorStrategy = SupervisorStrategy.OneForOne(maxRestarts: null, maxBackoff: TimeSpan.FromSeconds(10)),
        Conflates = true,
    };

    protected override void PreStart()
    {
        doubt = new Doubt(Context.System.Clock, options.Lease, options.PollInterval);
        Context.Timers.StartPeriodic("poll", options.PollInterval, new ShardMessage.Wake());
        Context.Timers.StartPeriodic("balance", options.PollInterval, new ShardMessage.Balance());
        Context.Self.Tell(new ShardMessage.Wake());
    }

    protected override void Receive(ShardMessage message)
    {
        switch (message)
        {
            case ShardMessage.Wake:
                Reconcile();
                foreach (var (_, actor) in actors.Values)
                {
                    actor.Tell(new CheckMail());
                }

                break;
            case ShardMessage.Balance:
                Balance();
                break;
            case ShardMessage.Stopped stopped:
                // Meanwhile the actor may have come here again, under a later lease.
                if (actors.TryGetValue(stopped.Lease.Actor, out var held) && held.Lease == stopped.Lease)
                {
                    actors.Remove(stopped.Lease.Actor);
                }

                unreleased.Enqueue(stopped.Lease);
                Reconcile();
                break;
        }
    }

    /// <summary>Gives back what stopped and claims what is free. A store that is away is tried again at the next wake-up.</summary>
    private void Reconcile()
    {
        try
        {
            while (unreleased.TryPeek(out var lease))
            {
                options.Journal.Release(lease);
                unreleased.Dequeue();
            }

            if (doubt!.IsLookDue)
            {
                options.Journal.FreeActorsExcept(options.Node, [.. actors.Values.Select(a => a.Lease)]);
                doubt.Looked();
            }

            var claimed = options.Journal.ClaimActors(options.Node, MaxClaim, options.Lease, options.Scope);
            away = false;
            foreach (var lease in claimed)
            {
                Incarnate(lease);
            }

            if (claimed.Length == MaxClaim)
            {
                Context.Self.Tell(new ShardMessage.Wake());
            }
        }
        catch (JournalUnavailableException e)
        {
            doubt!.Raise();
            if (!away)
            {
                options.Log(e.Message);
            }

            away = true;
        }
    }

    /// <summary>
    /// Gives back what is beyond this node's share, the latest first, and all actors of an experiment that does not run any more. Between
    /// two turns an actor can stop at any time: its state is in the store.
    /// </summary>
    private void Balance()
    {
        try
        {
            foreach (var held in actors.Values.GroupBy(a => a.Lease.Actor.Experiment).ToList())
            {
                var surplus = held.Count() - options.Journal.FairShare(held.Key);
                foreach (var (_, actor) in held.OrderByDescending(a => a.Lease.Token).Take(surplus))
                {
                    Context.Stop(actor);
                }
            }
        }
        catch (JournalUnavailableException)
        {
            // The next tick looks again; that the store is away is said by who claims.
        }
    }

    private void Incarnate(ActorLease lease)
    {
        // Its lease lapsed while this node was held up, and it came back to the same node: the former incarnation can commit nothing any
        // more.
        if (actors.TryGetValue(lease.Actor, out var former))
        {
            Context.Stop(former.Ref);
        }

        var incarnation = Context.Spawn(
            $"{lease.Actor.Experiment}-{lease.Actor.Role}-{lease.Token}".Replace('/', '_').Replace('#', '_'),
            () => new Incarnation(options.Journal, lease, options.Recover, options.Log),
            Incarnation.SpawnOptions);
        Context.Watch(incarnation, new ShardMessage.Stopped(lease));
        actors[lease.Actor] = (lease, incarnation);
    }
}

/// <summary>How a node's persistent actors work.</summary>
public sealed record ActorShardOptions
{
    public required IJournal Journal { get; init; }

    public required NodeId Node { get; init; }

    /// <summary>Whose actors.</summary>
    public WorkScope Scope { get; init; } = WorkScope.All;

    public required TimeSpan Lease { get; init; }

    /// <summary>Brings a leased actor to life from the journal.</summary>
    public required Func<ActorLease, IPersistentActor> Recover { get; init; }

    /// <summary>Wake-ups may be lost: look for mail at least this often.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public required Action<string> Log { get; init; }
}
