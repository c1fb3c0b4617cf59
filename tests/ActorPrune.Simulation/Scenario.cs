using System.Collections.Immutable;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Simulation;

/// <summary>All that a seed stands for: an experiment, the nodes that work on it, and what goes wrong meanwhile.</summary>
/// <param name="Seed">Also that of the turns and of the dice that are thrown on the way.</param>
/// <param name="Method">The search with its sizes.</param>
/// <param name="SearchSeed">Of the search.</param>
/// <param name="Nodes">At least one evaluates, and at least one owns actors.</param>
/// <param name="Faults">In no particular order.</param>
/// <param name="Rates">Of what happens to single calls and wake-ups.</param>
/// <param name="Poison">Jobs that fail or kill.</param>
/// <param name="LongestJob">Most attempts take from 0.2 s to this.</param>
/// <param name="Stragglers">Whether idle evaluators begin jobs of others that take long.</param>
/// <param name="Troubles">Virtual time after which nothing goes wrong any more and all that is broken is mended.</param>
internal sealed record Scenario(
    long Seed,
    MethodSettings Method,
    long SearchSeed,
    ImmutableArray<NodePlan> Nodes,
    ImmutableArray<PlannedFault> Faults,
    FaultRates Rates,
    Poison Poison,
    TimeSpan LongestJob,
    bool Stragglers,
    TimeSpan Troubles);

/// <param name="Evaluators">0: it owns actors only.</param>
/// <param name="OwnsActors">False: it evaluates only.</param>
/// <param name="ClockSkew">How far its machine's clock is ahead of true time.</param>
/// <param name="JoinsAt">Virtual time of its first start.</param>
internal sealed record NodePlan(int Evaluators, bool OwnsActors, TimeSpan ClockSkew, TimeSpan JoinsAt);

/// <param name="Kind">What happens.</param>
/// <param name="At">Virtual time.</param>
/// <param name="Node">Index of the node that it happens to, where it happens to one.</param>
/// <param name="Length">How long it lasts, or until the node comes back.</param>
/// <param name="Write">0: at once; otherwise at the so manieth write that the node begins after <paramref name="At"/>.</param>
/// <param name="Flag">Crash: another process of the machine sees the death at once. In a write: whether it takes effect.</param>
internal sealed record PlannedFault(FaultKind Kind, TimeSpan At, int Node, TimeSpan Length, int Write, bool Flag);

/// <summary>Probabilities for each call or wake-up.</summary>
/// <param name="CallLost">The call never reaches the store, and the caller is told that the store is away.</param>
/// <param name="AnswerLost">The call takes effect, and the caller is told that the store is away.</param>
/// <param name="CallRepeated">A call that a token guards reaches the store twice, the second time at once or much later.</param>
/// <param name="NoticeLost">A wake-up is lost.</param>
/// <param name="NoticeLate">A wake-up is late.</param>
internal sealed record FaultRates(double CallLost, double AnswerLost, double CallRepeated, double NoticeLost, double NoticeLate);

internal enum FaultKind
{
    /// <summary>A process dies and comes back.</summary>
    Crash,

    /// <summary>A process is stopped in its tracks, possibly within a write, and goes on, often after its lease has lapsed.</summary>
    Pause,

    /// <summary>One call hangs for long while its process goes on.</summary>
    SlowCall,

    /// <summary>The database is away for all.</summary>
    Outage,

    /// <summary>One node's line to the database is cut.</summary>
    Cut,

    /// <summary>A node leaves in good order and comes back.</summary>
    Leave,

    /// <summary>A user stops the experiment and resumes it.</summary>
    Stop,

    /// <summary>See <see cref="FaultRates"/>.</summary>
    CallLost,

    /// <summary>See <see cref="FaultRates"/>.</summary>
    AnswerLost,

    /// <summary>See <see cref="FaultRates"/>.</summary>
    CallRepeated,

    /// <summary>See <see cref="FaultRates"/>.</summary>
    NoticeLost,

    /// <summary>See <see cref="FaultRates"/>.</summary>
    NoticeLate,

    /// <summary>An attempt at a job fails.</summary>
    JobFailed,

    /// <summary>An attempt at a job takes its process along.</summary>
    JobKilled,
}
