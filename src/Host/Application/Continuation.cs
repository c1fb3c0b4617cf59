using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Host.Application;

/// <summary>Goes on with an experiment that exists: says what it found, takes back what dead processes held.</summary>
public static class Continuation
{
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

        var dead = Node.ReapDead(workplace.Journal);
        var retried = experiment.Status == ExperimentStatus.Failed ? workplace.Journal.RetryFailed(name) : 0;
        if (experiment.Status is ExperimentStatus.Stopped or ExperimentStatus.Failed)
        {
            workplace.Journal.SetStatus(name, ExperimentStatus.Running, null);
        }

        var state = workplace.Recovery.Read(name);
        var counts = workplace.Journal.Counts(name);
        console.Line($"Going on with {name}: phase {state.Phase.ToString().ToLowerInvariant()}, "
            + $"generation {state.Islands.Values.Select(i => i.Generation).DefaultIfEmpty(0).Min()}, "
            + $"{counts.Computed} evaluations finished, {dead.Length} dead processes' work taken back"
            + (retried > 0 ? $", {retried} failed jobs tried again" : string.Empty));
    }
}
