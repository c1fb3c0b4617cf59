using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Kernel;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>Works on one experiment in this process, as a node of its store, until it ends or somebody interrupts.</summary>
public sealed class ExperimentSession(Workplace workplace, string name, SessionOptions options)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    // A step of training is well under a second; a checkpoint of a large network takes a few.
    internal static readonly TimeSpan ShutdownPatience = TimeSpan.FromSeconds(30);

    // Below that the start of a second computation costs more than it saves.
    private static readonly TimeSpan LeastStraggling = TimeSpan.FromSeconds(10);

    private volatile string? stuck;

    /// <param name="interrupted">Asks the session to save what runs, hand it back and leave.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="CommandException">The experiment failed, or the store cannot be written until somebody acts.</exception>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        var experiment = workplace.Find(name);
        options.Console.About(name);
        options.Console.LogTo(Path.Combine(workplace.ClaimRunDirectory(name), RunLog.FileName));
        if (experiment.Status == ExperimentStatus.Finished)
        {
            return Ended();
        }

        // Said by the signal's own thread: whatever the loop waits for must not hold up the answer.
        using var announcement = interrupted.Register(
            () => options.Console.Line("Interrupted: saving checkpoints and handing work back (once more: stop at once) …", LogEvent.Interrupted));
        await WorkAsync(StoredConfiguration.Parse(experiment.Configuration), interrupted).ConfigureAwait(false);
        return stuck is { } reason ? throw Stuck(reason)
            : interrupted.IsCancellationRequested && Running() ? Interrupted()
            : Ended();
    }

    private string ResumeCommand => options.ResumeCommand ?? $"./actorprune resume {name}{options.StoreArguments}";

    private async Task WorkAsync(StoredConfiguration stored, CancellationToken interrupted)
    {
        var root = DataRoot.Again(stored.Settings.Data.Path, workplace.Home);
        using var environment = new EvaluatorEnvironment(options.Data, new EvaluatorOptions
        {
            DataOptions = spec => Preparation.OptionsOf(spec, root, stored.Settings.Data.Memory),
        });
        var nodeOptions = NodeOptionsOf(stored, environment);
        using var metrics = MetricsExport.Start(workplace.Meter, nodeOptions, stored.Settings.Metrics.Otlp);
        options.Console.About(name, nodeOptions.Name);
        var node = Node.Start(workplace.Journal, workplace.Artifacts, workplace.Recovery, nodeOptions);
        await using (node.ConfigureAwait(false))
        {
            options.Console.Note(
                $"Node {nodeOptions.Name} joined: {Wording.Plural(nodeOptions.Evaluators, "evaluator")} on {nodeOptions.Device}",
                LogEvent.NodeJoined);
            var progress = new ProgressView(workplace, name, stored, options.Console);
            while (Running() && stuck is null && !interrupted.IsCancellationRequested)
            {
                progress.Show(await Look(node).ConfigureAwait(false));
                await Wait(interrupted).ConfigureAwait(false);
            }

            progress.Close();
            try
            {
                await node.StopAsync(ShutdownPatience).ConfigureAwait(false);
                options.Console.Note($"Node {nodeOptions.Name} left", LogEvent.NodeLeft);
            }
            catch (JournalUnavailableException e)
            {
                // Its leases lapse by themselves.
                stuck ??= e.Message;
            }
        }
    }

    private static async Task<ImmutableArray<EvaluatorStatus>> Look(Node node)
    {
        try
        {
            return await node.Look().ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // A pool that waits for a busy store answers later.
            return [];
        }
    }

    private NodeOptions NodeOptionsOf(StoredConfiguration stored, EvaluatorEnvironment environment)
    {
        var evaluation = stored.Settings.Evaluation;
        var rules = RulesOf(evaluation);
        return new NodeOptions
        {
            Name = ClusterNode.NewName(),
            Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
            Experiment = name,
            Engine = Engine.Version,
            Device = stored.Definition.Device,
            Evaluators = options.Evaluators ?? evaluation.Evaluators ?? (stored.Definition.Device == "cpu" ? System.Environment.ProcessorCount : 1),
            CreateEvaluator = () => new TorchEvaluator(environment),
            Lease = evaluation.Lease,
            Heartbeat = evaluation.Heartbeat,
            Rules = _ => rules,
            Stragglers = StragglersOf(evaluation),
            EvaluatorProcess = () => EvaluatorProgram.Starting(
                workplace.Home,
                [DataRoot.Again(stored.Settings.Data.Path, workplace.Home)],
                stored.Settings.Data.Memory),
            Log = text => options.Console.Line(text, LogEvent.NodeMessage),
            Stuck = reason => stuck = reason,
        };
    }

    internal static WorkRules RulesOf(EvaluationSettings evaluation) => new()
    {
        MaxAttempts = evaluation.MaxAttempts,
        IsolateAfter = evaluation.IsolateAfter,
        CheckpointInterval = evaluation.CheckpointInterval,
    };

    /// <summary>When a job of another node is begun here too; null = never.</summary>
    internal static StragglerRule? StragglersOf(EvaluationSettings evaluation) =>
        evaluation.StragglerFactor > 0 ? new StragglerRule(evaluation.StragglerFactor, LeastStraggling) : null;

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
        MarkStopped("interrupted");
        options.Console.Line($"Go on with: {ResumeCommand}");
        options.Console.Note("Interrupted", LogEvent.Interrupted);
        return ExitCodes.Interrupted;
    }

    private CommandException Stuck(string reason)
    {
        MarkStopped(reason);
        return Failure($"{reason}\nWhat was committed is kept; go on with: {ResumeCommand}");
    }

    /// <summary>An experiment that nobody works on any more does not run; while others do, it does.</summary>
    private void MarkStopped(string reason)
    {
        try
        {
            if (Running() && !workplace.Journal.Nodes().Any(n => n.Serves(name)))
            {
                workplace.Journal.SetStatus(name, ExperimentStatus.Stopped, reason);
            }
        }
        catch (JournalUnavailableException)
        {
            // It stays listed as running; to go on is the same command.
        }
    }

    private int Ended()
    {
        var experiment = workplace.Journal.Find(name) ?? throw Failure($"Experiment {name} was deleted meanwhile.");
        var model = RunModels.Of(workplace, experiment);
        var report = $"Report: {RunFiles.Write(workplace, model)}";
        if (experiment.Status == ExperimentStatus.Failed)
        {
            options.Console.Line(report);
            throw Failure($"The experiment failed: {experiment.Reason}\nTry again what failed with: {ResumeCommand}");
        }

        options.Console.Line(Headline.Of(model), LogEvent.Ended);
        options.Console.Line(report);
        if (experiment.Status == ExperimentStatus.Stopped)
        {
            // Somebody's stop command: to whoever waits for the end it is an interruption like any other.
            options.Console.Line($"Stopped. Go on with: {ResumeCommand}");
            return ExitCodes.Interrupted;
        }

        return ExitCodes.Done;
    }

    private CommandException Failure(string message)
    {
        options.Console.Note(message, LogEvent.Failed);
        return new CommandException(message);
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

    /// <summary>What goes on with it where that is not the resume command.</summary>
    public string? ResumeCommand { get; init; }

    public required ConsoleOutput Console { get; init; }
}
