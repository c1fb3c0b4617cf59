using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>
/// The experiment as a persistent actor: base network, islands, picks and what is tried for them, measurements, one phase after the
/// other. It owns the archive; islands report what they discover, and the archive does not depend on the order in which they do.
/// </summary>
/// <param name="experiment">Its name.</param>
/// <param name="study">Its plan.</param>
/// <param name="keepsHistory">For readers: <see cref="ExperimentState.History"/> decides nothing, and grows with the search.</param>
public sealed class ExperimentDecider(string experiment, IStudy study, bool keepsHistory = false) : IDecider<ExperimentState>
{
    private const string BaseRole = "base";

    // The base and the picks are what everything waits for; a measurement disturbs nobody.
    private const int BasePriority = 10;
    private const int FinalPriority = 5;
    private const int MeasurementPriority = -5;

    public ExperimentState Initial => ExperimentState.Empty;

    public ImmutableArray<NewEvent> Decide(ExperimentState state, Envelope message) => message.Kind switch
    {
        MessageKinds.Start when state.Phase == ExperimentPhase.Created => [new NewEvent(MessageKinds.Start, string.Empty)],
        JobMessages.Outcome when state.Awaited.ContainsValue(JobOutcome.Parse(message.Body).Key) =>
            [new NewEvent(JobMessages.Outcome, message.Body)],
        MessageKinds.Progress => Reported(state, new NewEvent(MessageKinds.Progress, message.Body)),
        _ => [],
    };

    public Transition<ExperimentState> Apply(ExperimentState state, NewEvent happened) => happened.Kind switch
    {
        MessageKinds.Start => Request(state with { Phase = ExperimentPhase.Base }, [(BaseRole, study.Base)], BasePriority),
        JobMessages.Outcome => Arrived(state, JobOutcome.Parse(happened.Body)),
        MessageKinds.Progress => Progressed(state, Body.Read<IslandProgress>(happened.Body)),
        MessageKinds.Widened => AfterSearch(state, Body.Read<ImmutableArray<Genome>>(happened.Body)),
        _ => throw new InvalidOperationException($"Experiment {experiment}: unknown event '{happened.Kind}' in the journal."),
    };

    /// <summary>Without <see cref="ExperimentState.History"/>, which readers have from the events.</summary>
    public string WriteSnapshot(ExperimentState state) => Body.Write(state with { History = [] });

    public ExperimentState ReadSnapshot(string text) => Body.Read<ExperimentState>(text);

    // Where nothing is widened, the search ends without an event for it, as in journals from before there was one.
    private bool Widens => study.WidenedPicks > 0 && study.PickRoles.Any(r => PickRole.Removed(r) is not null);

    /// <summary>
    /// After the last report of the search, what is tried for the picks is an event of its own: to find it takes seconds on a large network,
    /// and whoever reads the events should not have to do it again.
    /// </summary>
    private ImmutableArray<NewEvent> Reported(ExperimentState state, NewEvent report)
    {
        var progress = Body.Read<IslandProgress>(report.Body);
        return Widens && progress.Finished && Told(state, progress) is var told && IsSearched(told)
            ? [report, new NewEvent(MessageKinds.Widened, Body.Write(Candidates(told)))]
            : [report];
    }

    private ImmutableArray<Genome> Candidates(ExperimentState state) => BaseMacs(state) is { } whole
        ? BudgetFit.Candidates(study.Problem(state.Base!), state.Archive, whole, study.PickRoles, study.WidenedPicks)
        : [];

    private static bool IsSearched(ExperimentState state) =>
        state.Phase == ExperimentPhase.Search && state.Islands.Values.All(i => i.Finished);

    private Transition<ExperimentState> Arrived(ExperimentState state, JobOutcome outcome)
    {
        var roles = state.Awaited.Where(a => a.Value == outcome.Key).Select(a => a.Key).ToArray();
        var rest = state with { Awaited = state.Awaited.RemoveRange(roles) };
        return state.Phase switch
        {
            // Awaited after a failure too: somebody may mend what kept the base from being had, and have its job tried again.
            ExperimentPhase.Base or ExperimentPhase.Failed => Based(rest, outcome),
            ExperimentPhase.Fitting => OnceAnswered(
                rest with { Archive = Joined(rest.Archive, roles.Select(r => outcome.Of(rest.Fitting[r]))) },
                AfterFitting),
            ExperimentPhase.Final => OnceAnswered(
                rest with { Finals = rest.Finals.SetItems(roles.Select(r => KeyValuePair.Create(r, outcome))) },
                AfterFinals),
            ExperimentPhase.Measurement => OnceAnswered(
                rest with { Measurements = rest.Measurements.SetItems(roles.Select(r => KeyValuePair.Create(r, outcome))) },
                AfterMeasurements),
            _ => new Transition<ExperimentState>(rest, Effects.None),
        };
    }

