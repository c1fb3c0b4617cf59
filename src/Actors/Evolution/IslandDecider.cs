using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>
/// An island as a persistent actor. Its events are what it was told (the start, one job's outcome, one parcel of migrants); its search
/// moves when all that it waits for is there, and is told it in genome order: so nothing depends on the order of arrival.
/// </summary>
/// <param name="experiment">Name of the experiment.</param>
/// <param name="island">Name of the island.</param>
/// <param name="study">The experiment's plan.</param>
public sealed class IslandDecider(string experiment, string island, IStudy study) : IDecider<IslandState>
{
    private const string Outcome = "outcome";
    private const int EvaluationPriority = 0;

    public IslandState Initial => IslandState.Empty;

    public ImmutableArray<NewEvent> Decide(IslandState state, Envelope message) => message.Kind switch
    {
        MessageKinds.StartIsland when state.Search is null => [new NewEvent(MessageKinds.StartIsland, message.Body)],
        JobMessages.Outcome when IsAwaited(state, JobOutcome.Parse(message.Body)) => [new NewEvent(Outcome, message.Body)],
        MessageKinds.Parcel when IsNew(state, Body.Read<Parcel>(message.Body)) => [new NewEvent(MessageKinds.Parcel, message.Body)],
        _ => [],
    };

    public Transition<IslandState> Apply(IslandState state, NewEvent happened) => happened.Kind switch
    {
        MessageKinds.StartIsland => Start(Body.Read<StartIsland>(happened.Body).Base, state),
        Outcome => Advance(Arrived(state, JobOutcome.Parse(happened.Body))),
        MessageKinds.Parcel => Advance(state with { Parcels = state.Parcels.Add(Body.Read<Parcel>(happened.Body)) }),
        _ => throw new InvalidOperationException($"Island {experiment}/{island}: unknown event '{happened.Kind}' in the journal."),
    };

    public string WriteSnapshot(IslandState state) => Body.Write(new Stored(
        state.Base,
        state.Search is null ? null : study.WriteSearch(state.Search, state.Base!),
        state.Awaited,
        [.. state.Outcomes.Values.OrderBy(o => o.Key.Hex, StringComparer.Ordinal)],
        state.Parcels,
        state.Evaluations));

    /// <remarks>A search does not store what it waits for but draws it anew; the jobs that were asked for must be those of the same
    /// genomes.</remarks>
    /// <exception cref="OtherProgramException">They are not.</exception>
    public IslandState ReadSnapshot(string text)
    {
        var stored = Body.Read<Stored>(text);
        var state = new IslandState(
            stored.Base,
            stored.Search is null ? null : study.ReadSearch(stored.Search, stored.Base!),
            stored.Awaited,
            stored.Outcomes.ToImmutableDictionary(o => o.Key.Hex),
            stored.Parcels,
            stored.Evaluations);
        return Demanded(state).Select(j => j.Key).SequenceEqual(stored.Awaited) ? state : throw new OtherProgramException(experiment);
    }

    /// <summary>A result also takes the place of a failure that the search was not told yet: somebody had the job tried again.</summary>
    private static bool IsAwaited(IslandState state, JobOutcome outcome) => state.Awaited.Contains(outcome.Key)
        && (!state.Outcomes.TryGetValue(outcome.Key.Hex, out var known) || (known.Result is null && outcome.Result is not null));

    private static bool IsNew(IslandState state, Parcel parcel) =>
        !state.Parcels.Any(p => p.Source == parcel.Source && p.Epoch == parcel.Epoch);

    /// <summary>Only outcomes that were waited for became events (<see cref="Decide"/>).</summary>
    private IslandState Arrived(IslandState state, JobOutcome outcome) => state.Awaited.Contains(outcome.Key)
        ? state with { Outcomes = state.Outcomes.SetItem(outcome.Key.Hex, outcome) }
        : throw new OtherProgramException(experiment);

    private Transition<IslandState> Start(JobResult baseResult, IslandState state)
    {
        var search = study.Islands(baseResult).Single(p => p.Name == island).Search;
        var asked = Ask(state with { Base = baseResult, Search = search });
        return Advance(asked.State, asked.Effects);
    }

