using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
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
        var home = CommonOptions.Home();
        var command = new Command("inspect", "Show layers, coupling, what is prunable, what is left alone and why, the reachable cost")
        {
            conf, set, home,
        };
        command.SetAction(parsed => Interruption.Guard(() =>
        {
            var settings = SettingsReader.Standard.Load(parsed.GetValue(conf)!, parsed.GetValue(set) ?? []);
            var place = Workplace.HomeOf(parsed.GetValue(home));
            var (definition, _) = Preparation.Of(settings, Workplace.Images(place), DataRoot.Of(settings.Data.Path, place));
            Write(definition, Console.Out);
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>What <paramref name="definition"/> prunes, for people.</summary>
    internal static void Write(StudyDefinition definition, TextWriter output)
    {
        var structure = NetworkStructure.Of(definition.BaseGraph(), definition.Pruning);
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
            output.WriteLine($"  {group.Units.Length,5} units, at least {limits.Minimum} stay, multiple of {limits.Multiple}: "
                + $"{group.Name}{Through(structure, group.Through)}");
        }

        output.WriteLine("Left alone:");
        foreach (var alone in structure.Coupling.LeftAlone)
        {
            output.WriteLine($"  {alone.Channels,5} channels of {alone.Layers}{Through(structure, alone.Through)}: {alone.Reason}");
        }

        WriteLowerLevel(structure, definition, output);
        WriteRange(structure, definition, cost, output);
    }

    /// <summary>Layers without a choice of their own: what they read decides which of their filters stay.</summary>
    private static string Through(NetworkStructure structure, ImmutableArray<int> layers) =>
        layers.IsEmpty ? "" : $", through {string.Join(" and ", layers.Select(l => structure.Graph.Layers[l].Name))}";

    private static void WriteLowerLevel(NetworkStructure structure, StudyDefinition definition, TextWriter output)
    {
        var space = LowerLevel(structure, definition);
        if (space.ChannelBits > 0)
        {
            output.WriteLine($"Lower level ({definition.Pruning.Channels}): {space.ChannelBits} bits over {space.Channels.Length} convolutions");
        }
    }

    /// <summary>Only a bi-level method chooses channels, whatever pruning.channels says.</summary>
    private static SearchSpace LowerLevel(NetworkStructure structure, StudyDefinition definition) =>
        structure.Coupling.Space(definition.Method is CembaSettings ? definition.Pruning.Channels : ChannelMode.None);

    /// <summary>
    /// From the most that candidates keep to the least: no search can leave this range. Where input channels can be dropped too, each
    /// convolution of the least keeps a single one.
    /// </summary>
    private static void WriteRange(NetworkStructure structure, StudyDefinition definition, NetworkCost cost, TextWriter output)
    {
        var (filters, lower) = (structure.Coupling.Space(ChannelMode.None), LowerLevel(structure, definition));
        var kept = KeptRange.Of(definition.Method, filters);
        var least = structure.FirstUnits([.. kept.Select(k => k.Least)]);
        var whole = Cost(new PruningPlan(structure.FirstUnits([.. kept.Select(k => k.Most)]), null, ChannelMode.None));
        output.WriteLine(Range("filters", Cost(new PruningPlan(least, null, ChannelMode.None)), whole, cost));
        if (lower.ChannelBits > 0)
        {
            output.WriteLine(Range(
                "filters and channels", Cost(new PruningPlan(least, BitString.Filled(lower.ChannelBits, false), lower.Mode)), whole, cost));
        }

        NetworkCost Cost(PruningPlan plan) => PlanCost.Of(structure.Coupling, plan, definition.CostConvention);
    }

    private static string Range(string what, NetworkCost least, NetworkCost most, NetworkCost unpruned)
    {
        string Fewer(NetworkCost part) => Wording.Percent(1 - (part.Macs / (double)unpruned.Macs));
        var fewer = most.Macs < unpruned.Macs ? $"{Fewer(most)} fewer at least, {Fewer(least)} at most" : $"{Fewer(least)} fewer at most";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Reachable by {what}: {least.Macs} to {most.Macs} MACs ({fewer}), {least.Params} to {most.Params} params");
    }
}
