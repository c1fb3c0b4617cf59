using System.Collections.Immutable;
using System.Diagnostics;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Commands;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Comparison;

/// <summary>An experiment of a comparison, ready to begin.</summary>
internal sealed record PreparedRun(PlannedRun Run, Launch Launch);

/// <summary>
/// Runs the experiments of a comparison one after the other, each an ordinary experiment of the store. Those that are finished are passed
/// over, so that the same command goes on wherever it was interrupted.
/// </summary>
/// <param name="data">Data sets that are in memory already.</param>
/// <param name="evaluators">Overrides the configurations; null = as they say.</param>
/// <param name="command">What goes on with the comparison, for whoever interrupts it.</param>
internal sealed class ComparisonSession(
    Workplace workplace, ImmutableArray<PreparedRun> runs, DataSetCache data, int? evaluators, string command)
{
    private readonly Stopwatch clock = new();
    private double plannedSoFar;

    /// <summary>Experiments that failed for good.</summary>
    public int Failures { get; private set; }

    /// <returns>Null when all have ended, else the exit code of an interruption.</returns>
    /// <exception cref="CommandException">The base network cannot be had, the store cannot be written, or a name is taken.</exception>
    public async Task<int?> RunAsync(CancellationToken interrupted)
    {
        foreach (var run in runs)
        {
            if (workplace.Journal.Find(run.Run.Experiment) is { } existing)
            {
                run.Launch.Refuse(existing);
            }

            // Before anything is computed: the files of another store's experiment may stand in the way.
            _ = workplace.RunDirectory(run.Run.Experiment);
        }

        clock.Start();
        for (var i = 0; i < runs.Length; i++)
        {
            var run = runs[i];
            if (StatusOf(run) == ExperimentStatus.Finished)
            {
                continue;
            }

            using var console = ConsoleOutput.Standard();
            console.Line($"[{i + 1} of {runs.Length}] {run.Run.Method.Label}, seed {run.Run.Seed}: at most "
                + $"{Wording.Plural(run.Run.Method.Planned, "evaluation")}{Left(i)}");
            var code = await Run(run, console, interrupted).ConfigureAwait(false);
            plannedSoFar += run.Run.Method.Planned;
            if (interrupted.IsCancellationRequested && StatusOf(run) is not (ExperimentStatus.Finished or ExperimentStatus.Failed))
            {
                return code;
            }

            if (StatusOf(run) == ExperimentStatus.Stopped)
            {
                // By somebody's stop command: the comparison waits with it. How it goes on has been said.
                return code;
            }

            if (interrupted.IsCancellationRequested && i + 1 < runs.Length)
            {
                console.Line($"Go on with: {command}");
                return ExitCodes.Interrupted;
            }
        }

        return null;
    }

    private async Task<int> Run(PreparedRun run, ConsoleOutput console, CancellationToken interrupted)
    {
        try
        {
            run.Launch.Begin(workplace, console);
            var session = new ExperimentSession(workplace, run.Run.Experiment, new SessionOptions
            {
                Data = data,
                Evaluators = evaluators,
                StoreArguments = string.Empty,
                ResumeCommand = command,
                Console = console,
            });
            return await session.RunAsync(interrupted).ConfigureAwait(false);
        }
        catch (CommandException e) when (HasFailed(run))
        {
            // One method's failure is a row of the table; the others go on.
            Failures++;
            console.Line(e.Message);
            return e.ExitCode;
        }
    }

    /// <summary>The search failed; without a base network none of the others could do better.</summary>
    private bool HasFailed(PreparedRun run) => StatusOf(run) == ExperimentStatus.Failed
        && workplace.Recovery.Read(run.Run.Experiment) is { Phase: ExperimentPhase.Failed, Base: not null };

    private ExperimentStatus? StatusOf(PreparedRun run) => workplace.Journal.Find(run.Run.Experiment)?.Status;

    /// <summary>By the evaluations that are planned and what those of this call have cost, with base network and re-trainings.</summary>
    private string Left(int next)
    {
        if (plannedSoFar == 0)
        {
            return string.Empty;
        }

        var planned = runs.Skip(next).Where(r => StatusOf(r) != ExperimentStatus.Finished).Sum(r => (double)r.Run.Method.Planned);
        var rate = plannedSoFar / clock.Elapsed.TotalSeconds;
        return $"; {rate * 3600:F0} an hour so far, about {Wording.Duration(TimeSpan.FromSeconds(planned / rate))} left for all";
    }
}
