using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Host.Report;

/// <summary>Where a network's validation error went between inheriting weights and the end of its training, as far as its jobs report
/// it.</summary>
public sealed class Adaptation
{
    private readonly Dictionary<JobKey, ResultDetail> evaluations;
    private readonly Dictionary<string, ResultDetail> finals;

    public Adaptation(RunModel model)
    {
        evaluations = model.Jobs.Where(j => j.Spec.Kind == JobKinds.Evaluate && j.Result is not null)
            .DistinctBy(j => j.Spec.Key).ToDictionary(j => j.Spec.Key, j => ResultDetail.Parse(j.Result!.Detail));
        finals = model.State.Finals.Where(f => f.Value.Result is not null)
            .ToDictionary(f => f.Key, f => ResultDetail.Parse(f.Value.Result!.Detail));
    }

    /// <summary>Of a candidate's evaluation; null where it says nothing of the time before training
    /// (training.evaluation.measure-start).</summary>
    public ResultDetail? OfCandidate(Evaluated candidate) =>
        evaluations.GetValueOrDefault(candidate.Job) is { ErrorInherited: not null } detail ? detail : null;

    /// <summary>Of a pick's re-training, or of its evaluation where the re-training says nothing; null where neither does.</summary>
    public ResultDetail? OfPick(PickFigures pick)
    {
        var detail = finals.GetValueOrDefault(pick.Role) is { ErrorInherited: not null } final ? final
            : evaluations.GetValueOrDefault(pick.Member.Candidate.Job);
        return detail is { ErrorInherited: not null } or { ErrorRecalibrated: not null } or { ErrorFineTuned: not null } ? detail : null;
    }

    /// <summary>Adds the three errors to <paramref name="shown"/>, as far as they are known.</summary>
    internal static void AddTo(JsonObject shown, ResultDetail? detail)
    {
        foreach (var (name, error) in new[]
        {
            ("errorInherited", detail?.ErrorInherited), ("errorRecalibrated", detail?.ErrorRecalibrated),
                ("errorFineTuned", detail?.ErrorFineTuned),
        })
        {
            if (error is not null)
            {
                shown[name] = ShowDocument.Number(error);
            }
        }
    }
}
