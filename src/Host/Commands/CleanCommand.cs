using System.CommandLine;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Commands;

/// <summary>clean: frees what deleted experiments left in a store.</summary>
internal static class CleanCommand
{
    public static Command Create()
    {
        var (home, database) = (CommonOptions.Home(), CommonOptions.Database());
        var dry = new Option<bool>("--dry-run") { Description = "Say what would be freed, and free nothing" };
        var command = new Command("clean", "Free the results and weights that no experiment refers to, those of deleted ones") { dry, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            if (parsed.GetValue(dry))
            {
                Console.Out.WriteLine($"Would free {Text(StoreCleaning.Preview(workplace.Journal, workplace.Artifacts))}.");
                return ExitCodes.Done;
            }

            Node.ReapDead(workplace.Journal);
            var freed = StoreCleaning.Clean(workplace.Journal, workplace.Artifacts)
                ?? throw new CommandException(
                    $"Somebody works in {workplace.Place} ({string.Join(", ", workplace.Journal.Nodes().Where(n => n.Alive).Select(n => n.Info.Name))}), "
                    + "and may need what nothing refers to yet: stop what runs there (Ctrl-C), clean, and go on.");
            Console.Out.WriteLine($"Freed {Text(freed)}.");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Text(Freed freed) => $"{freed.Artifacts} files of weights and checkpoints, {freed.Bytes / (1024.0 * 1024.0):0.0} MiB";
}
