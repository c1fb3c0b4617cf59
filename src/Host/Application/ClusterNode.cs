using System.Collections.Immutable;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Application;

/// <summary>This process as a node of a store: joins, works on all that runs there until it is asked to stop, leaves.</summary>
public sealed class ClusterNode(ClusterNodeOptions options)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RateInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NoteInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LastAttempt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RateWindow = TimeSpan.FromHours(1);

    private readonly DataSetCache data = Workplace.Images(options.Home);
    private readonly HashSet<string> served = [];
    private volatile string? lost;
    private string lastLine = string.Empty;
    private NodeActivity? activity;
    private long lookedAt;
    private long notedAt;

    /// <summary>A name that no other process has: process ids are used again, and containers may share a host's name.</summary>
    public static string NewName() =>
        $"{System.Environment.MachineName}-{System.Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..4]}";

    /// <param name="interrupted">Asks the node to save what runs, hand it back and leave.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="CommandException">The store did not answer in time, or the node cannot go on.</exception>
    /// <exception cref="NodeNameTakenException">A living node has the name.</exception>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        options.Console.LogTo(Path.Combine(options.Home, "nodes", $"{options.Name}.log"));
        options.Console.About(experiment: null, options.Name);
        var joined = await JoinAsync(interrupted).ConfigureAwait(false);
        if (joined is null)
        {
            options.Console.Line("Interrupted before the node joined");
            return ExitCodes.Done;
        }

        await using (joined.ConfigureAwait(false))
        {
            // Said by the signal's own thread: whatever the loop waits for must not hold up the answer.
            using var announcement = interrupted.Register(
                () => options.Console.Line("Leaving: saving checkpoints and handing work back (once more: stop at once) …"));
            await WorkAsync(joined, interrupted).ConfigureAwait(false);
        }

        return lost is { } reason ? throw new CommandException(reason) : ExitCodes.Done;
    }

    private bool Computes => options.Roles.Contains(NodeRoles.Evaluators);

    /// <summary>Joins the store, however long it takes to answer.</summary>
    /// <returns>Null when the node was interrupted before.</returns>
    private async Task<Joined?> JoinAsync(CancellationToken interrupted)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var wait = FirstRetry; !interrupted.IsCancellationRequested; wait = wait * 2 < LastRetry ? wait * 2 : LastRetry)
        {
            var attempt = Task.Run(Join, CancellationToken.None);
            try
            {
                return await attempt.WaitAsync(interrupted).ConfigureAwait(false);
            }
            catch (JournalUnavailableException e) when (!e.NeedsPerson)
            {
                if (TimeProvider.System.GetElapsedTime(began) + wait > options.JoinTimeout)
                {
                    throw new CommandException(
                        $"{e.Message}\nGiven up after {Wording.Duration(options.JoinTimeout!.Value)} (--join-timeout).");
                }

                if (wait == FirstRetry)
                {
                    options.Console.Line($"{e.Message} Trying again until it answers …");
                }
            }
            catch (OperationCanceledException)
            {
                // An attempt takes seconds where packets are dropped; should it succeed at this very moment, the node leaves again.
                await Task.WhenAny(attempt, Task.Delay(LastAttempt, CancellationToken.None)).ConfigureAwait(false);
                if (attempt.IsCompletedSuccessfully)
                {
                    await (await attempt.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
                }

                return null;
            }

            await Task.Delay(wait, interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private Joined Join()
    {
        var workplace = Workplace.Open(options.Home, options.Database);
        ExperimentWatch? watch = null;
        try
        {
            Node? node = null;
            watch = new ExperimentWatch(workplace, new WatchOptions
            {
                DeviceClass = Computes ? (options.Device.IsCuda ? "cuda" : "cpu") : null,
                Data = data,
                Log = Say,
                Grown = () => Volatile.Read(ref node)?.Wake(),
            });
            var nodeOptions = NodeOptionsOf(watch);
            Volatile.Write(ref node, Node.Start(workplace.Journal, workplace.Artifacts, workplace.Recovery, nodeOptions));
            return new Joined(workplace, watch, node!, MetricsExport.Start(workplace.Meter, nodeOptions, options.Otlp ?? string.Empty));
        }
        catch
        {
            watch?.Dispose();
            workplace.Dispose();
            throw;
        }
    }

    private async Task WorkAsync(Joined joined, CancellationToken interrupted)
    {
        var began = TimeProvider.System.GetTimestamp();
        options.Console.Line($"Node {options.Name} joined {joined.Workplace.Place}: {string.Join(" and ", options.Roles)}"
            + (Computes ? $", {Wording.Plural(options.Evaluators, "evaluator")} on {options.Device}" : string.Empty));
        while (lost is null && !interrupted.IsCancellationRequested)
        {
            Show(joined.Workplace.Journal, await joined.Node.Look().ConfigureAwait(false));
            await Task.Delay(Tick, interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        options.Console.ClearStatus();
        try
        {
            await joined.Node.StopAsync(ExperimentSession.ShutdownPatience).ConfigureAwait(false);
            options.Console.Line($"Node {options.Name} left after {Wording.Duration(TimeProvider.System.GetElapsedTime(began))}");
        }
        catch (Exception e) when (e is JournalUnavailableException or JournalIncompatibleException)
        {
            options.Console.Line($"{e.Message}\nNode {options.Name} ends; what it held is free when its lease lapses.");
        }
    }

    private NodeOptions NodeOptionsOf(ExperimentWatch watch)
    {
        // What concerns the node as a whole cannot follow one of the experiments that it serves: the defaults hold.
        var settings = SettingsReader.Standard.Parse(string.Empty, "the defaults", "node");
        var defaults = settings.Evaluation;
        var environment = new EvaluatorEnvironment(data, new EvaluatorOptions
        {
            DataOptions = watch.Place,
            CudaDevice = Math.Max(0, options.Device.Index),
        });
        return new NodeOptions
        {
            Name = options.Name,
            Roles = options.Roles,
            Engine = Engine.Version,
            Device = options.Device.ToString(),
            Evaluators = options.Evaluators,
            CreateEvaluator = () => new TorchEvaluator(environment),
            Computes = () => watch.Computable,
            Lease = options.Lease ?? defaults.Lease,
            Heartbeat = options.Lease is { } lease ? lease * (defaults.Heartbeat / defaults.Lease) : defaults.Heartbeat,
            Rules = watch.Rules,
            Stragglers = ExperimentSession.StragglersOf(defaults),
            EvaluatorProcess = () => EvaluatorProgram.Starting(options.Home, watch.Roots, settings.Data.Memory),
            Log = Say,
            Stuck = _ => watch.Reconsider(),
            Lost = reason => lost ??= reason,
        };
    }

    /// <summary>A reason that lasts is met again at every attempt, and said once.</summary>
    private void Say(string text)
    {
        if (Interlocked.Exchange(ref lastLine, text) != text)
        {
            options.Console.Line(text, LogEvent.NodeMessage);
        }
    }

    private void Show(IJournal journal, ImmutableArray<EvaluatorStatus> evaluators)
    {
        var jobs = evaluators.Select(e => e.Job).OfType<JobLease>().ToList();
        foreach (var job in jobs.Where(j => served.Add(j.Experiment)))
        {
            options.Console.Line($"Took a job of experiment {job.Experiment} ({job.Spec.Kind})");
        }

        if (Computes && (lookedAt == 0 || TimeProvider.System.GetElapsedTime(lookedAt) > RateInterval))
        {
            lookedAt = TimeProvider.System.GetTimestamp();
            Count(journal);
        }

        var doing = jobs.Count == 0 ? "idle" : string.Join(", ", jobs.GroupBy(j => (j.Spec.Kind, j.Experiment))
            .Select(g => $"{g.Count()} × {g.Key.Kind} of {g.Key.Experiment}"));
        options.Console.Status(activity is { } done
            ? $"{doing}; {Wording.Plural(done.Completed, "job")} completed{(done.Span < RateWindow ? string.Empty : " in the last hour")}, "
                + $"{done.Rate:F0} an hour"
            : doing);
    }

    /// <summary>This node's share of the work, as the store has it.</summary>
    private void Count(IJournal journal)
    {
        try
        {
            activity = journal.Activity(RateWindow).Nodes.FirstOrDefault(n => n.Node.Info.Name == options.Name) ?? activity;
            if (activity is { Completed: > 0 } done && TimeProvider.System.GetElapsedTime(notedAt) > NoteInterval)
            {
                notedAt = TimeProvider.System.GetTimestamp();
                options.Console.Note(
                    $"{Wording.Plural(done.Completed, "job")} completed in {Wording.Duration(done.Span)}, {done.Rate:F0} an hour");
            }
        }
        catch (JournalUnavailableException)
        {
            // The last figure stays; that the store is away is said by who needs it.
        }
    }

    private sealed record Joined(Workplace Workplace, ExperimentWatch Watch, Node Node, MetricsExport Metrics) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync().ConfigureAwait(false);
            Metrics.Dispose();
            Watch.Dispose();
            Workplace.Dispose();
        }
    }
}

/// <summary>How a node of a cluster works.</summary>
public sealed record ClusterNodeOptions
{
    /// <summary>Unique among the living nodes of the store.</summary>
    public required string Name { get; init; }

    public required string Home { get; init; }

    /// <summary>URL of the store; null = the home's own.</summary>
    public required string? Database { get; init; }

    public required ImmutableArray<string> Roles { get; init; }

    public required Device Device { get; init; }

    public required int Evaluators { get; init; }

    /// <summary>How long the store may stay away before the node joined; null = for ever.</summary>
    public required TimeSpan? JoinTimeout { get; init; }

    /// <summary>Null = the default.</summary>
    public required TimeSpan? Lease { get; init; }

    /// <summary>See <see cref="MetricsExport.Start"/>; null = as the environment says.</summary>
    public required string? Otlp { get; init; }

    public required ConsoleOutput Console { get; init; }
}
