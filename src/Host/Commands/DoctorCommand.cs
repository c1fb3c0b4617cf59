using System.CommandLine;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Application;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Commands;

/// <summary>doctor: what works here, and what to do about what does not.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var (home, database) = (CommonOptions.Home(), CommonOptions.Database());
        var command = new Command("doctor", "Check libtorch, devices, precision, database and data") { home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            var healthy = Check("libtorch", Libtorch)
                & Check("journal", () => Journal(parsed.GetValue(home), parsed.GetValue(database)));
            foreach (var source in DataSetRegistry.All)
            {
                // A data set that is not here is no fault of this machine's: it is only said.
                Check($"data {source.Name}", () => Data(source, Workplace.HomeOf(parsed.GetValue(home))));
            }

            return healthy ? ExitCodes.Done : ExitCodes.Failed;
        }));
        return command;
    }

    private static string Libtorch()
    {
        var found = Capabilities.Read();
        var precision = found.FastBf16 ? "bf16 in hardware: precision auto = bf16" : "no bf16 in hardware: precision auto = fp32";
        var blas = found.Blas.Contains("generic", StringComparison.OrdinalIgnoreCase) ? $"{found.Blas} (slow: install libopenblas0-pthread)" : found.Blas;
        return $"{found.Libtorch}, oneDNN {(found.OneDnn ? "yes" : "NO (slow)")}, BLAS {blas}; {precision}; "
            + $"devices {string.Join(", ", found.Devices)}; {Machine.Description}";
    }

    private static string Journal(string? home, string? url)
    {
        using var workplace = Workplace.OpenExisting(home, url);
        if (workplace is null)
        {
            JournalPlace.CheckWritable(Workplace.FileOf(home, url)!);
            return $"{CommonOptions.Shown(url) ?? Workplace.HomeOf(home)}: not there yet, the first run makes it";
        }

        return $"{CommonOptions.Shown(url) ?? workplace.Home}: writable, "
            + $"{Wording.Plural(workplace.Journal.Experiments().Length, "experiment")}, "
            + $"{Wording.Plural(workplace.Journal.Nodes().Count(n => n.Alive), "node")} at work";
    }

    private static string Data(IDataSource source, string home) =>
        source.Describe(new DataSetOptions { Root = DataRoot.OfEnvironment(home), TrainCount = 100, TestCount = 100 });

    private static bool Check(string what, Func<string> look)
    {
        try
        {
            Console.Out.WriteLine($"ok    {what}: {look()}");
            return true;
        }
        catch (Exception e) when (
            e is TorchException or JournalUnavailableException or JournalIncompatibleException or ArtifactUnavailableException or DataException)
        {
            Console.Out.WriteLine($"not   {what}: {e.Message}");
            return false;
        }
    }
}
