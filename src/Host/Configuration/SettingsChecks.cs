using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Configuration;

/// <summary>What the settings must be to each other.</summary>
internal static class SettingsChecks
{
    public static IEnumerable<ConfigurationError> Of(Settings settings)
    {
        ConfigurationError Wrong(string key, string message) => settings.Refuse(key, message).Errors[0];

        var network = settings.Network;
        if (settings.Training.Base.Mode == BaseMode.Load && network.Weights.Length == 0 && network.File.Length == 0)
        {
            yield return Wrong("training.base.mode", "'load' needs network.weights or network.file: expected the path of a file there");
        }

        if (network.File.Length > 0 && network.Weights.Length > 0)
        {
            yield return Wrong("network.weights", "expected none beside network.file, which holds the weights too");
        }

        if (network.File.Length > 0 && network.Width != 1)
        {
            yield return Wrong("network.width", "expected 1 beside network.file: that network is as wide as it is");
        }

        if (settings.Search.Method == "cemba" && settings.Pruning.Channels == ChannelMode.None)
        {
            yield return Wrong("pruning.channels", "cemba prunes channels too: expected per-layer or per-filter (or another search.method)");
        }

        if (settings.Data is { Labels: LabelChoice.Coarse, Name: not "cifar100" })
        {
            yield return Wrong("data.labels", $"expected fine: {settings.Data.Name} has no superclasses, only cifar100 has");
        }

        foreach (var (key, customary) in Resizing(settings.Data))
        {
            yield return Wrong($"data.{key}", $"expected {customary}: the images of {settings.Data.Name} are taken as they are, only those of "
                + $"{string.Join(", ", DataSetRegistry.All.OfType<ImageFolder>().Select(f => f.Name))} are resized");
        }

        if (DataSetRegistry.Find(settings.Data.Name) is ImageFolder
            && settings.Data.ShorterSide > 0
            && (settings.Data.Resize == ResizeChoice.Stretch || settings.Data.ShorterSide < settings.Data.ImageSize))
        {
            yield return Wrong(
                "data.shorter-side",
                $"expected 0, or with data.resize = crop at least the {settings.Data.ImageSize} of data.image-size, which are cut out "
                    + "of it");
        }

        if (!settings.Search.Objectives.Contains(MeasureNames.Error))
        {
            yield return Wrong("search.objectives", $"expected '{MeasureNames.Error}' among the objectives");
        }

        if (settings.Search.Objectives.Distinct().Count() != settings.Search.Objectives.Length)
        {
            yield return Wrong("search.objectives", "expected each objective once");
        }

        // The first objective that is not there would be infinite for all candidates, and the search blind in it.
        if (settings.Method is Nsga2Settings nsga2
            && (nsga2.Objectives.Except(settings.Search.Objectives).Any() || nsga2.Objectives.Distinct().Count() != nsga2.Objectives.Length))
        {
            yield return Wrong(
                "nsga2.objectives",
                $"expected some of search.objectives ({string.Join(", ", settings.Search.Objectives)}), each once; found "
                    + string.Join(", ", nsga2.Objectives));
        }

        if (settings.Picks.At.Select(Genetics.Pareto.PickRole.At).Distinct().Count() != settings.Picks.At.Length)
        {
            yield return Wrong("picks.at", "expected each fraction once, to a tenth of a per cent");
        }

        if (settings.Evaluation.Heartbeat * 2 > settings.Evaluation.Lease)
        {
            yield return Wrong("evaluation.heartbeat", "expected at most half of evaluation.lease, so that one late heartbeat loses nothing");
        }

        if (settings.Metrics.Otlp.Length > 0 && Application.MetricsExport.Collector(settings.Metrics.Otlp) is null)
        {
            yield return Wrong("metrics.otlp", "expected empty, or the address of a collector such as http://localhost:4318, without a user");
        }

        foreach (var (key, recipe) in (IEnumerable<(string, Nn.Training.Recipe)>)
            [("base", settings.Training.Base.Recipe), ("evaluation", settings.Training.Evaluation.Recipe), ("final", settings.Training.Final.Recipe)])
        {
            if (!recipe.Milestones.SequenceEqual(recipe.Milestones.Order()))
            {
                yield return Wrong($"training.{key}.milestones", "expected ascending fractions");
            }
        }
    }

    /// <summary>What asks for another size of images that have only one, with the value that asks for none.</summary>
    private static IEnumerable<(string Key, string Customary)> Resizing(DataSettings data)
    {
        if (DataSetRegistry.Find(data.Name) is ImageFolder)
        {
            return [];
        }

        (string Key, string Customary, bool Asked)[] keys =
        [
            ("image-size", "0", data.ImageSize != 0),
            ("resize", "crop", data.Resize != ResizeChoice.Crop),
            ("shorter-side", "0", data.ShorterSide != 0),
        ];
        return keys.Where(k => k.Asked).Select(k => (k.Key, k.Customary));
    }
}
