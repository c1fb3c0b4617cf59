using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Configuration;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>
/// Follows the experiments that run in a store and finds out which of them a node can compute: those of its engine version and device
/// class, whose data set it has. It loads the data before the first job, so that no job waits for that. Nothing is claimed of an experiment
/// that was not looked at.
/// </summary>
public sealed class ExperimentWatch : IDisposable
{
    /// <summary>Notifications may be lost.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Every commit in the store wakes the watch: it looks no more often than this.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    /// <summary>Files that were missing may have come.</summary>
    private static readonly TimeSpan SecondLook = TimeSpan.FromMinutes(1);

    private readonly Workplace workplace;
    private readonly WatchOptions options;
    private readonly ConcurrentDictionary<Key, Verdict> verdicts = new();
    private readonly ConcurrentDictionary<DataSpec, DataSetOptions> places = new();
    private readonly ConcurrentDictionary<string, WorkRules> rules = new();
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim signal = new(1);
    private readonly IDisposable subscription;
    private readonly Task loop;
    private ImmutableArray<string> computable = [];

    public ExperimentWatch(Workplace workplace, WatchOptions options)
    {
        this.workplace = workplace;
        this.options = options;
        subscription = workplace.Journal.OnChange(Signal);
        loop = Task.Run(Run);
    }

    /// <summary>Names of the running experiments whose jobs can be computed here.</summary>
    public ImmutableArray<string> Computable => computable;

    /// <summary>Where the files of a data set are, for evaluators.</summary>
    public DataSetOptions Place(DataSpec spec) =>
        places.TryGetValue(spec, out var place) ? place : Preparation.OptionsOf(spec, DataRoot.OfEnvironment(workplace.Home));

    /// <summary>Folders in which data sets were found, and the one where they are looked for first.</summary>
    public ImmutableArray<string> Roots =>
        [.. places.Values.Select(p => p.Root).Where(r => r.Length > 0).Append(DataRoot.OfEnvironment(workplace.Home)).Distinct()];

    /// <summary>How jobs of an experiment are worked on: as its configuration says, or by default where it was not looked at.</summary>
    public WorkRules Rules(string experiment) => rules.GetValueOrDefault(experiment) ?? new WorkRules();

    /// <summary>Something failed that may be a data set's absence: looks at all again.</summary>
    public void Reconsider()
    {
        verdicts.Clear();
        Signal();
    }

    public void Dispose()
    {
        subscription.Dispose();
        stop.Cancel();
        loop.Wait();
        stop.Dispose();
    }

    private void Signal()
    {
        // Several at once are one; one too many makes the loop look once more.
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    private async Task Run()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(Poll, stop.Token).ConfigureAwait(false);
                Look();
                await Task.Delay(Rest, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is JournalUnavailableException or JournalIncompatibleException or ObjectDisposedException)
            {
                // The node's actors say what is wrong with the store; until it is back, what is known stays.
            }
        }
    }

    private void Look()
    {
        var running = workplace.Journal.RunningExperiments().ToDictionary(Key.Of);
        foreach (var gone in verdicts.Keys.Where(k => !running.ContainsKey(k)).ToList())
        {
            verdicts.TryRemove(gone, out _);
        }

        foreach (var (key, experiment) in running)
        {
            var known = verdicts.GetValueOrDefault(key);
            if (known is null || known.LookAgain <= DateTimeOffset.UtcNow)
            {
                // A large data set takes long to load; other experiments do not wait for it.
                var looking = (known ?? Verdict.Unknown) with { LookAgain = DateTimeOffset.MaxValue };
                verdicts[key] = looking;
                _ = Task.Run(() => Decide(key, experiment, looking));
            }
        }

        Publish();
    }

    private void Decide(Key key, Experiment experiment, Verdict looking)
    {
        var (reason, isFinal) = Reason(experiment);
        var lookAgain = reason is null || isFinal ? DateTimeOffset.MaxValue : DateTimeOffset.UtcNow + SecondLook;
        var decided = new Verdict(reason is null, reason, lookAgain);

        // It may have ended, or be looked at anew, meanwhile.
        if (verdicts.TryUpdate(key, decided, looking))
        {
            if (reason is not null && reason != looking.Reason)
            {
                options.Log($"Experiment {experiment.Name} is left to other nodes: {reason}");
            }

            Publish();
        }
    }

    private void Publish()
    {
        ImmutableArray<string> now = [.. verdicts.Where(v => v.Value.IsComputable).Select(v => v.Key.Name).Order(StringComparer.Ordinal)];
        var before = ImmutableInterlocked.InterlockedExchange(ref computable, now);
        if (now.Except(before).Any())
        {
            options.Grown();
        }
    }

    /// <summary>Why the experiment is not computed here, null if it is; and whether that will never change.</summary>
    private (string? Reason, bool IsFinal) Reason(Experiment experiment)
    {
        if (experiment.Engine != Engine.Version)
        {
            return (
                $"it was begun by version {experiment.Engine}, this is {Engine.Version}, and results of two versions must not be mixed.",
                true);
        }

        if (options.DeviceClass is not { } device)
        {
            return (null, true);
        }

        try
        {
            var stored = StoredConfiguration.Parse(experiment.Configuration);
            rules[experiment.Name] = ExperimentSession.RulesOf(stored.Settings.Evaluation);
            if (stored.Definition.Device != device)
            {
                return ($"it computes on {stored.Definition.Device}, this node on {device}.", true);
            }

            var spec = stored.Definition.Data;
            var root = DataRoot.OfNode(stored.Settings.Data.Path, workplace.Home);
            var place = Preparation.OptionsOf(spec, root, stored.Settings.Data.Memory);
            var found = options.Data.Get(spec.Name, place).Hash;
            if (found != spec.Hash)
            {
                return ($"its data set {spec.Name} has content {spec.Hash[..12]}, {root} holds content {found[..12]}; "
                    + $"name the right folder with {DataRoot.Variable}.", false);
            }

            places[spec] = place;
            return (null, true);
        }
        catch (DataException e)
        {
            return ($"{e.Message} Its folder is named with {DataRoot.Variable}.", false);
        }
        catch (Exception e) when (e is JsonException or ConfigurationException)
        {
            return ($"its stored configuration cannot be read: {e.Message}", true);
        }
#pragma warning disable CA1031 // nobody awaits this: want of memory, for instance, must be said, and may pass
        catch (Exception e)
#pragma warning restore CA1031
        {
            return ($"{e.GetType().Name}: {e.Message}", false);
        }
    }

    /// <summary>A name may be deleted and used again for something else.</summary>
    private sealed record Key(string Name, DateTimeOffset CreatedAt, string ConfigurationHash)
    {
        public static Key Of(Experiment experiment) => new(experiment.Name, experiment.CreatedAt, experiment.ConfigurationHash);
    }

    private sealed record Verdict(bool IsComputable, string? Reason, DateTimeOffset LookAgain)
    {
        public static Verdict Unknown { get; } = new(false, null, DateTimeOffset.MinValue);
    }
}

/// <summary>What a node can compute, and whom it tells.</summary>
public sealed record WatchOptions
{
    /// <summary>"cpu" or "cuda"; null where the node computes nothing: then only the engine's version is looked at.</summary>
    public required string? DeviceClass { get; init; }

    /// <summary>Keeps the data sets in memory for the evaluators.</summary>
    public required DataSetCache Data { get; init; }

    public required Action<string> Log { get; init; }

    /// <summary>Called when an experiment can be computed that could not.</summary>
    public required Action Grown { get; init; }
}
