using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>Gathers what show and the report need from the journal.</summary>
public static class RunModels
{
    public static RunModel Of(Workplace workplace, Experiment experiment)
    {
        var stored = StoredConfiguration.Parse(experiment.Configuration);
        var definition = stored.Definition;
        var state = workplace.Recovery.Read(experiment.Name);
        var study = (PruningStudy)workplace.Recovery.Study(experiment.Name);
        var jobs = workplace.Journal.Jobs(experiment.Name);
        return new RunModel
        {
            Name = experiment.Name,
            Status = experiment.Status,
            Reason = experiment.Reason,
            Method = definition.Method.Method,
            Seed = definition.Seed,
            Network = definition.Network.Name,
            Data = definition.Data.Name,
            Convention = definition.CostConvention.ToString().ToLowerInvariant(),
            Objectives = stored.Settings.Search.Objectives,
            Configuration = stored.Settings.ToJson(),
            Command = stored.Beginning.Command,
            Environment = Environment(stored, experiment),
            State = state,
            Evaluations = workplace.Journal.Counts(experiment.Name),
            Jobs = jobs,
            Space = state.Base is { } baseResult ? study.Problem(baseResult).Space : null,
            Layers = [.. Layers(study, definition)],
            StartedAt = experiment.CreatedAt,
            FinishedAt = experiment.Status == ExperimentStatus.Running ? null : jobs.Max(j => j.StartedAt?.AddSeconds(j.Seconds)),
        };
    }

    private static RunEnvironment Environment(StoredConfiguration stored, Experiment experiment) => new(
        stored.Beginning.Machine,
        stored.Definition.Device,
        stored.Beginning.OperatingSystem,
        stored.Beginning.Libtorch,
        stored.Definition.Precision,
        experiment.Engine,
        0);

    private static IEnumerable<BaseLayer> Layers(PruningStudy study, StudyDefinition definition)
    {
        var cost = CostModel.Of(study.Structure.Graph, definition.CostConvention);
        foreach (var (layer, row) in study.Structure.Graph.Layers.Zip(cost.Layers))
        {
            switch (layer.Op)
            {
                case Op.Conv2d conv:
                    yield return new BaseLayer(layer.Name, $"Conv2d {conv.Kernel}×{conv.Kernel}", conv.In, conv.Out, row.Macs, row.Params);
                    break;
                case Op.Linear linear:
                    yield return new BaseLayer(layer.Name, "Linear", linear.In, linear.Out, row.Macs, row.Params);
                    break;
            }
        }
    }
}
