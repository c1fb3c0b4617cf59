using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Host.Report;

/// <summary>What sub-network evaluations cost beside evaluations of whole networks, in seconds of one evaluator.</summary>
/// <param name="Evaluations">Sub-networks that were run, equal ones once.</param>
/// <param name="Seconds">Mean of one; it includes running the network in front of it, where that was not kept.</param>
/// <param name="FullSeconds">Mean of an evaluation, fine-tuning and validation included; null before the first.</param>
public sealed record SubNetworkFigures(int Evaluations, double Seconds, double? FullSeconds)
{
    /// <summary>Of a sub-network evaluation to a full one.</summary>
    public double? Ratio => FullSeconds > 0 ? Seconds / FullSeconds : null;

    /// <summary>Null where no sub-network was run.</summary>
    public static SubNetworkFigures? Of(RunModel model)
    {
        double[] Seconds(string kind) => [.. model.Jobs.Where(j => j.Spec.Kind == kind && j.Status == JobStatus.Done)
            .Select(j => j.Seconds)];
        var (parts, whole) = (Seconds(JobKinds.SubNetwork), Seconds(JobKinds.Evaluate));
        return parts.Length == 0 ? null : new SubNetworkFigures(parts.Length, parts.Average(), whole.Length == 0 ? null : whole.Average());
    }

    public override string ToString() =>
        $"{Wording.Plural(Evaluations, "sub-network evaluation")}, {Wording.Duration(TimeSpan.FromSeconds(Seconds))} each"
        + (Ratio is { } ratio
            ? $": {Wording.Percent(ratio)} of an evaluation's {Wording.Duration(TimeSpan.FromSeconds(FullSeconds!.Value))}"
            : string.Empty);
}
