using System.Collections.Immutable;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Training;

namespace ActorPrune.Host.Comparison;

/// <summary>Gathers a comparison's figures from the store.</summary>
internal static class ComparisonCollector
{
    /// <param name="command">What gives the same again.</param>
    public static ComparisonResult Of(Workplace workplace, ComparisonPlan plan, string command, DateTimeOffset now)
    {
        var models = plan.Runs.ToDictionary(r => r.Experiment, r => RunModels.Of(workplace, workplace.Find(r.Experiment)));
        // Of a method without a training schedule of its own, where there is one: it stands for all in what they have in common.
        var standard = plan.Runs.FirstOrDefault(r => !r.Method.Settings.Method.SharesOneTraining) ?? plan.Runs[0];
        var stored = StoredConfiguration.Parse(workplace.Find(standard.Experiment).Configuration);
        var definition = stored.Definition;
        var reference = ReferencePoint.Guessing(definition.Network.Classes);
        var bases = plan.Runs.GroupBy(r => r.Settings.Training.Seed)
            .Select(g => g.Select(r => models[r.Experiment]).ToArray())
            .Select(g => RunFigures.Of(g.FirstOrDefault(m => m.State.Base is not null) ?? g[0]).Base)
            .ToArray();
        var based = ComparedBase.Of(bases);
        var seconds = models.Values.SelectMany(m => m.Jobs).DistinctBy(j => j.Spec.Key).Sum(j => j.Seconds);
        return new ComparisonResult
        {
            Name = plan.Request.Name,
            Budget = plan.Request.Budget,
            Seeds = plan.Request.Seeds,
            At = plan.Request.At,
            Reference = reference,
            Base = based,
            Methods = [.. plan.Methods.Select(m => new MethodResult(m.Label, m.File, m.Kind, m.Planned, [.. RunsOf(m)]))],
            Conditions = [.. Conditions(plan.Request, definition, based)],
            Notes = plan.Notes,
            Provenance = new Provenance(
                stored.Beginning.Machine, SourceCommit.Describe(), Engine.Version, stored.Beginning.Libtorch, command, now, seconds),
            Subject = $"{definition.Network.Name} on {definition.Data.Name}",
        };

        IEnumerable<ComparedRun> RunsOf(ComparedMethod method) => plan.Runs.Where(r => r.Method == method)
            .Select(r => ComparedRun.Of(models[r.Experiment], plan.Request.At, reference));
    }

    private static IEnumerable<(string, string)> Conditions(ComparisonRequest request, StudyDefinition definition, ComparedBase based)
    {
        var (network, data) = (definition.Network, definition.Data);
        yield return ("network", $"{network.Name}, width {network.Width}: {Wording.Count(based.Macs)} MACs "
            + $"({definition.CostConvention.ToString().ToLowerInvariant()}), {Wording.Count(based.Params)} params");
        yield return ("data", $"{data.Name}, {network.Classes} classes; "
            + (data.TrainLimit > 0 ? $"only {data.TrainLimit:N0} training images (data.train-limit)" : "all training images")
            + $" beside the {Wording.Percent(data.Validation)} that are held back for validation");
        yield return ("base network", $"{Recipe(definition.Base.Training.Recipe)}; "
            + $"test error {based.TestErrorLast.Percent()} (last epoch), validation error {based.SearchError.Percent()}");
        yield return ("a candidate", $"{Recipe(definition.Evaluation.Recipe)}; validated on "
            + (definition.ValidationLimit > 0 ? $"{definition.ValidationLimit:N0} images" : "all images of the split"));
        yield return ("re-training", Recipe(definition.Final.Recipe));
        yield return ("budget", $"{request.Budget} evaluations asked for, for each method and seed, and up to {ComparisonPlan.Widened} widened "
            + "networks for each share; uniform pruning has none");
        yield return ("seeds", $"{string.Join(", ", request.Seeds)} of the search; " + (request.TrainingSeeds
            ? "each is the training's too (training.seed): the methods share a base network seed by seed"
            : $"base and re-trainings have training.seed {definition.TrainingSeed}, so that methods that draw nothing give the same figures "
                + "with every seed"));
        yield return ("precision, device", $"{definition.Precision}, {definition.Device}");
    }

    private static string Recipe(Recipe recipe)
    {
        var length = recipe.Steps > 0 ? Wording.Plural(recipe.Steps, "step") : recipe.Epochs == 1 ? "1 epoch" : $"{recipe.Epochs} epochs";
        var schedule = SettingsSchema.Kebab(recipe.Schedule.ToString());
        return $"{length}, batches of {recipe.Batch}, learning rate {recipe.LearningRate} ({schedule})";
    }
}
