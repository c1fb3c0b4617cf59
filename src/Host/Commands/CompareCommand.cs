using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Host.Application;
using ActorPrune.Host.Comparison;
using ActorPrune.Host.Comparison.Output;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Commands;

/// <summary>compare: several methods under one budget, with the same base, recipes and seeds, as a table, files and a page.</summary>
internal sealed class CompareCommand
{
    private const int MostSeeds = 1000;
    private const int MostBudget = 10_000_000;
    private const string DefaultName = "compare";

    private readonly Argument<string[]> files = new("CONF")
    {
        Description = "Configurations, each of which names one method",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> budget = CommonOptions.Count("--budget", "Evaluations that each method may ask for", MostBudget);

    private readonly Option<long[]> seeds = new("--seeds")
    {
        Description = "Seeds of the searches, as a list 1,2,3, or how many from 1 on (default: 3)",
        HelpName = "SEEDS",
        CustomParser = result => ParseSeeds(result),
        DefaultValueFactory = _ => [1, 2, 3],
    };

    private readonly Option<bool> trainingSeeds = new("--training-seeds")
    {
        Description = "Each seed is the training's too: its own base network and re-trainings, so that the spread holds all that is drawn",
    };

    private readonly Option<double[]> at = new("--at")
    {
        Description = "Shares of the MACs removed at which networks are re-trained (default: 0.3,0.5,0.7)",
        HelpName = "SHARES",
        CustomParser = result => ParseShares(result),
        DefaultValueFactory = _ => [0.3, 0.5, 0.7],
    };

    private readonly Option<string?> name = new("--name")
    {
        Description = "Its experiments are called NAME-METHOD-sSEED (default: compare)",
        HelpName = "NAME",
    };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Overrides a key of all configurations; may be repeated",
        HelpName = "key=value",
    };

    private readonly Option<string?> output = new Option<string?>("-o", "--output")
    {
        Description = "Directory of compare.html, compare.json and compare.csv (default: comparisons/NAME in the home)",
        HelpName = "DIR",
    }.NotEmpty("a directory");

    private readonly Option<string?> results = new Option<string?>("--results")
    {
        Description = "Markdown page that gets a section of this comparison, with its drawings beside it",
        HelpName = "FILE.md",
    }.NotEmpty("a file");

    private readonly Option<string?> home = CommonOptions.Home();
    private readonly Option<string?> database = CommonOptions.Database();
    private readonly Option<int?> evaluators = CommonOptions.Evaluators();

