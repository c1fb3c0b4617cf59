using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;

namespace ActorPrune.Nn.Pruning;

/// <summary>Refuses plans that do not belong to a network.</summary>
internal static class PlanCheck
{
    /// <exception cref="ArgumentException">A length is wrong, or a group keeps fewer units than it must. Multiples are the search's
    /// concern, not checked.</exception>
    public static void Check(ChannelCoupling coupling, PruningPlan plan)
    {
        var name = coupling.Graph.Name;
        if (plan.Filters.Length != coupling.UnitCount)
        {
            throw new ArgumentException(
                $"A genome from another network: '{name}' has {coupling.UnitCount} filter bits in {coupling.Groups.Length} groups, "
                + $"the plan has {plan.Filters.Length}.",
                nameof(plan));
        }

        var space = coupling.Space(plan.Mode);
        if (plan.Mode == ChannelMode.None && plan.Channels is not null)
        {
            throw new ArgumentException($"The plan for '{name}' has {plan.Channels.Length} channel bits, but its mode is {plan.Mode}.", nameof(plan));
        }

        if (plan.Channels is not null && plan.Channels.Length != space.ChannelBits)
        {
            throw new ArgumentException(
                $"A genome from another network: '{name}' has {space.ChannelBits} channel bits in mode {plan.Mode}, the plan has {plan.Channels.Length}.",
                nameof(plan));
        }

        for (var i = 0; i < coupling.Groups.Length; i++)
        {
            var (group, count) = (coupling.Groups[i], 0);
            for (var bit = group.FirstBit; bit < group.FirstBit + group.Units.Length; bit++)
            {
                count += plan.Filters[bit] ? 1 : 0;
            }

            if (count < space.Groups[i].Minimum)
            {
                throw new ArgumentException(
                    $"The plan keeps {count} of {group.Units.Length} units of '{group.Name}' in '{name}'; at least {space.Groups[i].Minimum} must stay.",
                    nameof(plan));
            }
        }
    }
}
