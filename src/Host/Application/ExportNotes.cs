using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>The texts that travel with an exported network. Lists are JSON.</summary>
public static class ExportNotes
{
    /// <param name="pick">"heavy", "knee", "light" or "base".</param>
    /// <param name="images">Null: not known; then no normalisation stands in the file.</param>
    public static ImmutableSortedDictionary<string, string> Of(RunModel model, string pick, StudyDefinition definition, ImageNotes? images)
    {
        var network = definition.Network;
        var notes = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        notes["experiment"] = model.Name;
        notes["pick"] = pick;
        notes["network"] = network.Name;
        notes["data"] = definition.Data.Name;
        notes["classes"] = network.Classes.ToString();
        notes["image"] = JsonSerializer.Serialize((int[])[network.Channels, network.Height, network.ImageWidth]);
        if (images is not null)
        {
            notes["mean"] = JsonSerializer.Serialize(images.Mean);
            notes["std"] = JsonSerializer.Serialize(images.Std);
            notes["class_names"] = JsonSerializer.Serialize(images.ClassNames);
        }

        return notes.ToImmutable();
    }
}
