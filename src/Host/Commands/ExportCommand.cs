using System.CommandLine;
using ActorPrune.Host.Application;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Commands;

/// <summary>export: a pick as a file that other programs load.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var (name, home, database) = (CommonOptions.Name(), CommonOptions.Home(), CommonOptions.Database());
        var pick = new Option<string>("--pick") { Description = "Which network", DefaultValueFactory = _ => "knee" };
        pick.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value is var role && !RunExports.IsRole(role))
            {
                result.AddError($"--pick: expected heavy, knee, light, base, or at30 and the like (picks.at), found '{role}'");
            }
        });
        var format = new Option<string>("--format") { Description = "File format", DefaultValueFactory = _ => "safetensors" };
        format.AcceptOnlyFromAmong("safetensors");
        var output = new Option<string?>("-o", "--output") { Description = "File to write (default: NAME-PICK.safetensors)", HelpName = "FILE" };
        var command = new Command("export", "Write a pick as a file with structure and weights") { name, pick, format, output, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var model = RunModels.Of(workplace, workplace.Find(parsed.GetValue(name)!));
            var chosen = parsed.GetValue(pick)!;
            var file = parsed.GetValue(output) ?? $"{model.Name}-{chosen}.safetensors";
            RunDirectory.WriteFile(file, ExportCheck.Checked(RunExports.Network(workplace, model, chosen), chosen));
            Console.Out.WriteLine(Path.GetFullPath(file));
            return ExitCodes.Done;
        }));
        return command;
    }
}
