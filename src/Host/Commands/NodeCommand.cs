using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using ActorPrune.Actors.Cluster;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Host.Commands;

/// <summary>node: this machine works on all experiments of a store. nodes: who is there.</summary>
internal static class NodeCommand
{
    private const string Auto = "auto";

    private static readonly ImmutableArray<string> AllRoles = [NodeRoles.Islands, NodeRoles.Evaluators];

    public static Command Create()
    {
        var (home, database, evaluators) = (CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Evaluators("one a core, on a GPU one"));
        var (roles, devices, name) = (Roles(), Devices(), Name());
        var joinTimeout = CommonOptions.Duration(
            "--join-timeout",
            "Give up when the database does not answer for so long (default: never)",
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromDays(365));
        var lease = CommonOptions.Duration(
            "--lease",
            "Time after which this node's work is taken over when it falls silent (default: 15s)",
            TimeSpan.FromSeconds(1),
            TimeSpan.FromHours(1));
        var otlp = new Option<string?>("--otlp")
        {
            Description = "Collector of OpenTelemetry that gets this node's metrics, as http://localhost:4318 (default: as OTEL_EXPORTER_OTLP_ENDPOINT says)",
            HelpName = "URL",
        };
        otlp.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => MetricsExport.Collector(t.Value) is null))
            {
                result.AddError("--otlp: expected the address of a collector such as http://localhost:4318, without a user");
            }
        });
        var command = new Command("node", "Join a cluster: work on all experiments of a store until Ctrl-C or SIGTERM")
        {
            home, database, roles, devices, evaluators, name, joinTimeout, lease, otlp,
        };
        command.SetAction(parsed => Interruption.Handle(async interruption =>
        {
            // To look for devices takes a while, and a node that is told to end meanwhile ends as one that has not joined yet.
            var interrupted = interruption.Begin();
            using var console = ConsoleOutput.Standard();
            console.Line($"ActorPrune {Engine.Version}: node");
            var chosen = parsed.GetValue(roles);
            var computes = chosen.Contains(NodeRoles.Evaluators);
            var device = computes ? DeviceOf(parsed.GetValue(devices)!) : Device.Cpu;
            var node = new ClusterNode(new ClusterNodeOptions
            {
                Name = parsed.GetValue(name) ?? ClusterNode.NewName(),
                Home = Workplace.HomeOf(parsed.GetValue(home)),
                Database = parsed.GetValue(database),
                Roles = chosen,
                Device = device,
                Evaluators = computes ? parsed.GetValue(evaluators) ?? (device.IsCuda ? 1 : Environment.ProcessorCount) : 0,
                JoinTimeout = parsed.GetValue(joinTimeout),
                Lease = parsed.GetValue(lease),
                Otlp = parsed.GetValue(otlp),
                Console = console,
            });
            return await node.RunAsync(interrupted).ConfigureAwait(false);
        }));
        return command;
    }

    public static Command List()
    {
        var (home, database, json) = (CommonOptions.Home(), CommonOptions.Database(), CommonOptions.Json());
        var command = new Command("nodes", "Show the nodes of a store, and what each does") { json, home, database };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            using var workplace = parsed.OpenExisting(home, database);
            var activity = workplace.Journal.Activity(NodeList.Window);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(NodeList.Json(activity));
            }
            else
            {
                TerminalOutput.Write(() => NodeList.Render(activity), () => NodeList.Plain(activity));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Option<ImmutableArray<string>> Roles() => new("--roles")
    {
        Description = "What it does: islands (owns islands), evaluators (computes)",
        HelpName = "islands,evaluators",
        DefaultValueFactory = _ => AllRoles,
        CustomParser = result =>
        {
            ImmutableArray<string> roles = [.. result.Tokens.SelectMany(t => t.Value.Split(',')).Select(r => r.Trim()).Distinct()];
            if (roles.FirstOrDefault(r => !AllRoles.Contains(r)) is { } unknown)
            {
                result.AddError($"--roles: expected {string.Join(" or ", AllRoles)}, or both with a comma between, found '{unknown}'");
            }

            return roles;
        },
    };

    private static Option<string> Devices() => new("--devices")
    {
        Description = "What it computes on: auto (the first GPU, else the CPU), cpu, cuda:N",
        HelpName = "auto|cpu|cuda:N",
        DefaultValueFactory = _ => Auto,
    };

    private static Option<string?> Name()
    {
        var option = new Option<string?>("--name")
        {
            Description = "Name of the node, unique among the living (default: made from the host's)",
            HelpName = "NAME",
        };
        option.Validators.Add(result => CommonOptions.CheckName(result, "--name"));
        return option;
    }

    /// <exception cref="CommandException">Not a device, or not one of this machine's.</exception>
    private static Device DeviceOf(string text)
    {
        var capabilities = Capabilities.Read();
        if (text == Auto)
        {
            return capabilities.CudaDevices > 0 ? new Device(0) : Device.Cpu;
        }

        try
        {
            var device = Device.Parse(text);
            return device.Index < capabilities.CudaDevices
                ? device
                : throw new CommandException(
                    $"--devices {text}: this machine has {string.Join(", ", capabilities.Devices)} (see ./actorprune doctor).",
                    ExitCodes.BadInput);
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"--devices: {e.Message}", ExitCodes.BadInput);
        }
    }
}
