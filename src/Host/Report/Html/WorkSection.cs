using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>Where the time went, what the cache saved, and what failed.</summary>
internal static class WorkSection
{
    private const int MostReasons = 50;

    public static Node Of(RunModel model, DateTimeOffset now)
    {
        var counts = model.Evaluations;
        var kinds = model.Jobs.GroupBy(j => j.Spec.Kind).Select(g => (Kind: g.Key, Seconds: g.Sum(j => j.Seconds), Jobs: g.ToArray()))
            .OrderByDescending(k => k.Seconds).ToArray();
        var longest = kinds.Select(k => k.Seconds).DefaultIfEmpty(0).Max();
        var total = kinds.Sum(k => k.Seconds);
        return Section(
            "work",
            "The work behind it",
            P(
                $"{Wording.Plural(counts.Requested, "evaluation")} asked for: {counts.Computed} computed, {counts.Cached} answered from what was known already "
                + $"({Wording.Percent(counts.Requested == 0 ? null : (double)counts.Cached / counts.Requested)}), {counts.Failed} failed. "
                + $"{Wording.Plural(counts.Attempts, "computation")} started; more than computed and failed together where an interruption repeated one. "
                + $"Elapsed: {Wording.Duration((model.FinishedAt ?? now) - model.StartedAt)}."),
            kinds.Length == 0 ? null : Table(
                ["work", "computing time", "#share", "#done", "#failed", "#open", "#mean"],
                kinds.Select(k => Row(k.Kind, k.Seconds, k.Jobs, longest, total))),
            kinds.Length == 0 ? null : Note(
                "Computing time adds up all evaluators, so it may exceed the time elapsed. A job whose result was in the store already "
                + "counts with the time that it took when it was computed."));
    }

    public static Node? Failures(RunModel model)
    {
        var failures = model.Jobs.Where(j => j.Status == JobStatus.Failed).GroupBy(j => (j.Spec.Kind, Reason: j.Failure ?? "no reason was recorded"))
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.Reason, StringComparer.Ordinal).ToArray();
        return failures.Length == 0 ? null : Section(
            "failures",
            "Failures",
            P("A job that fails for good is one lost candidate; the search goes on without it."),
            Table(
                ["work", "#jobs", "reason"],
                failures.Take(MostReasons).Select(g => ImmutableArray.Create<Node>(Kind(g.Key.Kind), $"{g.Count()}", g.Key.Reason))),
            failures.Length > MostReasons ? Note($"The {MostReasons} most frequent of {failures.Length} reasons.") : null);
    }

    private static ImmutableArray<Node> Row(string kind, double seconds, JobRow[] jobs, double longest, double total)
    {
        var done = jobs.Count(j => j.Status == JobStatus.Done);
        return
        [
            Kind(kind),
            E("span").With(Bars.Share(seconds, longest, "plain"), Wording.Duration(TimeSpan.FromSeconds(seconds))),
            Wording.Percent(total > 0 ? seconds / total : null),
            $"{done}",
            $"{jobs.Count(j => j.Status == JobStatus.Failed)}",
            $"{jobs.Count(j => j.Status is JobStatus.Queued or JobStatus.Leased)}",
            done == 0 ? Wording.Missing : Wording.Duration(TimeSpan.FromSeconds(jobs.Where(j => j.Status == JobStatus.Done).Average(j => j.Seconds))),
        ];
    }

    private static string Kind(string kind) => kind switch
    {
        JobKinds.TrainBase => "base network",
        JobKinds.Evaluate => "evaluations",
        JobKinds.SubNetwork => "sub-network evaluations",
        JobKinds.TrainFinal => "re-training of picks",
        JobKinds.Measure => "time measurements",
        _ => kind,
    };
}
