using System.CommandLine;
using ActorPrune.Host.Commands;

var root = new RootCommand(
    """
    ActorPrune makes convolutional networks small by evolution, and never loses an evaluation.

    Examples:
      actorprune run hocon/quickstart.conf             first run: no data, no network access, a few minutes
      actorprune run my.conf --set experiment.seed=2   the same with another seed
      actorprune resume my                             go on where it was interrupted
      actorprune show my --json                        front, picks and digest, for machines
      actorprune export my --pick knee -o knee.safetensors
    """)
{
    RunCommand.Create(),
    ResumeCommand.Create(),
    StoreCommands.List(),
    StoreCommands.Show(),
    StoreCommands.Stop(),
    StoreCommands.Delete(),
    StoreCommands.Report(),
    ExportCommand.Create(),
    InspectCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    Console.Error.WriteLine("See: actorprune --help");
    return ActorPrune.Host.Application.ExitCodes.BadInput;
}

return await parsed.InvokeAsync();
