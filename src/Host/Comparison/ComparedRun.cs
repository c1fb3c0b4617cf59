using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison;

/// <summary>The corner that hypervolume is measured from.</summary>
/// <param name="Error">Validation error: that of guessing among the classes.</param>
/// <param name="Macs">MACs as a fraction of the base's.</param>
public sealed record ReferencePoint(double Error, double Macs)
{
    public static ReferencePoint Guessing(int classes) => new(1 - (1.0 / classes), 1);

    /// <summary>
    /// The share of the rectangle between the origin and this point that <paramref name="points"/> dominate, 0 to 1. A point that is not
    /// better in both figures adds nothing.
    /// </summary>
    public double Share(IReadOnlyList<FrontPoint> points) =>
        Hypervolume.Of([.. points.Select(p => new[] { p.Error, p.Macs })], [Error, Macs]) / (Error * Macs);
}

/// <summary>A front member: validation error, and MACs as a fraction of the base's.</summary>
public sealed record FrontPoint(double Error, double Macs);

/// <summary>How far a search was after so many evaluations.</summary>
public sealed record ProgressPoint(long Evaluations, double Hypervolume);

/// <summary>The member that was re-trained for a share of MACs removed.</summary>
/// <param name="Target">The wanted share.</param>
/// <param name="Removed">What it removes really.</param>
/// <param name="SearchError">Validation error, as the search saw it.</param>
/// <param name="ErrorLast">Test error after the last epoch, or null.</param>
/// <param name="ErrorBest">Smallest test error over the epochs, or null.</param>
public sealed record ReTrained(double Target, double? Removed, double? SearchError, double? ErrorLast, double? ErrorBest);

/// <summary>The figures of one method and one seed.</summary>
/// <param name="Hypervolume">
/// Of the search's front, from the reference point, without what was widened for the picks; null before there is one.
/// </param>
/// <param name="Front">Its members.</param>
/// <param name="Progress">By evaluations asked for, ascending.</param>
/// <param name="At">
/// For each wanted share, in their order, the member that was re-trained for it; shares that no member reaches are missing.
/// </param>
/// <param name="SearchSeconds">
/// Computing time of its evaluations and sub-network evaluations, also of those that were in the store already.
/// </param>
/// <param name="FinalSeconds">Computing time of the re-trainings.</param>
/// <param name="Failure">Why the experiment failed, or null.</param>
public sealed record ComparedRun(
    long Seed,
    string Experiment,
    EvaluationCounts Evaluations,
    double? Hypervolume,
    ImmutableArray<FrontPoint> Front,
    ImmutableArray<ProgressPoint> Progress,
    ImmutableArray<ReTrained> At,
    double SearchSeconds,
    double FinalSeconds,
    string? Failure)
{
    public static ComparedRun Of(RunModel model, ImmutableArray<double> at, ReferencePoint reference)
    {
        var figures = RunFigures.Of(model);
        var front = figures.Base.Macs is { } whole ? Points(model.State.Archive, whole) : [];
        var progress = ProgressOf(model, figures.Base.Macs, reference);
        return new ComparedRun(
            model.Seed,
            model.Name,
            model.Evaluations,
            progress.IsEmpty ? null : progress[^1].Hypervolume,
            front,
            progress,
            [.. at.Select(target => (Target: target, Pick: figures.Pick(PickRole.At(target)))).Where(p => p.Pick is not null)
                .Select(p => ReTrainedOf(p.Target, p.Pick!, figures.Base.Macs))],
            Seconds(model, JobKinds.Evaluate) + Seconds(model, JobKinds.SubNetwork),
            Seconds(model, JobKinds.TrainFinal),
            model.Status == ExperimentStatus.Failed ? model.Reason : null);
    }

    /// <summary>The member for this share, or null.</summary>
    public ReTrained? For(double target) => At.FirstOrDefault(a => a.Target == target);

    /// <summary>
    /// By generations, which do not depend on who reported first: after each the evaluations that the islands had asked for by then.
    /// </summary>
    private static ImmutableArray<ProgressPoint> ProgressOf(RunModel model, double? baseMacs, ReferencePoint reference)
    {
        if (baseMacs is not { } whole)
        {
            return [];
        }

        var points = ImmutableArray.CreateBuilder<ProgressPoint>();
        var asked = new Dictionary<string, long>();
        var found = Archive.Empty;
        foreach (var generation in model.State.History.GroupBy(p => p.Generation).OrderBy(g => g.Key))
        {
            foreach (var report in generation)
            {
                asked[report.Island] = Math.Max(asked.GetValueOrDefault(report.Island), report.Evaluations);
            }

            found = found.AddRange(generation.SelectMany(p => p.Discovered));
            points.Add(new ProgressPoint(asked.Values.Sum(), reference.Share(Points(found.Members, whole))));
        }

        return points.ToImmutable();
    }

    private static ReTrained ReTrainedOf(double target, PickFigures pick, double? baseMacs) => new(
        target, Wording.Removed(pick.Member.Macs, baseMacs), pick.Member.Error, pick.FinalErrorLast, pick.FinalErrorBest);

    private static ImmutableArray<FrontPoint> Points(ImmutableArray<Evaluated> members, double whole) =>
        [.. members.Select(m => new FrontPoint(m[MeasureNames.Error], m[MeasureNames.Macs] / whole))];

    private static double Seconds(RunModel model, string kind) => model.Jobs.Where(j => j.Spec.Kind == kind).Sum(j => j.Seconds);
}
