using System.Collections.Immutable;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Host.Report;

/// <summary>One experiment in <c>list</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">See <see cref="ExperimentStatus"/>.</param>
/// <param name="Method">Short name of the search method.</param>
/// <param name="Network">Name of the network.</param>
/// <param name="Data">Name of the data set.</param>
/// <param name="Generation">Generations that its furthest island has completed.</param>
/// <param name="Evaluations">Evaluations asked for.</param>
/// <param name="BestError">Smallest validation error on its front, a fraction, or null.</param>
/// <param name="CreatedAt">Store time.</param>
public sealed record ListedExperiment(
    string Name,
    ExperimentStatus Status,
    string Method,
    string Network,
    string Data,
    int Generation,
    long Evaluations,
    double? BestError,
    DateTimeOffset CreatedAt)
{
    public static ListedExperiment Of(RunModel model)
    {
        var figures = RunFigures.Of(model);
        return new ListedExperiment(
            model.Name, model.Status, model.Method, model.Network, model.Data, figures.Generation, model.Evaluations.Requested,
            figures.Front.Select(m => m.Error).Min(), model.StartedAt);
    }

    /// <summary>One whose configuration this version cannot read: what the store itself knows of it.</summary>
    public static ListedExperiment Unreadable(Experiment experiment) =>
        new(experiment.Name, experiment.Status, "?", "?", "?", 0, 0, null, experiment.CreatedAt);
}

/// <summary>What <c>list</c> prints: one line for each experiment, in the order given.</summary>
public static class ExperimentList
{
    /// <param name="experiments">In the order in which they are to be printed.</param>
    /// <param name="now">Store time, for the age.</param>
    public static TextTable Table(ImmutableArray<ListedExperiment> experiments, DateTimeOffset now) => new(
        null,
        ["name", "status", "method", "network", "data", "#generation", "#evaluations", "#best error", "#age"],
        [.. experiments.Select(e => ImmutableArray.Create(
            e.Name, Wording.Status(e.Status), e.Method, e.Network, e.Data, $"{e.Generation}", $"{e.Evaluations}", Wording.Percent(e.BestError),
            Wording.Duration(now - e.CreatedAt)))]);
}
