using System.CommandLine;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
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
                & Check("journal", () =>
                {
                    using var workplace = parsed.Open(home, database);
                    return $"{workplace.Home}: writable, {workplace.Journal.Experiments().Length} experiments, {workplace.Journal.Nodes().Count(n => n.Alive)} nodes at work";
                });
            foreach (var source in DataSetRegistry.All)
            {
                // A data set that is not here is no fault of this machine's: it is only said.
                Check($"data {source.Name}", () => Data(source));
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
        return $"{found.Libtorch}, oneDNN {(found.OneDnn ? "yes" : "NO (slow)")}, BLAS {blas}; {precision}; devices {string.Join(", ", found.Devices)}; {Machine.Description}";
    }

    private static string Data(IDataSource source)
    {
        var root = Environment.GetEnvironmentVariable("ACTORPRUNE_DATA") ?? string.Empty;
        var loaded = source.Load(new DataSetOptions { Root = root, TrainCount = 100, TestCount = 100 });
        return $"{loaded.Train.Count} + {loaded.Test.Count} images, content {loaded.Hash[..12]}";
    }

    private static bool Check(string what, Func<string> look)
    {
        try
        {
            Console.Out.WriteLine($"ok    {what}: {look()}");
            return true;
        }
        catch (Exception e) when (e is TorchException or JournalUnavailableException or JournalIncompatibleException or DataException)
        {
            Console.Out.WriteLine($"not   {what}: {e.Message}");
            return false;
        }
    }
}
