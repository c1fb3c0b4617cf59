using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>Works on one experiment in this process, as a node of its store, until it ends or somebody interrupts.</summary>
public sealed class ExperimentSession(Workplace workplace, string name, SessionOptions options)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    // A step of training is well under a second; a checkpoint of a large network takes a few.
    private static readonly TimeSpan ShutdownPatience = TimeSpan.FromSeconds(30);

    private volatile string? stuck;

    /// <returns>An exit code.</returns>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        var stored = StoredConfiguration.Parse(workplace.Find(name).Configuration);
        var environment = new EvaluatorEnvironment(options.Data, new EvaluatorOptions
        {
            DataOptions = spec => Preparation.OptionsOf(spec, stored.Settings.Data.Path),
            CheckpointInterval = stored.Settings.Evaluation.CheckpointInterval,
        });
        var node = Node.Start(workplace.Journal, workplace.Artifacts, workplace.Recovery, NodeOptionsOf(stored, environment));
        await using (node.ConfigureAwait(false))
        {
            var progress = new ProgressView(workplace, name, stored, options.Console);
            while (Running() && stuck is null && !interrupted.IsCancellationRequested)
            {
                progress.Show(await node.Look().ConfigureAwait(false));
                await Wait(interrupted).ConfigureAwait(false);
            }

            progress.Close();
            if (interrupted.IsCancellationRequested)
            {
                options.Console.Line("Interrupted: saving checkpoints and handing work back (once more: stop at once) …");
            }

            await node.StopAsync(ShutdownPatience).ConfigureAwait(false);
        }

        return stuck is { } reason ? throw new CommandException($"{reason}\nWhat was committed is kept; go on with: {ResumeCommand}")
            : interrupted.IsCancellationRequested && Running() ? Interrupted()
            : Ended();
    }

    private string ResumeCommand => $"./actorprune resume {name}{options.StoreArguments}";

    private NodeOptions NodeOptionsOf(StoredConfiguration stored, EvaluatorEnvironment environment)
    {
        var evaluation = stored.Settings.Evaluation;
        return new NodeOptions
        {
            Name = $"{System.Environment.MachineName}-{System.Environment.ProcessId}",
            Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
            Engine = Engine.Version,
            Device = stored.Definition.Device,
            Evaluators = options.Evaluators ?? evaluation.Evaluators ?? (stored.Definition.Device == "cpu" ? System.Environment.ProcessorCount : 1),
            CreateEvaluator = () => new TorchEvaluator(environment),
            Lease = evaluation.Lease,
            Heartbeat = evaluation.Heartbeat,
            MaxAttempts = evaluation.MaxAttempts,
            Log = options.Console.Line,
            Stuck = reason => stuck = reason,
        };
    }

    private bool Running()
    {
        try
        {
            return workplace.Journal.Find(name)?.Status == ExperimentStatus.Running;
        }
        catch (JournalUnavailableException)
        {
            return true;
        }
    }

    private static async Task Wait(CancellationToken interrupted)
    {
        try
        {
            await Task.Delay(Tick, interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
        }
    }

    private int Interrupted()
    {
        options.Console.Line($"Go on with: {ResumeCommand}");
        return ExitCodes.Interrupted;
    }

    private int Ended()
    {
        var experiment = workplace.Find(name);
        var model = RunModels.Of(workplace, experiment);
        var directory = workplace.RunDirectory(name);
        RunDirectory.Write(directory, model, DateTimeOffset.UtcNow);
        RunExports.WritePicks(workplace, model, directory);
        options.Console.Line(Headline.Of(model));
        options.Console.Line($"Report: {Path.Combine(directory, RunDirectory.ReportHtml)}");
        return experiment.Status switch
        {
            ExperimentStatus.Finished => ExitCodes.Done,
            ExperimentStatus.Stopped => Stopped(),
            _ => throw new CommandException($"The experiment failed: {experiment.Reason}"),
        };
    }

    private int Stopped()
    {
        options.Console.Line($"Stopped. Go on with: {ResumeCommand}");
        return ExitCodes.Done;
    }
}

/// <summary>How a session works.</summary>
public sealed record SessionOptions
{
    /// <summary>Data sets that are in memory already.</summary>
    public required Nn.Data.DataSetCache Data { get; init; }

    /// <summary>Overrides the configuration; null = as it says.</summary>
    public int? Evaluators { get; init; }

    /// <summary>What the resume command needs to find the same store: " --home …", or nothing.</summary>
    public required string StoreArguments { get; init; }

    public required ConsoleOutput Console { get; init; }
}
