using System.CommandLine;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string?> Home() => new("--home")
    {
        Description = "Directory of journal, artifacts and runs (default: ACTORPRUNE_HOME, else ~/.actorprune)",
        HelpName = "DIR",
    };

    public static Option<string?> Database() => new("--db")
    {
        Description = "Journal of the experiments, for instance sqlite:FILE (default: actorprune.db in the home)",
        HelpName = "URL",
    };

    public static Option<bool> Json() => new("--json") { Description = "One JSON object on standard output, for machines" };

    public static Option<int?> Evaluators()
    {
        var option = new Option<int?>("--evaluators") { Description = "Evaluators of this process (default: one a core)", HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var n) && n is < 1 or > 1024)
            {
                result.AddError($"--evaluators must be from 1 to 1024, not {n}.");
            }
        });
        return option;
    }

    public static Argument<string> Name() => new("NAME") { Description = "Name of the experiment" };

    /// <summary>The workplace that a command was pointed to.</summary>
    public static Workplace Open(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        Workplace.Open(parsed.GetValue(home), parsed.GetValue(database));

    /// <summary>What a resume command needs to find the same store again.</summary>
    public static string StoreArguments(this ParseResult parsed, Option<string?> home, Option<string?> database) =>
        string.Concat(Argument("--home", parsed.GetValue(home)), Argument("--db", parsed.GetValue(database)));

    private static string Argument(string option, string? value) => value is null ? string.Empty : $" {option} {value}";
}
