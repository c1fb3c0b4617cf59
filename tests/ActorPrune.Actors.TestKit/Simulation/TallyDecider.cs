using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.TestKit.Simulation;

/// <summary>The smallest persistent actor: writes down every note it gets, sends one on and asks for one job for each.</summary>
public sealed class TallyDecider : IDecider<ImmutableList<string>>
{
    public ImmutableList<string> Initial => [];

    /// <summary>Characters that a snapshot has at least; the surplus says nothing.</summary>
    public int SnapshotLength { get; init; }

    public ImmutableArray<NewEvent> Decide(ImmutableList<string> state, Envelope message) => message.Kind switch
    {
        "note" => [new NewEvent("noted", message.Body)],
        "poison" => throw new InvalidOperationException("poisonous mail"),
        _ => [],
    };

    public Transition<ImmutableList<string>> Apply(ImmutableList<string> state, NewEvent happened) => new(
        state.Add(happened.Body),
        new Effects(
            [new OutgoingMessage(new ActorId("tally", "other"), "copy", happened.Body)],
            [new JobRequest(new Genetics.Ports.JobSpec("work", happened.Body), 0)],
            WorthSnapshot: true));

    public string WriteSnapshot(ImmutableList<string> state) => string.Join('\n', state).PadRight(SnapshotLength);

    public ImmutableList<string> ReadSnapshot(string text) => text.Length == 0 ? [] : [.. text.Split('\n')];
}
