using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>What a <see cref="SimulatedNode"/> is, and what can happen to it.</summary>
public sealed record SimulatedNodeOptions
{
    /// <summary>A node that comes back has the name that it had. Null: the next free one.</summary>
    public string? Name { get; init; }

    /// <summary>0: the node owns actors only.</summary>
    public int Evaluators { get; init; } = 2;

    /// <summary>False: the node evaluates only.</summary>
    public bool OwnsActors { get; init; } = true;

    /// <summary>When an idle evaluator begins a job of another node too. Null: never.</summary>
    public StragglerRule? Stragglers { get; init; } = new(Factor: 3, Least: TimeSpan.FromSeconds(10));

    /// <summary>See <see cref="FaultyJournal"/>.</summary>
    public Func<string, Fault>? Fault { get; init; }

    /// <summary>Puts layers between the store and the line that may fail. Null: none.</summary>
    public Func<IJournal, IJournal>? Layers { get; init; }

    /// <summary>Is handed each wake-up of the store, to pass it on, later or never. Null: at once.</summary>
    public Action<Action>? Notify { get; init; }

    /// <summary>Brings an actor to life. Null: as a real node does.</summary>
    public Func<IJournal, ActorLease, IPersistentActor>? Recover { get; init; }

    /// <summary>A process that is known to have died on this node's machine: it takes that one's row away when it joins.</summary>
    public NodeId? Dead { get; init; }

    /// <summary>How far the machine's clock is ahead of true time.</summary>
    public TimeSpan ClockSkew { get; init; }
}