    private Transition<ExperimentState> Based(ExperimentState state, JobOutcome outcome)
    {
        if (outcome.Result is not { } result)
        {
            return Failed(
                state with { Awaited = state.Awaited.SetItem(BaseRole, outcome.Key) },
                $"The base network could not be had: {outcome.Failure}");
        }

        var islands = study.Islands(result);
        var start = Body.Write(new StartIsland(result));
        return new Transition<ExperimentState>(
            state with
            {
                Phase = ExperimentPhase.Search,
                Base = result,
                Islands = islands.ToImmutableSortedDictionary(i => i.Name, i => new IslandProgress(i.Name, 0, 0, [], [], false)),
            },
            new Effects([.. islands.Select(
                i => new OutgoingMessage(Addresses.Island(experiment, i.Name), MessageKinds.StartIsland, start))], []));
    }

    private ExperimentState Told(ExperimentState state, IslandProgress progress) => state with
    {
        Islands = state.Islands.SetItem(progress.Island, progress with { Discovered = [], Sent = [], Decided = null }),
        Archive = Joined(state.Archive, progress.Discovered),
        History = keepsHistory ? state.History.Add(progress) : state.History,
    };

    /// <summary>Does not depend on the order in which members come; a failed candidate never joins.</summary>
    private static ImmutableArray<Evaluated> Joined(ImmutableArray<Evaluated> archive, IEnumerable<Evaluated> members) =>
        Archive.Empty.AddRange(archive.Concat(members)).Members;

    private Transition<ExperimentState> Progressed(ExperimentState state, IslandProgress progress)
    {
        var next = Told(state, progress);
        return IsSearched(next) && !Widens
            ? AfterSearch(next, [])
            : new Transition<ExperimentState>(next, Effects.None with { WorthSnapshot = true });
    }

    private Transition<ExperimentState> AfterSearch(ExperimentState state, ImmutableArray<Genome> widened)
    {
        if (state.Archive.IsEmpty)
        {
            return Failed(state, "No candidate could be evaluated: see the failures of its jobs.");
        }

        var problem = study.Problem(state.Base!);
        return OnceAnswered(
            Request(
                state with
                {
                    Phase = ExperimentPhase.Fitting,
                    Fitting = widened.ToImmutableSortedDictionary(g => g.Canonical, g => g, StringComparer.Ordinal),
                },
                [.. widened.Select(g => (g.Canonical, problem.Evaluation(g)))],
                FinalPriority),
            AfterFitting);
    }

    private Transition<ExperimentState> AfterFitting(ExperimentState state)
    {
        var picks = PickRole.Choose(state.Archive, BaseMacs(state), study.PickRoles, study.KneeErrorWeight);
        return OnceAnswered(
            Request(
                state with { Phase = ExperimentPhase.Final, Picks = picks },
                [.. picks.Select(p => (p.Key, study.Final(p.Value, state.Base!)))],
                FinalPriority),
            AfterFinals);
    }

    private Transition<ExperimentState> AfterFinals(ExperimentState state) => Request(
        state with { Phase = ExperimentPhase.Measurement },
        [
            (BaseRole, study.Measurement(null, state.Base!)),
            .. state.Archive.Select(e => (Front.Id(e), study.Measurement(e.Genome, state.Base!))),
        ],
        MeasurementPriority);

    private static double? BaseMacs(ExperimentState state) =>
        state.Base!.Measures.TryGetValue(MeasureNames.Macs, out var macs) ? macs : null;

    private static Transition<ExperimentState> AfterMeasurements(ExperimentState state) => new(
        state with { Phase = ExperimentPhase.Finished }, new Effects([], [], (ExperimentStatus.Finished, null), WorthSnapshot: true));

    private static Transition<ExperimentState> Failed(ExperimentState state, string reason) => new(
        state with { Phase = ExperimentPhase.Failed }, new Effects([], [], (ExperimentStatus.Failed, reason), WorthSnapshot: true));

    private static Transition<ExperimentState> OnceAnswered(
        ExperimentState state, Func<ExperimentState, Transition<ExperimentState>> next) =>
        OnceAnswered(new Transition<ExperimentState>(state, Effects.None), next);

    /// <summary>Goes on to the next phase as soon as no job is awaited, which a phase without jobs is from its beginning.</summary>
    private static Transition<ExperimentState> OnceAnswered(
        Transition<ExperimentState> turn, Func<ExperimentState, Transition<ExperimentState>> next)
    {
        if (!turn.State.Awaited.IsEmpty)
        {
            return turn;
        }

        var then = next(turn.State);
        return then with { Effects = turn.Effects.Then(then.Effects) };
    }

    /// <summary>Asks for jobs under roles; roles whose jobs are equal share one job.</summary>
    private static Transition<ExperimentState> Request(
        ExperimentState state, ImmutableArray<(string Role, JobSpec Job)> jobs, int priority) =>
        new(
        state with { Awaited = jobs.ToImmutableSortedDictionary(j => j.Role, j => j.Job.Key) },
        new Effects([], [.. jobs.Select(j => j.Job).DistinctBy(j => j.Key).Select(j => new JobRequest(j, priority))], WorthSnapshot: true));
}
