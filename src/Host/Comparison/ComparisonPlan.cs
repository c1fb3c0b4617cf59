using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;

namespace ActorPrune.Host.Comparison;

/// <summary>What somebody wants compared.</summary>
/// <param name="Name">Experiments are called NAME-METHOD-sSEED.</param>
/// <param name="Files">Configurations, each of which names one method.</param>
/// <param name="Budget">Evaluations that each method may ask for.</param>
/// <param name="Seeds">Seeds of the searches.</param>
/// <param name="At">Fractions of the base's MACs that are to be gone from the networks that are re-trained.</param>
/// <param name="Set">Overrides, "key=value", for all configurations.</param>
/// <param name="TrainingSeeds">
/// Each seed is the training's too: it has its own base network and its own re-trainings, for all methods the same. Otherwise the
/// configurations' training.seed holds for all of them.
/// </param>
public sealed record ComparisonRequest(
    string Name,
    ImmutableArray<string> Files,
    long Budget,
    ImmutableArray<long> Seeds,
    ImmutableArray<double> At,
    ImmutableArray<string> Set,
    bool TrainingSeeds = false);

/// <summary>What a method is to the others.</summary>
public enum MethodKind
{
    /// <summary>An evolutionary search.</summary>
    Search,

    /// <summary>What every search has to beat under the same budget.</summary>
    Random,

    /// <summary>Listed candidates, pruned uniformly: no budget.</summary>
    Uniform,
}

/// <summary>A method under comparison.</summary>
/// <param name="Label">The method's name; the configuration's where two have the same method.</param>
/// <param name="File">The configuration.</param>
/// <param name="Overrides">On top of it: the user's, the picks, and what brings the method within the budget.</param>
/// <param name="Settings">All of that together, with the configuration's own seed.</param>
public sealed record ComparedMethod(string Label, string File, ImmutableArray<string> Overrides, Settings Settings)
{
    public MethodKind Kind => Settings.Method switch
    {
        RandomSettings => MethodKind.Random,
        CriterionSettings => MethodKind.Uniform,
        _ => MethodKind.Search,
    };

    /// <summary>See <see cref="MethodSettings.PlannedEvaluations"/>.</summary>
    public long Planned => Settings.Method.PlannedEvaluations;
}

/// <summary>One experiment of a comparison.</summary>
/// <param name="Command">What runs it alone.</param>
public sealed record PlannedRun(ComparedMethod Method, long Seed, string Experiment, Settings Settings, string Command);

/// <summary>
/// Which experiments a comparison is made of. It follows from the request and the files alone, so that the same command goes on with them.
/// </summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Methods">In the order of the files.</param>
/// <param name="Runs">Seed by seed, so that a table of fewer seeds is there early.</param>
/// <param name="Notes">Where the methods differ in what could be equal, for the reader of the table.</param>
public sealed record ComparisonPlan(
    ComparisonRequest Request, ImmutableArray<ComparedMethod> Methods, ImmutableArray<PlannedRun> Runs, ImmutableArray<string> Notes)
{
    /// <summary>
    /// Members widened for each share. Candidates are measured with noise: of one alone, the narrower network that it was made from often
    /// looks better, and methods would then be compared at different costs.
    /// </summary>
    public const int Widened = 3;

    /// <summary>What a comparison decides for all its experiments.</summary>
    private static readonly string[] Reserved = ["experiment", "picks", "search.method"];

    private const string TrainingSeed = "training.seed";

    /// <exception cref="CommandException">They are not comparable, or a method cannot be brought within the budget.</exception>
    /// <exception cref="ConfigurationException">A configuration or an override cannot be used.</exception>
    public static ComparisonPlan Of(ComparisonRequest request, SettingsReader reader)
    {
        foreach (var set in request.Set)
        {
            if (Reserved.FirstOrDefault(r => set.StartsWith(r, StringComparison.Ordinal)) is { } reserved)
            {
                throw Refusal(
                    $"--set {set}: {reserved} is what compare itself decides (--seeds, --at, --name, and the configurations' methods)");
            }
        }

        if (request.TrainingSeeds && request.Set.FirstOrDefault(s => s.StartsWith(TrainingSeed, StringComparison.Ordinal)) is { } fixedSeed)
        {
            throw Refusal($"--set {fixedSeed}: with --training-seeds each seed is that of the training, too");
        }

        ImmutableArray<string> shared =
        [
            .. request.Set,
            "picks.heavy=off",
            "picks.knee=off",
            "picks.light=off",
            $"picks.at=[{string.Join(',', request.At.Select(Text))}]",
            $"picks.widened={Widened}",
        ];
        var loaded = request.Files.Select(file => (File: file, Settings: reader.Load(file, shared))).ToArray();
        var repeated = loaded.GroupBy(l => l.Settings.Search.Method).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();
        ImmutableArray<ComparedMethod> methods =
        [
            .. loaded.Select(l =>
            {
                var method = l.Settings.Search.Method;
                var label = repeated.Contains(method) ? l.Settings.Experiment.Name : method;
                return Fitted(label, l.File, l.Settings, shared, request);
            }),
        ];
        if (methods.GroupBy(m => m.Label).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw Refusal(
                $"{string.Join(" and ", twice.Select(m => m.File))} have the same method and name, '{twice.Key}': compare each once");
        }

        var notes = ComparisonChecks.Notes(methods);
        var runs = request.Seeds.SelectMany(s => methods.Select(m => RunOf(m, s, request, reader)));
        return new ComparisonPlan(request, methods, [.. runs], notes);
    }

    private static ComparedMethod Fitted(
        string label, string file, Settings settings, ImmutableArray<string> shared, ComparisonRequest request)
    {
        try
        {
            var within = settings with { Method = Within(settings.Method, request) };
            var changes = settings.DifferencesTo(within).Select(d => $"{d.Key}={d.New}");
            return new ComparedMethod(label, file, [.. shared, .. changes], within);
        }
        catch (ArgumentException e)
        {
            throw Refusal($"{file}: {e.Message.Replace($" (Parameter '{e.ParamName}')", string.Empty, StringComparison.Ordinal)}");
        }
    }

    /// <summary>Uniform pruning has its own list of costs, and besides those at which all are compared.</summary>
    private static MethodSettings Within(MethodSettings method, ComparisonRequest request) => method is CriterionSettings uniform
        ? uniform with { Macs = [.. uniform.Targets.Concat(request.At.Select(a => Math.Round(1 - a, 6))).Distinct().Order()] }
        : method.Within(request.Budget);

    private static PlannedRun RunOf(ComparedMethod method, long seed, ComparisonRequest request, SettingsReader reader)
    {
        var experiment = $"{request.Name}-{method.Label}-s{seed}";
        if (!SettingKind.Name.Accepts(experiment))
        {
            throw Refusal($"--name {request.Name}: one of its experiments would be called '{experiment}': expected {new SettingKind.Name().Expected}");
        }

        string[] overrides =
        [
            .. method.Overrides,
            .. request.TrainingSeeds ? [$"{TrainingSeed}={seed}"] : Array.Empty<string>(),
            $"experiment.seed={seed}",
            $"experiment.name={JsonSerializer.Serialize(experiment)}",
        ];
        var command = $"./actorprune run {ShellText.Quoted(method.File)} --name {experiment}"
            + string.Concat(overrides[..^1].Select(o => ShellText.Option("--set", o)));
        return new PlannedRun(method, seed, experiment, reader.Load(method.File, overrides), command);
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static CommandException Refusal(string message) => new(message + ".", ExitCodes.BadInput);
}
