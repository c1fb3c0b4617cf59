using System.Collections.Immutable;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Application;

/// <summary>Says how far an experiment is: phase, generation, evaluations with rate and time left, what long jobs are doing.</summary>
public sealed class ProgressView(Workplace workplace, string name, StoredConfiguration stored, ConsoleOutput console)
{
    // The rate is taken over the last minute or so: candidates get cheaper as a search moves on.
    private const int RateWindow = 120;

    /// <summary>Counting walks all that the experiment has asked for: at most one part in so many of the time goes into it.</summary>
    private const int CountingShare = 50;

    private readonly Queue<(long At, long Answered)> window = new();
    private EvaluationCounts? counts;
    private long countedAt;
    private TimeSpan counting;
    private ExperimentPhase announced = ExperimentPhase.Created;

    public void Show(ImmutableArray<EvaluatorStatus> evaluators)
    {
        try
        {
            var state = workplace.Recovery.Read(name);
            Announce(state);
            console.Status(Line(state, evaluators));
        }
        catch (JournalUnavailableException e)
        {
            console.Status(e.Message);
        }
    }

    public void Close()
    {
        console.ClearStatus();
        try
        {
            Announce(workplace.Recovery.Read(name));
        }
        catch (JournalUnavailableException e)
        {
            console.Line(e.Message);
        }
    }

    /// <summary>One lasting line for each phase that has ended.</summary>
    private void Announce(ExperimentState state)
    {
        if (state.Phase == announced)
        {
            return;
        }

        if (announced <= ExperimentPhase.Base && state.Phase > ExperimentPhase.Base && state.Base is { } measured)
        {
            console.Line($"Base network: test error {Wording.Percent(Figure(measured, MeasureNames.TestErrorLast))}, "
                + $"validation error {Wording.Percent(Figure(measured, MeasureNames.Error))}, {Wording.Count(Figure(measured, MeasureNames.Macs))} MACs, "
                + $"{Wording.Count(Figure(measured, MeasureNames.Params))} params");
        }

        if (announced <= ExperimentPhase.Fitting && state.Phase > ExperimentPhase.Fitting && !state.Archive.IsEmpty)
        {
            console.Line($"Search: {state.Archive.Length} networks on the front, digest {Front.Digest(state.Archive)[..12]}");
        }

        announced = state.Phase;
    }

    private string Line(ExperimentState state, ImmutableArray<EvaluatorStatus> evaluators) => state.Phase switch
    {
        ExperimentPhase.Search => SearchLine(state),
        ExperimentPhase.Fitting => $"Widening {state.Awaited.Count} of {state.Fitting.Count} networks for the picks: {Jobs(evaluators)}",
        ExperimentPhase.Created or ExperimentPhase.Base => $"Base network: {Jobs(evaluators)}",
        ExperimentPhase.Final => $"Re-training {state.Awaited.Count} of {state.Picks.Count} picks: {Jobs(evaluators)}",
        ExperimentPhase.Measurement => $"Measuring time: {state.Measurements.Count} of {state.Measurements.Count + state.Awaited.Count}",
        _ => state.Phase.ToString(),
    };

    private string SearchLine(ExperimentState state)
    {
        var counts = Counts();
        var answered = counts.Computed + counts.Cached + counts.Failed;
        var planned = Math.Max(stored.Definition.Method.PlannedEvaluations, counts.Requested);
        var rate = Rate(answered);
        var left = rate > 0
            ? $"about {Wording.Duration(TimeSpan.FromSeconds((planned - answered) / rate))} left, {rate * 3600:F0} an hour, "
            : string.Empty;
        var generation = state.Islands.Values.Select(i => i.Generation).DefaultIfEmpty(0).Min();

        // What matters most stands first: a narrow terminal cuts the end off.
        return $"Search: {answered} of at most {planned} evaluations, {left}generation {generation}, "
            + $"front of {state.Archive.Length}, {counts.Cached} cached";
    }

    private EvaluationCounts Counts()
    {
        if (counts is null || TimeProvider.System.GetElapsedTime(countedAt) >= counting * CountingShare)
        {
            var start = TimeProvider.System.GetTimestamp();
            counts = workplace.Journal.Counts(name);
            countedAt = TimeProvider.System.GetTimestamp();
            counting = TimeProvider.System.GetElapsedTime(start, countedAt);
        }

        return counts;
    }

    /// <summary>Evaluations a second, over the window.</summary>
    private double Rate(long answered)
    {
        var now = TimeProvider.System.GetTimestamp();
        window.Enqueue((now, answered));
        while (window.Count > RateWindow)
        {
            window.Dequeue();
        }

        var (since, before) = window.Peek();
        var seconds = TimeProvider.System.GetElapsedTime(since, now).TotalSeconds;
        return seconds > 1 ? (answered - before) / seconds : 0;
    }

    private static string Jobs(ImmutableArray<EvaluatorStatus> evaluators) => string.Join("; ", evaluators
        .Where(e => e.Progress is not null)
        .Select(e => $"{Left(e)}{e.Progress!.Text}, {e.Progress.ImagesPerSecond:F0} images/s")
        .DefaultIfEmpty("preparing"));

    private static string Left(EvaluatorStatus evaluator)
    {
        var fraction = evaluator.Progress!.Fraction;
        var elapsed = DateTimeOffset.UtcNow - evaluator.StartedAt!.Value;
        return fraction is > 0.02 and < 1 ? $"about {Wording.Duration(elapsed * ((1 - fraction) / fraction))} left, " : string.Empty;
    }

    private static double? Figure(JobResult result, string measure) => result.Measures.TryGetValue(measure, out var value) ? value : null;
}
