using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string?> Home() => new Option<string?>("--home")
    {
        Description = "Directory of journal, artifacts and runs (default: ACTORPRUNE_HOME, else ~/.actorprune)",
        HelpName = "DIR",
    }.NotEmpty("a directory");

    /// <summary>An empty text, from a variable that is not set for instance, names no place.</summary>
    /// <param name="option">Names a file or a directory.</param>
    /// <param name="expected">What it names.</param>
    public static Option<string?> NotEmpty(this Option<string?> option, string expected)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => t.Value.Length == 0))
            {
                result.AddError($"{option.Name}: expected {expected}, found an empty text");
            }
        });
        return option;
    }

    public static Option<string?> Database() => new("--db")
    {
        Description = "Journal of the experiments, sqlite:FILE or postgresql://USER@HOST/DATABASE (default: actorprune.db in the home)",
        HelpName = "URL",
    };

    /// <summary>For every command: what goes to standard error and into the log of a run.</summary>
    public static Option<LogFormat> LogFormat()
    {
        var option = new Option<LogFormat>("--log-format")
        {
            Description = "Messages and runs/NAME/log as text, or as json: one object a line",
            HelpName = "text|json",
            Recursive = true,
        };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "One JSON object on standard output, for machines" };

    /// <param name="otherwise">How many there are without the option.</param>
    public static Option<int?> Evaluators(string otherwise = "evaluation.evaluators of the configuration, else one a core, on a GPU one") =>
        Count("--evaluators", $"Evaluators of this process (default: {otherwise})", 1024);

    /// <summary>A whole number of at least 1.</summary>
    public static Option<int?> Count(string name, string description, int most) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= 1 && n <= most)
            {
                return n;
            }

            result.AddError($"{name}: expected a whole number from 1 to {most}, found '{text}'");
            return null;
        },
    };

    /// <summary>A duration with its unit.</summary>
    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan shortest, TimeSpan longest) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
            if (HoconUnits.Duration(text) is { } span && span >= shortest && span <= longest)
            {
                return span;
            }

            result.AddError($"{name}: expected {new SettingKind.Duration(shortest, longest).Expected}, found '{text}'");
            return null;
        },
    };

    public static Argument<string> Configuration() => new("CONF")
    {
        Description = "Configuration file (hocon/*.conf; every key is explained in hocon/reference.conf)",
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Overrides a key of the configuration; may be repeated",
        HelpName = "key=value",
    };

    /// <summary>The name that an experiment is to have; the same rule as that of experiment.name.</summary>
    public static Option<string?> NewName()
    {
        var option = new Option<string?>("--name") { Description = "Name of the experiment (default: the file's name)", HelpName = "NAME" };
        option.Validators.Add(result => CheckName(result, "--name"));
        return option;
    }

    /// <summary>The rule of names: they become names of files.</summary>
    public static void CheckName(OptionResult result, string option)
    {
        if (result.Tokens.Count == 1 && !SettingKind.Name.Accepts(result.Tokens[0].Value))
        {
            result.AddError($"{option}: expected {new SettingKind.Name().Expected}, found '{result.Tokens[0].Value}'");
        }
    }

    public static Argument<string> Name() => new("NAME") { Description = "Name of the experiment" };

    /// <summary>The workplace that a command was pointed to, made where it is not there yet.</summary>
    public static Workplace Open(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        Workplace.Open(parsed.GetValue(home), parsed.GetValue(database));

    /// <summary>The workplace that a command was pointed to; to look at one must not make one.</summary>
    /// <exception cref="CommandException">There is none, so nothing of that name either.</exception>
    public static Workplace OpenExisting(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        Workplace.OpenExisting(parsed.GetValue(home), parsed.GetValue(database))
        ?? throw new CommandException(parsed.NothingThere(home, database), ExitCodes.BadInput);

    /// <summary>Where a command looked in vain, and what to do.</summary>
    public static string NothingThere(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        $"There are no experiments in {Shown(parsed.GetValue(database)) ?? Workplace.HomeOf(parsed.GetValue(home))}: begin one with "
        + "./actorprune run, or name another place with --home or --db.";

    /// <summary>What a resume command needs to find the same store again.</summary>
    public static string StoreArguments(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        ShellText.Option("--home", parsed.GetValue(home)) + ShellText.Option("--db", Shown(parsed.GetValue(database)));

    /// <summary>A store's URL as it may be printed: without a password.</summary>
    public static string? Shown(string? url) =>
        url is null ? null : JournalUrl.Parse(url) is { Scheme: not "sqlite" } other ? other.ToString() : url;
}
