using System.CommandLine;
using ActorPrune.Host.Application;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

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
        var format = new Option<string?>("--format") { Description = "File format (default: by FILE's ending, else safetensors)" };
        format.AcceptOnlyFromAmong([.. ExportFormat.All.Select(f => f.Name)]);
        var output = new Option<string?>("-o", "--output")
        {
            Description = $"File to write (default: NAME-PICK with {string.Join(", ", ExportFormat.All.Select(f => f.Extension))})",
            HelpName = "FILE",
        }.NotEmpty("a file");
        var samples = new Option<string?>("--samples")
        {
            Description = "Also write random images and the network's outputs for them (safetensors), to compare elsewhere",
            HelpName = "FILE",
        }.NotEmpty("a file");
        var command = new Command("export", "Write a pick as a file that other programs load, once its outputs were found equal")
        {
            name, pick, format, output, samples, home, database,
        };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var experiment = workplace.Find(parsed.GetValue(name)!);
            var model = RunModels.Of(workplace, experiment);
            var stored = StoredConfiguration.Parse(experiment.Configuration);
            var chosen = parsed.GetValue(pick)!;
            var network = NetworkFile.Parse(RunExports.Network(workplace, model, chosen), chosen);
            var images = ImageNotes.Find(stored, workplace.Home);
            var target = Format(parsed.GetValue(format), parsed.GetValue(output));
            var file = target.Write(network, ExportNotes.Of(model, chosen, stored.Definition, images));
            var proof = Proven(target, file, network, chosen);
            var path = parsed.GetValue(output) ?? $"{model.Name}-{chosen}{target.Extension}";
            RunDirectory.WriteFile(path, file);
            if (parsed.GetValue(samples) is { } beside)
            {
                RunDirectory.WriteFile(beside, Samples(proof));
            }

            using var console = ConsoleOutput.Standard();
            console.About(model.Name);
            console.Line($"{chosen} of {model.Name} as {target.Name}: {file.Length / 1024.0:N0} KiB; {Said(proof)}"
                + (images is null ? "; the data set is not here, so its normalisation is not noted" : string.Empty));
            TerminalOutput.Written(path);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static ExportFormat Format(string? name, string? path) => name is not null
        ? ExportFormat.All.Single(f => f.Name == name)
        : (path is null ? null : ExportFormat.OfPath(path)) ?? ExportFormat.All[0];

    /// <summary>The comparison of the file with its network, which must hold before anything is written.</summary>
    private static ExportProof Proven(ExportFormat format, byte[] file, SlimNetwork network, string pick)
    {
        var proof = ExportProof.Of(format, file, network);
        return proof.Holds ? proof : throw new CommandException(
            $"'{pick}' as {format.Name} does not give the network's outputs when it is loaded again: they differ by "
            + $"{proof.Difference:0.#e-0} where the largest is {proof.Largest:0.#e-0}, and {format.Tolerance} of that is "
            + "allowed. Nothing was written.");
    }

    private static string Said(ExportProof proof) => proof.Share == 0
        ? "outputs are exactly the network's"
        : $"outputs differ from the network's by at most {proof.Share:0.#e-0} of the largest";

    private static byte[] Samples(ExportProof proof) => SafetensorsFile.Of(NamedTensors.From(
    [
        KeyValuePair.Create("images", proof.Images),
        KeyValuePair.Create("outputs", proof.Outputs),
    ])).ToBytes();
}