    /// <summary>Tells the search all that it can be told; stops where something is still missing.</summary>
    private Transition<IslandState> Advance(IslandState state, Effects? before = null)
    {
        var effects = before ?? Effects.None;
        while (Tell(state) is { } turn)
        {
            var asked = Ask(state with { Search = turn.Next, Outcomes = state.Outcomes.Clear(), Parcels = Untold(state) });
            effects = effects.Then(Departures(state, asked.State, turn)).Then(asked.Effects);
            state = asked.State;
        }

        return new Transition<IslandState>(state, effects);
    }

    private static SearchTurn? Tell(IslandState state) => state.Search?.Demand switch
    {
        SearchDemand.Evaluations demand when state.Awaited.All(k => state.Outcomes.ContainsKey(k.Hex)) =>
            state.Search.TellEvaluations([.. demand.Genomes.Select((g, i) => state.Outcomes[state.Awaited[i].Hex].Of(g))]),
        SearchDemand.Immigrants demand when demand.Sources.All(s => Find(state, s, demand.Epoch) is not null) =>
            state.Search.TellImmigrants([.. demand.Sources.Select(s => Find(state, s, demand.Epoch)!)]),
        _ => null,
    };

    private static Parcel? Find(IslandState state, string source, int epoch) =>
        state.Parcels.FirstOrDefault(p => p.Source == source && p.Epoch == epoch);

    /// <summary>The parcels that the search has not been told by the turn that <paramref name="state"/> stands before.</summary>
    private static ImmutableArray<Parcel> Untold(IslandState state) => state.Search?.Demand is SearchDemand.Immigrants told
        ? state.Parcels.RemoveAll(p => p.Epoch == told.Epoch && told.Sources.Contains(p.Source))
        : state.Parcels;

    /// <summary>The job of each genome that the search waits for, in genome order; none where it waits for none.</summary>
    private ImmutableArray<JobSpec> Demanded(IslandState state)
    {
        if (state.Search?.Demand is not SearchDemand.Evaluations demand)
        {
            return [];
        }

        var problem = study.Problem(state.Base!);
        return demand.SubNetwork is { } part
            ? [.. demand.Genomes.Select(g => problem.SubNetwork(g, part, demand.Inheritance))]
            : [.. demand.Genomes.Select(g => problem.Evaluation(g, demand.Inheritance))];
    }

    /// <summary>The jobs of the next demand.</summary>
    private Transition<IslandState> Ask(IslandState state)
    {
        var jobs = Demanded(state);
        var evaluations = state.Evaluations + jobs.Count(j => j.Kind == JobKinds.Evaluate);
        return new Transition<IslandState>(
            state with { Awaited = [.. jobs.Select(j => j.Key)], Evaluations = evaluations },
            new Effects([], [.. jobs.DistinctBy(j => j.Key).Select(j => new JobRequest(j, EvaluationPriority))]));
    }

    /// <summary>Migrants to their islands, and the report to the experiment.</summary>
    private Effects Departures(IslandState before, IslandState after, SearchTurn turn)
    {
        var known = before.Search!.Archive.Select(e => e.Job).ToHashSet();
        var progress = new IslandProgress(
            island,
            turn.Next.Generation,
            before.Evaluations,
            [.. turn.Next.Archive.Where(e => !known.Contains(e.Job))],
            [.. turn.Sent.Select(p => new Migration(p.Source, p.Target, p.Epoch, p.Migrants.Length))],
            turn.Next.Demand is SearchDemand.Nothing) { Decided = turn.Decided };
        return new Effects(
            [
                .. turn.Sent.Select(p => new OutgoingMessage(Addresses.Island(experiment, p.Target), MessageKinds.Parcel, Body.Write(p))),
                new OutgoingMessage(Addresses.Experiment(experiment), MessageKinds.Progress, Body.Write(progress)),
            ],
            [],
            WorthSnapshot: after.Outcomes.IsEmpty);
    }

    private sealed record Stored(
        JobResult? Base,
        string? Search,
        ImmutableArray<JobKey> Awaited,
        ImmutableArray<JobOutcome> Outcomes,
        ImmutableArray<Parcel> Parcels,
        long Evaluations);
}
