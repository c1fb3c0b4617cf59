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

    /// <summary>An actor stopped here: taken over, finished or failed.</summary>
    public sealed record Stopped(ActorId Actor) : ShardMessage;
}

/// <summary>The persistent actors that this node owns. Claims those that have mail and no owner, and passes wake-ups on.</summary>
public sealed class ActorShard(ActorShardOptions options) : Actor<ShardMessage>
{
    /// <summary>A node claims at most this many actors at once, so that several nodes share them.</summary>
    private const int MaxClaim = 4;

    private readonly Dictionary<ActorId, (ActorLease Lease, ActorRef<CheckMail> Ref)> actors = [];

    protected override void PreStart()
    {
        Context.Timers.StartPeriodic("poll", options.PollInterval, new ShardMessage.Wake());
        Context.Self.Tell(new ShardMessage.Wake());
    }

    protected override void Receive(ShardMessage message)
    {
        switch (message)
        {
            case ShardMessage.Wake:
                Claim();
                foreach (var actor in actors.Values)
                {
                    actor.Ref.Tell(new CheckMail());
                }

                break;
            case ShardMessage.Stopped stopped:
                actors.Remove(stopped.Actor);
                break;
        }
    }

    private void Claim()
    {
        foreach (var lease in options.Journal.ClaimActors(options.Node, MaxClaim, options.Lease))
        {
            var incarnation = Context.Spawn(
                $"{lease.Actor.Role}-{lease.Actor.Experiment}-{lease.Token}", () => new Incarnation(options.Journal, lease, options.Recover, options.Log));
            Context.Watch(incarnation, new ShardMessage.Stopped(lease.Actor));
            actors[lease.Actor] = (lease, incarnation);
        }
    }
}

/// <summary>How a node's persistent actors work.</summary>
public sealed record ActorShardOptions
{
    public required IJournal Journal { get; init; }

    public required NodeId Node { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>Brings a leased actor to life from the journal.</summary>
    public required Func<ActorLease, IPersistentActor> Recover { get; init; }

    /// <summary>Wake-ups may be lost: look for mail at least this often.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public required Action<string> Log { get; init; }
}
