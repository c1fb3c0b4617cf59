using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Application;

/// <summary>Goes on with an experiment that exists: says what it found, takes back what dead processes held.</summary>
public static class Continuation
{
    /// <summary>
    /// Loads the images of an experiment that is to go on. Without them every one of its jobs would fail, and failures count as results.
    /// </summary>
    /// <exception cref="CommandException">They are not here, or are others than it was begun with.</exception>
    public static void CheckData(Workplace workplace, Experiment experiment, DataSetCache data)
    {
        if (experiment.Status == ExperimentStatus.Finished)
        {
            return;
        }

        var stored = StoredConfiguration.Parse(experiment.Configuration);
        var spec = stored.Definition.Data;
        var root = DataRoot.Again(stored.Settings.Data.Path, workplace.Home);
        try
        {
            var found = data.Get(spec.Name, Preparation.OptionsOf(spec, root, stored.Settings.Data.Memory)).Hash;
            if (found != spec.Hash)
            {
                throw new CommandException(
                    $"{experiment.Name} cannot go on: it was begun with data set {spec.Name} of content {spec.Hash[..12]}, "
                    + $"but {root} holds content {found[..12]}. Name the right folder with {DataRoot.Variable}.",
                    ExitCodes.BadInput);
            }
        }
        catch (DataException e)
        {
            throw new CommandException($"{experiment.Name} cannot go on: {e.Message}", ExitCodes.BadInput);
        }
    }

    /// <exception cref="CommandException">It was begun by another version of the engine.</exception>
    public static void Resume(Workplace workplace, string name, ConsoleOutput console)
    {
        var experiment = workplace.Find(name);
        if (experiment.Engine != Engine.Version)
        {
            throw new CommandException(
                $"Experiment {name} was begun by version {experiment.Engine}, this is {Engine.Version}: results of two versions must not be mixed. "
                + "Go on with that version, or start anew under another name.",
                ExitCodes.BadInput);
        }

        if (experiment.Status == ExperimentStatus.Finished)
        {
            console.Line($"Experiment {name} is finished: nothing is left to compute");
            return;
        }

        if (experiment.Status == ExperimentStatus.Failed && workplace.Recovery.Read(name) is { Phase: ExperimentPhase.Failed, Base: not null })
        {
            // The islands have been told of the failures and are over: only a failed base can be tried again.
            throw new CommandException($"Experiment {name} failed and cannot go on ({experiment.Reason}) Start anew under another name.", ExitCodes.BadInput);
        }

        var dead = Node.ReapDead(workplace.Journal);
        var retried = experiment.Status == ExperimentStatus.Failed ? workplace.Journal.RetryFailed(name) : 0;
        if (experiment.Status is ExperimentStatus.Stopped or ExperimentStatus.Failed)
        {
            workplace.Journal.SetStatus(name, ExperimentStatus.Running, null);
        }

        var state = workplace.Recovery.Read(name);
        var found = new[]
        {
            $"phase {state.Phase.ToString().ToLowerInvariant()}",
            $"generation {state.Islands.Values.Select(i => i.Generation).DefaultIfEmpty(0).Min()}",
            $"{Wording.Plural(workplace.Journal.Counts(name).Computed, "evaluation")} computed",
            dead.IsEmpty ? null : $"work of {Wording.Plural(dead.Length, "dead process", "dead processes")} taken back",
            retried == 0 ? null : $"{Wording.Plural(retried, "failed job")} tried again",
        };
        console.Line($"Going on with {name}: {string.Join(", ", found.OfType<string>())}");
    }
}
