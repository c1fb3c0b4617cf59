using System.Collections.Immutable;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Evolution;

/// <summary>
/// The pure half of a persistent actor. A message leads to events; an event leads to the next state and to effects. Replaying the events
/// gives the state back, and effects are taken only when an event happens for the first time, in the same transaction as the event itself.
/// </summary>
/// <typeparam name="TState">Immutable.</typeparam>
public interface IDecider<TState>
{
    /// <summary>The state before the first event.</summary>
    TState Initial { get; }

    /// <summary>What <paramref name="message"/> leads to; nothing where it repeats what is known or is not waited for.</summary>
    ImmutableArray<NewEvent> Decide(TState state, Envelope message);

    /// <summary>The state after <paramref name="happened"/>, and what follows from it.</summary>
    Transition<TState> Apply(TState state, NewEvent happened);

    string WriteSnapshot(TState state);

    TState ReadSnapshot(string text);
}

/// <summary>A next state with the effects of getting there.</summary>
public sealed record Transition<TState>(TState State, Effects Effects);

/// <summary>What leaves an actor in one turn.</summary>
/// <param name="Messages">To other actors of the experiment.</param>
/// <param name="Jobs">Asked for; their outcomes come as messages.</param>
/// <param name="Status">The experiment's new status, or null.</param>
/// <param name="WorthSnapshot">The state has become small again: a good moment to store it.</param>
public sealed record Effects(
    ImmutableArray<OutgoingMessage> Messages,
    ImmutableArray<JobRequest> Jobs,
    (ExperimentStatus Status, string? Reason)? Status = null,
    bool WorthSnapshot = false)
{
    public static Effects None { get; } = new([], []);

    /// <summary>These effects, then <paramref name="later"/>; the later status wins.</summary>
    public Effects Then(Effects later) => new(
        Messages.AddRange(later.Messages), Jobs.AddRange(later.Jobs), later.Status ?? Status, WorthSnapshot || later.WorthSnapshot);
}
