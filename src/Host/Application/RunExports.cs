using System.Text;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>Networks out of a run: the re-trained picks as files that hold structure and weights.</summary>
public static class RunExports
{
    /// <summary>For each re-trained pick ROLE.safetensors and ROLE.graph.json in <paramref name="directory"/>.</summary>
    public static void WritePicks(Workplace workplace, RunModel model, string directory)
    {
        foreach (var (role, outcome) in model.State.Finals)
        {
            if (outcome.Result is { } result)
            {
                var bytes = workplace.Artifacts.Get(result.Artifacts[BaseFigures.WeightsArtifact]);
                var graph = NetworkFile.Parse(bytes, role).Graph;
                RunDirectory.WriteFile(Path.Combine(directory, $"{role}.safetensors"), bytes);
                RunDirectory.WriteFile(Path.Combine(directory, $"{role}.graph.json"), Encoding.UTF8.GetBytes(GraphJson.Write(graph)));
            }
        }
    }

    /// <summary>Whether a run can have a network under this name.</summary>
    public static bool IsRole(string pick) => pick == "base" || RunFigures.Roles.Contains(pick) || PickRole.Removed(pick) is not null;

    /// <summary>The network of a pick ("heavy", "knee", "light", "at30") or of the base ("base").</summary>
    /// <exception cref="CommandException">It is not there (yet).</exception>
    public static byte[] Network(Workplace workplace, RunModel model, string pick)
    {
        var result = pick == "base" ? model.State.Base : model.State.Finals.GetValueOrDefault(pick)?.Result;
        return result is not null
            ? workplace.Artifacts.Get(result.Artifacts[BaseFigures.WeightsArtifact])
            : throw new CommandException(
                $"{model.Name} has no re-trained '{pick}' (there are: {string.Join(", ", Available(model).DefaultIfEmpty("none yet"))}).",
                ExitCodes.BadInput);
    }

    private static IEnumerable<string> Available(RunModel model) =>
        (model.State.Base is null ? [] : new[] { "base" }).Concat(model.State.Finals.Where(f => f.Value.Result is not null).Select(f => f.Key));
}
