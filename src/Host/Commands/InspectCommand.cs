using System.CommandLine;
using System.Globalization;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Commands;

/// <summary>inspect: what a search on this configuration could prune, before it is run.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var conf = new Argument<string>("CONF") { Description = "Configuration file" };
        var set = new Option<string[]>("--set") { Description = "Overrides a key of the configuration; may be repeated", HelpName = "key=value" };
        var command = new Command("inspect", "Show layers, coupling, what is prunable, what is left alone and why, the reachable cost") { conf, set };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            var settings = SettingsReader.Standard.Load(parsed.GetValue(conf)!, parsed.GetValue(set) ?? []);
            var (definition, _) = Preparation.Of(settings, Workplace.Images(Workplace.HomeOf(null)), DataRoot.Of(settings.Data.Path, Workplace.HomeOf(null)));
            Write(definition, Console.Out);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(StudyDefinition definition, TextWriter output)
    {
        var structure = NetworkStructure.Of(definition.Network, definition.Pruning);
        var cost = CostModel.Of(structure.Graph, definition.CostConvention);
        output.WriteLine($"{structure.Graph.Name} on {definition.Data.Name} "
            + $"({definition.Network.Channels}×{definition.Network.Height}×{definition.Network.ImageWidth}, "
            + $"{definition.Network.Classes} classes), convention {definition.CostConvention.ToString().ToLowerInvariant()}");
        output.WriteLine();
        output.WriteLine($"{"layer",-28}{"operation",-24}{"output",-14}{"MACs",14}{"params",12}");
        foreach (var (layer, row) in structure.Graph.Layers.Zip(cost.Layers))
        {
            output.WriteLine($"{layer.Name,-28}{layer.Op.GetType().Name,-24}{$"{row.Channels}×{row.Height}×{row.Width}",-14}{row.Macs,14}{row.Params,12}");
        }

        output.WriteLine($"{"total",-66}{cost.Macs,14}{cost.Params,12}");
        output.WriteLine();
        output.WriteLine($"Prunable: {structure.Coupling.UnitCount} units in {structure.Coupling.Groups.Length} groups "
            + "(channels that can only go together form one unit)");
        foreach (var (group, limits) in structure.Coupling.Groups.Zip(structure.Coupling.Space(ChannelMode.None).Groups))
        {
            output.WriteLine($"  {group.Units.Length,5} units, at least {limits.Minimum} stay, multiple of {limits.Multiple}: {group.Name}");
        }

        output.WriteLine("Left alone:");
        foreach (var alone in structure.Coupling.LeftAlone)
        {
            output.WriteLine($"  {alone.Channels,5} channels of {alone.Layers}: {alone.Reason}");
        }

        WriteLowerLevel(structure, definition, output);
        WriteRange(structure, definition, cost, output);
    }

    private static void WriteLowerLevel(NetworkStructure structure, StudyDefinition definition, TextWriter output)
    {
        var space = structure.Coupling.Space(definition.Pruning.Channels);
        if (space.ChannelBits > 0)
        {
            output.WriteLine($"Lower level ({definition.Pruning.Channels}): {space.ChannelBits} bits over {space.Channels.Length} convolutions");
        }
    }

    /// <summary>From everything kept to the minimum everywhere: no search can leave this range.</summary>
    private static void WriteRange(NetworkStructure structure, StudyDefinition definition, NetworkCost cost, TextWriter output)
    {
        var groups = structure.Coupling.Space(ChannelMode.None).Groups;
        var least = BitString.Of([.. groups.SelectMany(g => Enumerable.Range(0, g.Length).Select(i => i < Smallest(g)))]);
        var smallest = CostModel.Of(Surgery.Apply(structure.Coupling, new PruningPlan(least, null, ChannelMode.None)), definition.CostConvention);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Reachable by filters: {smallest.Macs} to {cost.Macs} MACs "
            + $"({Wording.Percent(1 - (smallest.Macs / (double)cost.Macs))} fewer at most), {smallest.Params} to {cost.Params} params"));
    }

    private static int Smallest(UnitGroup group) =>
        Math.Min(group.Length, (group.Minimum + group.Multiple - 1) / group.Multiple * group.Multiple);
}