    public static Command Create()
    {
        var compare = new CompareCommand();
        compare.budget.Required = true;
        compare.name.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !SettingKind.Name.Accepts(result.Tokens[0].Value))
            {
                result.AddError($"--name: expected {new SettingKind.Name().Expected}, found '{result.Tokens[0].Value}'");
            }
        });
        var command = new Command("compare", "Compare methods: the same base, recipes, budget and seeds")
        {
            compare.files, compare.budget, compare.seeds, compare.trainingSeeds, compare.at, compare.name, compare.set, compare.output, compare.results,
            compare.home, compare.database, compare.evaluators,
        };
        command.SetAction(parsed => Interruption.Handle(interruption => compare.Run(parsed, interruption)));
        return command;
    }

    private async Task<int> Run(ParseResult parsed, Interruption interruption)
    {
        var request = new ComparisonRequest(
            parsed.GetValue(name) ?? DefaultName,
            [.. parsed.GetValue(files)!],
            parsed.GetValue(budget)!.Value,
            [.. parsed.GetValue(seeds)!],
            [.. parsed.GetValue(at)!],
            [.. parsed.GetValue(set) ?? []],
            parsed.GetValue(trainingSeeds));
        var plan = ComparisonPlan.Of(request, SettingsReader.Standard);
        var data = Workplace.Images(Workplace.HomeOf(parsed.GetValue(home)));
        ImmutableArray<PreparedRun> runs;
        using (var console = ConsoleOutput.Standard())
        {
            console.Line($"ActorPrune {Engine.Version}: {string.Join(", ", plan.Methods.Select(m => m.Label))} with {request.Budget} "
                + $"evaluations and {Wording.Plural(request.Seeds.Length, "seed")} each");
            runs = Prepared(plan, data, Workplace.HomeOf(parsed.GetValue(home)), console);
        }

        var interrupted = interruption.Begin();
        using var workplace = parsed.Open(home, database);
        var session = new ComparisonSession(workplace, runs, data, parsed.GetValue(evaluators), Again(parsed, request));
        if (await session.RunAsync(interrupted).ConfigureAwait(false) is { } code)
        {
            return code;
        }

        var result = ComparisonCollector.Of(workplace, plan, Typed(request, parsed.GetValue(results)), DateTimeOffset.UtcNow);
        Show(result);
        var directory = parsed.GetValue(output) ?? Path.Combine(workplace.Home, "comparisons", request.Name);
        using (var console = ConsoleOutput.Standard())
        {
            foreach (var file in Write(result, directory, parsed.GetValue(results)))
            {
                console.Line(file);
            }
        }

        return session.Failures == 0 && result.Methods.All(m => m.Runs.All(r => r.Failure is null)) ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Everything that can be wrong with any of the experiments is found before the first begins.</summary>
    private static ImmutableArray<PreparedRun> Prepared(ComparisonPlan plan, DataSetCache data, string home, ConsoleOutput console) =>
    [
        .. plan.Runs.Select((run, i) =>
            new PreparedRun(run, Launch.Of(run.Settings, run.Command, data, home, i == 0 ? console.Line : null))),
    ];

    private static void Show(ComparisonResult result)
    {
        var table = ComparisonTables.Methods(result);
        TerminalOutput.Write(table.Render, table.Plain);
        foreach (var line in Verdicts.Of(result).Concat(result.Notes).Concat(ComparisonTables.Legend(result)))
        {
            Console.Out.WriteLine(line);
        }
    }

    private static IEnumerable<string> Write(ComparisonResult result, string directory, string? page)
    {
        yield return File(directory, "compare.json", ComparisonFiles.Json(result));
        yield return File(directory, "compare.csv", ComparisonFiles.Csv(result));
        yield return File(directory, "compare.html", ComparisonHtml.Write(result));
        if (page is null)
        {
            yield break;
        }

        var place = Path.GetDirectoryName(Path.GetFullPath(page))!;
        var stem = $"{Path.GetFileNameWithoutExtension(page)}-{result.Name}";
        var charts = new List<(string Title, string File)>();
        foreach (var (title, suffix, chart) in new[]
        {
            ("Hypervolume over evaluations", "hypervolume", ComparisonCharts.Hypervolume(result)),
            ("Final fronts", "fronts", ComparisonCharts.Fronts(result)),
        })
        {
            if (chart is not null)
            {
                charts.Add((title, $"{stem}-{suffix}.svg"));
                yield return File(place, charts[^1].File, ComparisonCharts.Svg(chart));
            }
        }

        var before = System.IO.File.Exists(page) ? System.IO.File.ReadAllText(page) : string.Empty;
        yield return File(place, Path.GetFileName(page), ResultsPage.With(before, result, charts));
    }

    private static string File(string directory, string name, string text)
    {
        var path = Path.GetFullPath(Path.Combine(directory, name));
        RunDirectory.WriteFile(path, Encoding.UTF8.GetBytes(text));
        return path;
    }

    /// <summary>The command without what only this machine knows: home, journal, number of evaluators, where the files go.</summary>
    private static string Typed(ComparisonRequest request, string? page) =>
        $"./actorprune compare {string.Join(' ', request.Files.Select(ShellText.Quoted))} --budget {request.Budget}"
        + $" --seeds {SeedList(request)}{(request.TrainingSeeds ? " --training-seeds" : string.Empty)} --at {string.Join(',', request.At.Select(a => a.ToString("R", CultureInfo.InvariantCulture)))}"
        + (request.Name == DefaultName ? string.Empty : ShellText.Option("--name", request.Name))
        + ShellText.Option("--results", page)
        + string.Concat(request.Set.Select(s => ShellText.Option("--set", s)));

    private string Again(ParseResult parsed, ComparisonRequest request) => Typed(request, parsed.GetValue(results))
        + parsed.StoreArguments(home, database)
        + ShellText.Option("--evaluators", parsed.GetValue(evaluators)?.ToString(CultureInfo.InvariantCulture))
        + ShellText.Option("-o", parsed.GetValue(output));

    /// <summary>A single seed is written as a list of one: a number alone says how many.</summary>
    private static string SeedList(ComparisonRequest request) =>
        string.Join(',', request.Seeds) + (request.Seeds.Length == 1 ? "," : string.Empty);

    private static long[]? ParseSeeds(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        var words = text.EndsWith(',') ? text[..^1].Split(',') : text.Split(',');
        var numbers = words.Select(w => long.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1).ToArray();
        var list = !text.Contains(',', StringComparison.Ordinal) && numbers[0] is >= 1 and <= MostSeeds
            ? [.. Enumerable.Range(1, (int)numbers[0]).Select(n => (long)n)]
            : numbers;
        if (numbers.All(n => n >= 0) && (text.Contains(',', StringComparison.Ordinal) || numbers[0] is >= 1 and <= MostSeeds)
            && list.Length <= MostSeeds && list.Distinct().Count() == list.Length)
        {
            return list;
        }

        result.AddError(
            "--seeds: expected different whole numbers, 1,2,3 (7, for a single one), or how many from 1 on, "
            + $"up to {MostSeeds}; found '{text}'");
        return null;
    }

    private static double[]? ParseShares(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        var shares = text.Split(',')
            .Select(w => double.TryParse(w, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) ? n : -1).ToArray();
        if (shares.All(s => s is >= 0.01 and <= 0.99) && shares.Select(PickRole.At).Distinct().Count() == shares.Length && shares.Length <= 16)
        {
            return [.. shares.Order()];
        }

        result.AddError($"--at: expected up to 16 different fractions from 0.01 to 0.99, to a tenth of a per cent, as 0.3,0.5,0.7; found '{text}'");
        return null;
    }
}
