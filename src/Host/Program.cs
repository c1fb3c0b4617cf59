using System.CommandLine;
using System.CommandLine.Parsing;
using ActorPrune.Host.Application;
using ActorPrune.Host.Commands;

var root = new RootCommand(
    """
    ActorPrune makes convolutional networks small by evolution, and never loses an evaluation.

    Examples:
      actorprune run hocon/quickstart.conf             first run: no data, no network access, a few minutes
      actorprune run my.conf --set experiment.seed=2   the same with another seed
      actorprune resume my                             go on where it was interrupted
      actorprune compare a.conf b.conf --budget 200    two methods, the same number of evaluations, three seeds
      actorprune show my --json                        front, picks and digest, for machines
      actorprune node --db postgresql://me@host/db     work on the experiments of a cluster (see submit, nodes)
      actorprune export my --pick knee -o knee.onnx    for other programs; also .pt (TorchScript) and .safetensors
    """)
{
    RunCommand.Create(),
    ResumeCommand.Create(),
    CompareCommand.Create(),
    RunCommand.Submit(),
    NodeCommand.Create(),
    NodeCommand.List(),
    StoreCommands.List(),
    StoreCommands.Show(),
    StoreCommands.Stop(),
    StoreCommands.Delete(),
    CleanCommand.Create(),
    StoreCommands.Report(),
    ExportCommand.Create(),
    InspectCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
    EvaluatorCommand.Create(),
};

var logFormat = CommonOptions.LogFormat();
root.Options.Add(logFormat);
var parsed = root.Parse(args);
if (args.Length == 0)
{
    root.Parse("--help").Invoke(new InvocationConfiguration { Output = Console.Error });
    return ExitCodes.BadInput;
}

if (parsed.Errors.Count > 0)
{
    // Where a word is not understood, that a command is missing follows from it.
    var messages = parsed.Errors.Select(e => e.Message).ToList();
    var telling = parsed.UnmatchedTokens.Count > 0
        ? messages.Where(m => parsed.UnmatchedTokens.Any(t => m.Contains(t, StringComparison.Ordinal)))
        : messages;
    foreach (var message in telling.DefaultIfEmpty(messages[0]))
    {
        Console.Error.WriteLine(message);
    }

    var path = new List<string>();
    for (var at = parsed.CommandResult; at is not null && at.Command != root; at = at.Parent as CommandResult)
    {
        path.Insert(0, at.Command.Name);
    }

    Console.Error.WriteLine($"See: {string.Join(' ', path.Prepend("actorprune").Append("--help"))}");
    return ExitCodes.BadInput;
}

ConsoleOutput.Format = parsed.GetValue(logFormat);
return await parsed.InvokeAsync();
